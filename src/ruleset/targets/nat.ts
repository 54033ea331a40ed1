/**
 * `-j DNAT --to-destination 10.0.0.1-10.0.0.9:80-90 --random` ↔ `to:10.0.0.1-10.0.0.9:80-90 random`; SNAT likewise:
 * extensions/libxt_NAT.c. IPv6 addresses stand in brackets where a port follows.
 */
import { type Address, type Family, parseAddress } from '../../model/address.ts';
import type { Range } from '../../model/match.ts';
import type { NatTarget } from '../../model/target.ts';
import { printAddress } from '../line/addresses.ts';
import { parsePort, parsePortSpan } from '../line/numbers.ts';
import { words } from '../matches/syntax.ts';
import type { TargetSyntax } from './syntax.ts';

type To = Pick<NatTarget, 'addresses' | 'ports' | 'portBase'>;

const BRACKETED = /^\[([^\]]+)\](?:-\[([^\]]+)\])?(?::(.+))?$/;
const PLAIN_V4 = /^([0-9.]+(?:-[0-9.]+)?)?(?::(.+))?$/;

function parseTo(text: string, family: Family): To | null {
  if (text === '') return null;
  if (family === 'ipv6') {
    const bracketed = BRACKETED.exec(text);
    if (bracketed !== null) {
      const [, first = '', last, ports] = bracketed;
      return toOf(last === undefined ? first : `${first}-${last}`, ports, family);
    }
    return text.startsWith(':') && !text.startsWith('::')
      ? toOf('', text.slice(1), family)
      : toOf(text, undefined, family);
  }
  const found = PLAIN_V4.exec(text);
  return found === null ? null : toOf(found[1] ?? '', found[2], family);
}

function toOf(addressText: string, portText: string | undefined, family: Family): To | null {
  const [first = '', last = first] = addressText.split('-');
  const from = parseAddress(first);
  const to = parseAddress(last);
  if (addressText !== '' && (from?.family !== family || to?.family !== family)) return null;
  const addresses: { from: Address; to: Address } | null = from === null || to === null ? null : { from, to };
  if (portText === undefined) return addresses && { addresses, ports: null, portBase: null };
  const [span = '', baseText] = portText.split('/');
  const ports = parsePortSpan(span);
  const portBase = baseText === undefined ? null : parsePort(baseText);
  return ports === null || (baseText !== undefined && portBase === null)
    ? null
    : { addresses, ports, portBase };
}

export function printSpan({ from, to }: Range): string {
  return from === to ? String(from) : `${from}-${to}`;
}

function printTo({ addresses, ports, portBase }: To): string {
  const from = addresses === null ? '' : printAddress(addresses.from);
  const to = addresses === null ? '' : printAddress(addresses.to);
  const range = from === to ? from : `${from}-${to}`;
  if (ports === null) return range;
  const bracketed = addresses?.from.family === 'ipv6' ? `[${range}]` : range;
  return `${bracketed}:${printSpan(ports)}${portBase === null ? '' : `/${portBase}`}`;
}

const NOWHERE: To = { addresses: null, ports: null, portBase: null };

/** DNAT and SNAT differ in the option's name, of which `--to` is beginning enough. */
function natSyntax(kind: NatTarget['kind'], option: string): TargetSyntax<NatTarget> {
  return {
    names: [kind],
    options: { [option]: 1, random: 0, 'random-fully': 0, persistent: 0 },
    fromSave(options) {
      const to = options.value(option, (word) => parseTo(word, options.family));
      if (to === null) return null;
      return {
        kind,
        ...to,
        random: options.has('random'),
        randomFully: options.has('random-fully'),
        persistent: options.has('persistent'),
      };
    },
    fromList(tail) {
      const found = tail.take(/to:(\S+)( random)?( random-fully)?( persistent)?(?=\s|$)/y);
      if (found === null) return null;
      const [, to = '', random, randomFully, persistent] = found;
      return {
        kind,
        ...tail.value(parseTo(to, tail.family), NOWHERE),
        random: random !== undefined,
        randomFully: randomFully !== undefined,
        persistent: persistent !== undefined,
      };
    },
    print: (target) =>
      words(
        `-j ${kind} --${option}`,
        printTo(target),
        target.random && '--random',
        target.randomFully && '--random-fully',
        target.persistent && '--persistent',
      ),
  };
}

export const dnat = natSyntax('DNAT', 'to-destination');
export const snat = natSyntax('SNAT', 'to-source');
