/** `-j TOS --set-tos 0x10/0x3f` ↔ `TOS set 0x10/0x3f`, without -n `TOS set Minimize-Delay`, `TOS and 0xef`: extensions/libxt_TOS.c. */
import type { Masked } from '../../model/match.ts';
import type { TosTarget } from '../../model/target.ts';
import { parseNumber } from '../line/numbers.ts';
import { parseTos, printTos } from '../matches/tos.ts';
import type { TargetSyntax } from './syntax.ts';

function bitsOf(operation: string, text: string): Masked | null {
  if (operation === 'set') return parseTos(text);
  const bits = parseNumber(text, 0xff);
  if (bits === null) return null;
  if (operation === 'and') return { value: 0, mask: ~bits & 0xff };
  return { value: bits, mask: operation === 'or' ? bits : 0 };
}

export const tos: TargetSyntax<TosTarget> = {
  names: ['TOS'],
  options: { 'set-tos': 1, 'and-tos': 1, 'or-tos': 1, 'xor-tos': 1 },
  fromSave(options) {
    for (const operation of ['set', 'and', 'or', 'xor']) {
      const bits = options.value(`${operation}-tos`, (word) => bitsOf(operation, word));
      if (bits !== null) return { kind: 'TOS', ...bits };
    }
    return null;
  },
  fromList(tail) {
    const found = tail.take(/TOS (set|and|or|xor) ?(0x[0-9a-f]+(?:\/0x[0-9a-f]+)?|[A-Z][a-z]+-[A-Z][a-z]+)/y);
    if (found === null) return null;
    return { kind: 'TOS', ...tail.value(bitsOf(found[1] ?? '', found[2] ?? ''), { value: 0, mask: 0 }) };
  },
  print: (target) => `-j TOS --set-tos ${printTos(target)}`,
};
