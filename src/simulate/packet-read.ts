/** Values of a packet's fields as people write them, in JSON or as words → numbers, addresses, flags; undefined: not readable. */

import { type Address, parseAddress } from '../model/address.ts';
import { entryOf } from '../model/entry.ts';
import { TCP_FLAGS, type TcpFlag } from '../model/packet.ts';
import { protocolNumber } from '../model/protocol.ts';

export type Value = unknown;

/** Decimal or `0x…`. */
export function numberOf(value: Value, max = 0xffffffff): number | undefined {
  const number =
    typeof value === 'string' && /^(?:\d+|0x[0-9a-f]+)$/i.test(value.trim()) ? Number(value.trim()) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= max
    ? number
    : undefined;
}

/** A bare word of `--packet` is true. */
export function booleanOf(value: Value): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === '1' || value === 'yes' || value === '' || value === 1) return true;
  return value === 'false' || value === '0' || value === 'no' || value === 0 ? false : undefined;
}

/** IPv4 or IPv6. */
export function addressOf(value: Value): Address | undefined {
  return typeof value === 'string' ? (parseAddress(value.trim()) ?? undefined) : undefined;
}

/** Names of /etc/protocols that are not the kernel's. */
const OTHER_NAMES: Readonly<Record<string, number>> = { ipencap: 4, dccp: 33, ipv6: 41 };

/** A name or a number. */
export function protocolOf(value: Value): number | undefined {
  if (typeof value !== 'string') return numberOf(value, 255);
  const name = value.trim();
  return protocolNumber(name) ?? entryOf(OTHER_NAMES, name.toLowerCase()) ?? numberOf(name, 255);
}

function isFlag(name: string): name is TcpFlag {
  return Object.hasOwn(TCP_FLAGS, name);
}

/** `["SYN"]`, `syn,ack`, or a number. */
export function flagsOf(value: Value): number | undefined {
  const asNumber = numberOf(value, 0x1ff);
  if (asNumber !== undefined) return asNumber;
  const names = Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : null;
  if (names === null) return undefined;
  let flags = 0;
  for (const name of names) {
    const upper = typeof name === 'string' ? name.trim().toUpperCase() : '?';
    if (upper === '' || upper === 'NONE') continue;
    if (!isFlag(upper)) return undefined;
    flags |= TCP_FLAGS[upper];
  }
  return flags;
}

function textOf(pattern: RegExp): (value: Value) => string | undefined {
  return (value) => (typeof value === 'string' && pattern.test(value) ? value : undefined);
}

/** The name of an interface (IFNAMSIZ). */
export const NAME = textOf(/^[^\s/:]{1,15}$/);
/** A link address. */
export const MAC = textOf(/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/i);
/** Bytes. */
export const HEX = textOf(/^(?:[0-9a-f]{2})*$/i);
/** An Ethernet header as TRACE prints it. */
export const LINK_HEADER = textOf(/^(?:[0-9a-f]{2}:){13}[0-9a-f]{2}$/i);
