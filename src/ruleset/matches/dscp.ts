/** `-m dscp ! --dscp 0x2e` ↔ `DSCP match !0x2e`: extensions/libxt_dscp.c. */
import type { DscpMatch } from '../../model/match.ts';
import { hex, parseNumber } from '../line/numbers.ts';
import { dscpOfClass } from '../names/dscp.ts';
import { bang, type MatchSyntax, words } from './syntax.ts';

export const dscp: MatchSyntax<DscpMatch> = {
  names: ['dscp'],
  options: { dscp: 1, 'dscp-class': 1 },
  heads: ['DSCP'],
  fromSave(options) {
    const value =
      options.inverted('dscp', (word) => parseNumber(word, 63)) ??
      options.inverted('dscp-class', dscpOfClass);
    return value === null ? null : { kind: 'dscp', not: value.not, dscp: value.value };
  },
  fromList(tail) {
    const found = tail.take(/DSCP match (!?)(0x[0-9a-f]+)/y);
    if (found === null) return null;
    return { kind: 'dscp', not: found[1] === '!', dscp: tail.value(parseNumber(found[2] ?? '', 63), 0) };
  },
  print: ({ not, dscp: value }) => words('-m dscp', bang(not), '--dscp', hex(value, 2)),
};
