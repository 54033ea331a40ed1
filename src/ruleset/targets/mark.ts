/** `-j MARK --set-xmark 0x4000/0x4000` ↔ `MARK or 0x4000`, by effect: extensions/libxt_MARK.c. */
import type { MarkTarget } from '../../model/target.ts';
import { hex } from '../line/numbers.ts';
import type { TargetSyntax } from './syntax.ts';
import { savedXmark, XMARK_OPTIONS, xmarkOf } from './xmark.ts';

export const mark: TargetSyntax<MarkTarget> = {
  names: ['MARK'],
  options: XMARK_OPTIONS,
  fromSave(options) {
    const xmark = savedXmark(options);
    return xmark === null ? null : { kind: 'MARK', ...xmark };
  },
  fromList(tail) {
    const found = tail.take(/MARK (set|xset|and|or|xor) (0x[0-9a-f]+(?:\/0x[0-9a-f]+)?)/y);
    if (found === null) return null;
    return { kind: 'MARK', ...tail.value(xmarkOf(found[1] ?? '', found[2] ?? ''), { value: 0, mask: 0 }) };
  },
  print: ({ value, mask }) => `-j MARK --set-xmark ${hex(value)}/${hex(mask)}`,
};
