/** `-m multiport --dports 80,443,8000:8100` ↔ `multiport dports 80,443,8000:8100`: extensions/libxt_multiport.c. */
import type { MultiportMatch, Range } from '../../model/match.ts';
import { parsePorts, printRange } from '../line/numbers.ts';
import { bang, type MatchSyntax, words } from './syntax.ts';

const SIDES = { sports: 'source', dports: 'destination', ports: 'either' } as const;
const OPTION = { source: '--sports', destination: '--dports', either: '--ports' } as const;

function parseList(text: string): readonly Range[] | null {
  const ports = text.split(',').map(parsePorts);
  return ports.every((range) => range !== null) ? ports : null;
}

export const multiport: MatchSyntax<MultiportMatch> = {
  names: ['multiport', 'mport'],
  options: {
    sports: 1,
    'source-ports': 'sports',
    dports: 1,
    'destination-ports': 'dports',
    ports: 1,
    port: 'ports',
  },
  heads: ['multiport', 'mport'],
  fromSave(options) {
    for (const name of ['sports', 'dports', 'ports'] as const) {
      const list = options.inverted(name, parseList);
      if (list !== null) return { kind: 'multiport', not: list.not, side: SIDES[name], ports: list.value };
    }
    return null;
  },
  fromList(tail) {
    const found = tail.take(/(?:multiport|mport) (sports|dports|ports)\s+(!?)(\S+?)(?=\s|$)/y);
    if (found === null) return null;
    const [, name, not, list = ''] = found;
    const side = name === 'sports' || name === 'dports' ? SIDES[name] : 'either';
    return {
      kind: 'multiport',
      not: not === '!',
      side,
      ports: tail.value(parseList(list), []),
    };
  },
  print: ({ not, side, ports }) =>
    words('-m multiport', bang(not), OPTION[side], ports.map(printRange).join(',')),
};
