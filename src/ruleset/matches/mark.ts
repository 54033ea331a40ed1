/** `-m mark ! --mark 0x1/0xff` ↔ `mark match ! 0x1/0xff`: extensions/libxt_mark.c. */
import type { MarkMatch } from '../../model/match.ts';
import { parseMasked, printMasked } from '../line/numbers.ts';
import { bang, type MatchSyntax, words } from './syntax.ts';

export const mark: MatchSyntax<MarkMatch> = {
  names: ['mark'],
  options: { mark: 1 },
  heads: ['mark', 'MARK'],
  fromSave(options) {
    const masked = options.inverted('mark', (word) => parseMasked(word));
    return masked === null ? null : { kind: 'mark', not: masked.not, mark: masked.value };
  },
  fromList(tail) {
    const found = tail.take(/(?:mark|MARK) match (!? ?)(0x[0-9a-f]+(?:\/0x[0-9a-f]+)?)/y);
    if (found === null) return null;
    const masked = tail.value(parseMasked(found[2] ?? ''), { value: 0, mask: 0 });
    return { kind: 'mark', not: found[1] !== '', mark: masked };
  },
  print: (match) => words('-m mark', bang(match.not), '--mark', printMasked(match.mark)),
};
