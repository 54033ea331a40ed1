/** `-m tcpmss ! --mss 500:1000` ↔ `tcpmss match !500:1000`: extensions/libxt_tcpmss.c. */
import type { TcpmssMatch } from '../../model/match.ts';
import { parseRange, printRange } from '../line/numbers.ts';
import { bang, type MatchSyntax, words } from './syntax.ts';

export const tcpmss: MatchSyntax<TcpmssMatch> = {
  names: ['tcpmss'],
  options: { mss: 1 },
  heads: ['tcpmss'],
  fromSave(options) {
    const mss = options.inverted('mss', (word) => parseRange(word, 0xffff));
    return mss === null ? null : { kind: 'tcpmss', not: mss.not, mss: mss.value };
  },
  fromList(tail) {
    const found = tail.take(/tcpmss match (!?)([0-9]+(?::[0-9]+)?)/y);
    if (found === null) return null;
    const mss = tail.value(parseRange(found[2] ?? '', 0xffff), { from: 0, to: 0 });
    return { kind: 'tcpmss', not: found[1] === '!', mss };
  },
  print: ({ not, mss }) => words('-m tcpmss', bang(not), '--mss', printRange(mss)),
};
