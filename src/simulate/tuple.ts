/**
 * One direction of a connection, and its inverse: the key by which conntrack finds it
 * (nf_ct_get_tuple, nf_ct_invert_tuple in net/netfilter/nf_conntrack_core.c). A part that is unknown makes
 * the tuple vague: it may equal another, but is found by no key.
 */
import type { Address, Family } from '../model/address.ts';
import type { SavedTuple } from '../model/context.ts';
import type { QuotedPacket } from '../model/packet-spec.ts';
import { hasPorts, ICMP_PROTOCOL, type Skb } from './skb.ts';

export interface Tuple {
  readonly family: Family;
  readonly protocol: number;
  readonly src: Address | undefined;
  readonly dst: Address | undefined;
  /** Source port, ICMP id; 0 for protocols without. */
  readonly sport: number | undefined;
  /** Destination port, ICMP type · 256 + code; 0 for protocols without. */
  readonly dport: number | undefined;
}

/** Type of the ICMP answer to a type, and the other way round; others cannot be inverted. */
const ICMP_INVERSE: Readonly<Record<Family, Readonly<Record<number, number>>>> = {
  ipv4: { 8: 0, 0: 8, 13: 14, 14: 13, 15: 16, 16: 15, 17: 18, 18: 17 },
  ipv6: { 128: 129, 129: 128, 139: 140, 140: 139 },
};

/** The tuple that sends back; null for an ICMP type that has no answer. */
export function invertTuple(tuple: Tuple): Tuple | null {
  const { family, protocol, src, dst, sport, dport } = tuple;
  if (protocol !== ICMP_PROTOCOL[family]) {
    return { family, protocol, src: dst, dst: src, sport: dport, dport: sport };
  }
  if (dport === undefined) return { family, protocol, src: dst, dst: src, sport, dport };
  const answer = ICMP_INVERSE[family][dport >> 8];
  return answer === undefined
    ? null
    : { family, protocol, src: dst, dst: src, sport, dport: answer * 256 + (dport & 0xff) };
}

function portsOf(
  family: Family,
  protocol: number,
  packet: Pick<Skb, 'sport' | 'dport' | 'icmpType' | 'icmpCode' | 'icmpId'> | QuotedPacket,
): Pick<Tuple, 'sport' | 'dport'> {
  if (hasPorts(protocol)) return { sport: packet.sport, dport: packet.dport };
  if (protocol !== ICMP_PROTOCOL[family]) return { sport: 0, dport: 0 };
  const { icmpType, icmpCode, icmpId } = packet;
  return {
    sport: icmpId,
    dport: icmpType === undefined ? undefined : icmpType * 256 + (icmpCode ?? 0),
  };
}

export function tupleOfPacket(skb: Skb, protocol: number): Tuple {
  return {
    family: skb.family,
    protocol,
    src: skb.src,
    dst: skb.dst,
    ...portsOf(skb.family, protocol, skb),
  };
}

export function tupleOfQuote(quoted: QuotedPacket): Tuple {
  const { family } = quoted.src;
  return {
    family,
    protocol: quoted.protocol,
    src: quoted.src,
    dst: quoted.dst,
    ...portsOf(family, quoted.protocol, quoted),
  };
}

export function tupleOfSaved(saved: SavedTuple, protocol: number): Tuple {
  const { family } = saved.src;
  const icmp = protocol === ICMP_PROTOCOL[family];
  const type = saved.icmpType === null ? undefined : saved.icmpType * 256 + (saved.icmpCode ?? 0);
  return {
    family,
    protocol,
    src: saved.src,
    dst: saved.dst,
    sport: icmp ? (saved.icmpId ?? undefined) : (saved.sport ?? 0),
    dport: icmp ? type : (saved.dport ?? 0),
  };
}

/** A key that equal tuples share; null if a part is unknown. */
export function tupleKey(tuple: Tuple, zone: number): string | null {
  const { src, dst, sport, dport } = tuple;
  if (src === undefined || dst === undefined || sport === undefined || dport === undefined) return null;
  return `${zone} ${tuple.protocol} ${src.text} ${sport} ${dst.text} ${dport}`;
}

function mayEqual<T>(a: T | undefined, b: T | undefined): boolean {
  return a === undefined || b === undefined || a === b;
}

/** Whether the two could be the same as far as both are known. */
export function tuplesMayEqual(a: Tuple, b: Tuple): boolean {
  return (
    a.family === b.family &&
    a.protocol === b.protocol &&
    mayEqual(a.src?.text, b.src?.text) &&
    mayEqual(a.dst?.text, b.dst?.text) &&
    mayEqual(a.sport, b.sport) &&
    mayEqual(a.dport, b.dport)
  );
}

/** `a`, its unknown parts taken from `b`. */
export function refineTuple(a: Tuple, b: Tuple): Tuple {
  return {
    family: a.family,
    protocol: a.protocol,
    src: a.src ?? b.src,
    dst: a.dst ?? b.dst,
    sport: a.sport ?? b.sport,
    dport: a.dport ?? b.dport,
  };
}

export function sameTuple(a: Tuple, b: Tuple): boolean {
  return (
    a.protocol === b.protocol &&
    a.src?.text === b.src?.text &&
    a.dst?.text === b.dst?.text &&
    a.sport === b.sport &&
    a.dport === b.dport
  );
}

/** `10.0.0.1:40000 → 10.0.0.2:80` for an assumption's text. */
export function tupleText(tuple: Tuple): string {
  const side = (address: Address | undefined, port: number | undefined): string => {
    const host = address?.text ?? '?';
    if (!hasPorts(tuple.protocol)) return host;
    return address?.family === 'ipv6' ? `[${host}]:${port ?? '?'}` : `${host}:${port ?? '?'}`;
  };
  return `${side(tuple.src, tuple.sport)} → ${side(tuple.dst, tuple.dport)}`;
}
