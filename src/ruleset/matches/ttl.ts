/** `-m ttl --ttl-lt 5` ↔ `TTL match TTL < 5`; IPv6 `hl` likewise: libipt_ttl.c, libip6t_hl.c. */
import type { TtlMatch } from '../../model/match.ts';
import { parseNumber } from '../line/numbers.ts';
import { type MatchSyntax, words } from './syntax.ts';

const OPERATORS = { '==': 'eq', '!=': 'ne', '<': 'lt', '>': 'gt' } as const;

function isOperator(text: string | undefined): text is keyof typeof OPERATORS {
  return text !== undefined && Object.hasOwn(OPERATORS, text);
}

export const ttl: MatchSyntax<TtlMatch> = {
  names: ['ttl', 'hl'],
  options: {
    'ttl-eq': 1,
    ttl: 'ttl-eq',
    'ttl-lt': 1,
    'ttl-gt': 1,
    'hl-eq': 'ttl-eq',
    hl: 'ttl-eq',
    'hl-lt': 'ttl-lt',
    'hl-gt': 'ttl-gt',
  },
  heads: ['TTL', 'HL'],
  fromSave(options, name) {
    for (const operator of ['eq', 'lt', 'gt'] as const) {
      const value = options.inverted(`ttl-${operator}`, (word) => parseNumber(word, 255));
      if (value === null) continue;
      if (value.not && operator !== 'eq') break;
      return {
        kind: 'ttl',
        name: name === 'hl' ? 'hl' : 'ttl',
        operator: value.not ? 'ne' : operator,
        value: value.value,
      };
    }
    return null;
  },
  fromList(tail) {
    const found = tail.take(/(TTL|HL) match (?:TTL|HL) (==|!=|<|>) ([0-9]+)/y);
    if (found === null || !isOperator(found[2])) return null;
    return {
      kind: 'ttl',
      name: found[1] === 'HL' ? 'hl' : 'ttl',
      operator: OPERATORS[found[2]],
      value: Number(found[3]),
    };
  },
  print: ({ name, operator, value }) =>
    words(`-m ${name}`, operator === 'ne' ? `! --${name}-eq` : `--${name}-${operator}`, value),
};
