/** `-m tos ! --tos 0x10/0x3f` ↔ `tos match!0x10/0x3f`, `tos match Minimize-Delay`: extensions/libxt_tos.c. */
import type { Masked, TosMatch } from '../../model/match.ts';
import { hex, parseMasked } from '../line/numbers.ts';
import { NAMED_TOS_MASK, tosOfName } from '../names/dscp.ts';
import { bang, type MatchSyntax, words } from './syntax.ts';

/** `0x10/0x3f`, `0x10` (all bits), `Minimize-Delay`. */
export function parseTos(text: string): Masked | null {
  const named = tosOfName(text);
  return named === null ? parseMasked(text, 0xff) : { value: named, mask: NAMED_TOS_MASK };
}

export function printTos({ value, mask }: Masked): string {
  return `${hex(value, 2)}/${hex(mask, 2)}`;
}

export const tos: MatchSyntax<TosMatch> = {
  names: ['tos'],
  options: { tos: 1 },
  heads: ['tos', 'TOS'],
  fromSave(options) {
    const value = options.inverted('tos', parseTos);
    return value === null ? null : { kind: 'tos', not: value.not, tos: value.value };
  },
  fromList(tail) {
    const found = tail.take(
      /(?:tos|TOS) match ?(!?) ?(0x[0-9a-f]+(?:\/0x[0-9a-f]+)?|[A-Z][a-z]+-[A-Z][a-z]+)/y,
    );
    if (found === null) return null;
    const value = tail.value(parseTos(found[2] ?? ''), { value: 0, mask: 0 });
    return { kind: 'tos', not: found[1] === '!', tos: value };
  },
  print: (match) => words('-m tos', bang(match.not), '--tos', printTos(match.tos)),
};
