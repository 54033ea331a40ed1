/** `-m u32 ! --u32 "0x6&0xff=0x1"` ↔ `u32 ! "0x6&0xff=0x1"`: extensions/libxt_u32.c. */
import type { U32Match } from '../../model/match.ts';
import { bang, type MatchSyntax, words } from './syntax.ts';

/** As iptables prints it: no blanks, every number hexadecimal. Null if it is no u32 expression. */
function canonical(expression: string): string | null {
  const bare = expression.replaceAll(/\s+/g, '');
  const number = '(?:0x[0-9a-fA-F]+|[0-9]+)';
  const location = `${number}(?:(?:&|<<|>>|@)${number})*`;
  const values = `${number}(?::${number})?(?:,${number}(?::${number})?)*`;
  const test = `${location}=${values}`;
  if (!new RegExp(`^${test}(?:&&${test})*$`).test(bare)) return null;
  return bare.replaceAll(/0x[0-9a-fA-F]+|[0-9]+/g, (text) => `0x${(Number(text) >>> 0).toString(16)}`);
}

export const u32: MatchSyntax<U32Match> = {
  names: ['u32'],
  options: { u32: 1 },
  heads: ['u32'],
  fromSave(options) {
    const expression = options.inverted('u32', canonical);
    return expression === null ? null : { kind: 'u32', not: expression.not, expression: expression.value };
  },
  fromList(tail) {
    const found = tail.take(/u32 (! ?)?"([^"]*)"/y);
    if (found === null) return null;
    const expression = tail.value(canonical(found[2] ?? ''), '');
    return { kind: 'u32', not: found[1] !== undefined, expression };
  },
  print: ({ not, expression }) => words('-m u32', bang(not), `--u32 "${expression}"`),
};
