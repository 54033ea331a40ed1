/** Source and destination ports of tcp, udp and sctp: `--dport 80:90`, `dpts:80:90`, `dpt:!http`. */
import type { Inv, Range } from '../../model/match.ts';
import { parsePorts, printRange } from '../line/numbers.ts';
import type { Options } from '../line/options.ts';
import type { Tail } from '../line/tail.ts';
import { bang, type OptionTable, words } from './syntax.ts';

export const PORT_OPTIONS: OptionTable = {
  sport: 1,
  'source-port': 'sport',
  dport: 1,
  'destination-port': 'dport',
};

const END = '(?=\\s|$)';
const LISTED = {
  sport: new RegExp(`spts?:(!?)([^\\s:]+?)(?::([^\\s:]+?))?${END}`, 'y'),
  dport: new RegExp(`dpts?:(!?)([^\\s:]+?)(?::([^\\s:]+?))?${END}`, 'y'),
};

const ANY_PORT: Range = { from: 0, to: 0xffff };

/** A range of all ports asks nothing, unless inverted: then nothing matches. */
function meaningful(ports: Inv<Range> | null): Inv<Range> | null {
  return ports !== null && !ports.not && ports.value.from === 0 && ports.value.to === 0xffff ? null : ports;
}

export function savedPorts(options: Options, side: 'sport' | 'dport'): Inv<Range> | null {
  return meaningful(options.inverted(side, parsePorts));
}

export function listedPorts(tail: Tail, side: 'sport' | 'dport'): Inv<Range> | null {
  const found = tail.take(LISTED[side]);
  if (found === null) return null;
  const [, not, from = '', to] = found;
  const range = parsePorts(to === undefined ? from : `${from}:${to}`);
  return meaningful({ not: not === '!', value: tail.value(range, ANY_PORT) });
}

export function printPorts(side: 'sport' | 'dport', ports: Inv<Range> | null): string | null {
  return ports === null ? null : words(bang(ports.not), `--${side}`, printRange(ports.value));
}
