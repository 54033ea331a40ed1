/** `-m rpfilter --validmark --invert` ↔ `rpfilter validmark invert`: extensions/libxt_rpfilter.c. */
import type { RpfilterMatch } from '../../model/match.ts';
import { type MatchSyntax, words } from './syntax.ts';

export const rpfilter: MatchSyntax<RpfilterMatch> = {
  names: ['rpfilter'],
  options: { loose: 0, validmark: 0, 'accept-local': 0, invert: 0 },
  heads: ['rpfilter'],
  fromSave: (options) => ({
    kind: 'rpfilter',
    loose: options.has('loose'),
    validmark: options.has('validmark'),
    acceptLocal: options.has('accept-local'),
    invert: options.has('invert'),
  }),
  fromList(tail) {
    if (!tail.word('rpfilter')) return null;
    const loose = tail.word('loose');
    const validmark = tail.word('validmark');
    const acceptLocal = tail.word('accept-local');
    return { kind: 'rpfilter', loose, validmark, acceptLocal, invert: tail.word('invert') };
  },
  print: ({ loose, validmark, acceptLocal, invert }) =>
    words(
      '-m rpfilter',
      loose && '--loose',
      validmark && '--validmark',
      acceptLocal && '--accept-local',
      invert && '--invert',
    ),
};
