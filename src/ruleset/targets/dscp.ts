/** `-j DSCP --set-dscp 0x2e` ↔ `DSCP set 0x2e`: extensions/libxt_DSCP.c. */
import type { DscpTarget } from '../../model/target.ts';
import { hex, parseNumber } from '../line/numbers.ts';
import { dscpOfClass } from '../names/dscp.ts';
import type { TargetSyntax } from './syntax.ts';

export const dscp: TargetSyntax<DscpTarget> = {
  names: ['DSCP'],
  options: { 'set-dscp': 1, 'set-dscp-class': 1 },
  fromSave(options) {
    const value =
      options.value('set-dscp', (word) => parseNumber(word, 63)) ??
      options.value('set-dscp-class', dscpOfClass);
    return value === null ? null : { kind: 'DSCP', dscp: value };
  },
  fromList(tail) {
    const found = tail.take(/DSCP set (0x[0-9a-f]+)/y);
    return found === null ? null : { kind: 'DSCP', dscp: tail.value(parseNumber(found[1] ?? '', 63), 0) };
  },
  print: (target) => `-j DSCP --set-dscp ${hex(target.dscp, 2)}`,
};
