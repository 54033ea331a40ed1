/** `-j TTL --ttl-set 64` ↔ `TTL set to 64`; IPv6 HL likewise: libipt_TTL.c, libip6t_HL.c. */
import type { TtlTarget } from '../../model/target.ts';
import { parseNumber } from '../line/numbers.ts';
import type { TargetSyntax } from './syntax.ts';

const LISTED = { 'set to': 'set', 'increment by': 'inc', 'decrement by': 'dec' } as const;

function isListed(text: string): text is keyof typeof LISTED {
  return Object.hasOwn(LISTED, text);
}

export const ttl: TargetSyntax<TtlTarget> = {
  names: ['TTL', 'HL'],
  options: {
    'ttl-set': 1,
    'ttl-inc': 1,
    'ttl-dec': 1,
    'hl-set': 'ttl-set',
    'hl-inc': 'ttl-inc',
    'hl-dec': 'ttl-dec',
  },
  fromSave(options, name) {
    for (const operation of ['set', 'inc', 'dec'] as const) {
      const value = options.value(`ttl-${operation}`, (word) => parseNumber(word, 255));
      if (value !== null) return { kind: 'TTL', name: name === 'HL' ? 'HL' : 'TTL', operation, value };
    }
    return null;
  },
  fromList(tail, name) {
    const found = tail.take(/(?:TTL|HL) (set to|increment by|decrement by) ([0-9]+)/y);
    const phrase = found?.[1] ?? '';
    if (found === null || !isListed(phrase)) return null;
    return {
      kind: 'TTL',
      name: name === 'HL' ? 'HL' : 'TTL',
      operation: LISTED[phrase],
      value: Number(found[2]),
    };
  },
  print: ({ name, operation, value }) => `-j ${name} --${name.toLowerCase()}-${operation} ${value}`,
};
