/**
 * Small readings that all listings share: numbers, ports, protocol names, masks. Each gives null for what
 * it cannot read; nothing throws.
 */

import {
  type Address,
  type Family,
  type Network,
  networkOf,
  parseAddress,
  parseNetwork,
  prefixMask,
} from '../model/address.ts';
import { entryOf } from '../model/entry.ts';
import type { Masked, Range } from '../model/match.ts';

/** Protocol names as `ipset`, `conntrack` and `ip rule` print them. */
const PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  ipencap: 4,
  ipv4: 4,
  tcp: 6,
  udp: 17,
  dccp: 33,
  ipv6: 41,
  gre: 47,
  esp: 50,
  ah: 51,
  icmpv6: 58,
  'ipv6-icmp': 58,
  ospf: 89,
  pim: 103,
  vrrp: 112,
  sctp: 132,
  udplite: 136,
};

/** Decimal or 0x number, unsigned 32 bit; null if it is none. */
export function readNumber(text: string | undefined): number | null {
  if (text === undefined || !/^(?:\d{1,10}|0x[0-9a-f]{1,8})$/i.test(text)) return null;
  const value = Number(text);
  return value <= 0xffffffff ? value : null;
}

export function readProtocol(text: string): number | null {
  const known = entryOf(PROTOCOLS, text.toLowerCase());
  if (known !== undefined) return known;
  const number = readNumber(text);
  return number !== null && number <= 255 ? number : null;
}

/** `a` or `a-b`. */
export function readRange(text: string | undefined): Range | null {
  const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(text ?? '') ?? [];
  if (from === undefined) return null;
  return { from: Number(from), to: Number(to ?? from) };
}

/** `0x1/0xff`, or `0x1` under a full mask. */
export function readMasked(text: string | undefined): Masked | null {
  const [value, mask] = (text ?? '').split('/');
  const number = readNumber(value);
  const bits = mask === undefined ? 0xffffffff : readNumber(mask);
  return number === null || bits === null ? null : { value: number, mask: bits };
}

/** The network of everything. */
export function everything(family: Family): Network {
  return {
    family,
    address: family === 'ipv4' ? [0] : [0, 0, 0, 0],
    mask: prefixMask(family, 0),
  };
}

/** `10.0.0.0/8`, `10.0.0.1`; the family is that of the text. */
export function readNetwork(text: string | undefined): Network | null {
  return text === undefined ? null : parseNetwork(text);
}

/** An address with a separate prefix length, as JSON listings have them. */
export function readPrefixed(address: string, length: number | null): Network | null {
  const parsed: Address | null = parseAddress(address);
  if (parsed === null) return null;
  const bits = parsed.family === 'ipv4' ? 32 : 128;
  return length === null || length > bits || length < 0
    ? networkOf(parsed, prefixMask(parsed.family, bits))
    : networkOf(parsed, prefixMask(parsed.family, length));
}
