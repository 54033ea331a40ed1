/** `-m connmark ! --mark 0x1/0xff` ↔ `connmark match ! 0x1/0xff`, not inverted two blanks: extensions/libxt_connmark.c. */
import type { ConnmarkMatch } from '../../model/match.ts';
import { parseMasked, printMasked } from '../line/numbers.ts';
import { bang, type MatchSyntax, words } from './syntax.ts';

export const connmark: MatchSyntax<ConnmarkMatch> = {
  names: ['connmark'],
  options: { mark: 1 },
  heads: ['connmark', 'CONNMARK'],
  fromSave(options) {
    const masked = options.inverted('mark', (word) => parseMasked(word));
    return masked === null ? null : { kind: 'connmark', not: masked.not, mark: masked.value };
  },
  fromList(tail) {
    const found = tail.take(/(?:connmark|CONNMARK) match +(!? ?)(0x[0-9a-f]+(?:\/0x[0-9a-f]+)?)/y);
    if (found === null) return null;
    const masked = tail.value(parseMasked(found[2] ?? ''), { value: 0, mask: 0 });
    return { kind: 'connmark', not: found[1] !== '', mark: masked };
  },
  print: (match) => words('-m connmark', bang(match.not), '--mark', printMasked(match.mark)),
};
