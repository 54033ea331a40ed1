/** `-m length ! --length 1:2` ↔ `length !1:2`: extensions/libxt_length.c. */
import type { LengthMatch } from '../../model/match.ts';
import { parseRange, printRange } from '../line/numbers.ts';
import { bang, type MatchSyntax, words } from './syntax.ts';

export const length: MatchSyntax<LengthMatch> = {
  names: ['length'],
  options: { length: 1 },
  heads: ['length'],
  fromSave(options) {
    const range = options.inverted('length', (word) => parseRange(word, 0xffff));
    return range === null ? null : { kind: 'length', not: range.not, length: range.value };
  },
  fromList(tail) {
    const found = tail.take(/length (!?)([0-9]+(?::[0-9]+)?)(?=\s|$)/y);
    if (found === null) return null;
    const range = tail.value(parseRange(found[2] ?? '', 0xffff), { from: 0, to: 0 });
    return { kind: 'length', not: found[1] === '!', length: range };
  },
  print: ({ not, length: range }) => words('-m length', bang(not), '--length', printRange(range)),
};
