/**
 * The packet's bytes from its network header on, as far as its fields imply them: what u32 and bpf look at.
 * Checksums, identification and payload that nobody told are unknown.
 */
import type { Bits } from '../model/oracle.ts';
import { type Doubt, fieldDoubt } from './ask.ts';
import { bits, UNKNOWN_BITS } from './bits.ts';
import { hasPorts, type Skb } from './skb.ts';

type ByteValue = Bits;
const UNKNOWN_BYTE: ByteValue = UNKNOWN_BITS;

function byte(value: number | undefined): ByteValue {
  return value === undefined ? UNKNOWN_BYTE : bits(value & 0xff);
}

/** `count` bytes of a number, most significant first. */
function number(value: number | undefined, count: number): ByteValue[] {
  return Array.from({ length: count }, (_, i) =>
    byte(value === undefined ? undefined : Math.floor(value / 2 ** (8 * (count - 1 - i))) % 256),
  );
}

function words(address: { readonly words: readonly number[] } | undefined, count: number): ByteValue[] {
  return Array.from({ length: count }, (_, i) => number(address?.words[i], 4)).flat();
}

function hex(text: string): ByteValue[] {
  return (text.match(/../g) ?? []).map((pair) => byte(Number.parseInt(pair, 16)));
}

function headerV4(skb: Skb): ByteValue[] {
  const { fragment } = skb;
  const flags =
    skb.df === undefined
      ? undefined
      : (skb.df ? 0x4000 : 0) | (fragment?.more ? 0x2000 : 0) | ((fragment?.offset ?? 0) / 8);
  return [
    byte(0x40 | (5 + skb.ipOptions.length / 8)),
    { value: skb.tos.value & 0xff, known: (skb.tos.known | 0xffffff00) >>> 0 },
    ...number(skb.length, 2),
    ...number(skb.id, 2),
    ...number(flags, 2),
    byte(skb.ttl),
    byte(skb.protocol),
    ...number(undefined, 2),
    ...words(skb.src, 1),
    ...words(skb.dst, 1),
    ...hex(skb.ipOptions),
  ];
}

function headerV6(skb: Skb): ByteValue[] {
  const { value, known } = skb.tos;
  const high = { value: 0x60 | (value >>> 4), known: (0xfffffff0 | (known >>> 4)) >>> 0 };
  const flow = skb.flowLabel;
  const low: ByteValue = {
    value: ((value & 0xf) << 4) | (flow === undefined ? 0 : flow >>> 16),
    known: (0xffffff00 | ((known & 0xf) << 4) | (flow === undefined ? 0 : 0xf)) >>> 0,
  };
  return [
    high,
    low,
    ...number(flow === undefined ? undefined : flow & 0xffff, 2),
    ...number(skb.length === undefined ? undefined : skb.length - 40, 2),
    byte(skb.extensions ? undefined : skb.fragment === null ? skb.protocol : FRAGMENT_HEADER),
    byte(skb.ttl),
    ...words(skb.src, 4),
    ...words(skb.dst, 4),
    ...(skb.fragment === null || skb.extensions ? [] : fragmentHeader(skb.fragment, skb.protocol)),
  ];
}

/** Next header that says: a fragment header follows. */
const FRAGMENT_HEADER = 44;

function fragmentHeader(
  { offset, more }: NonNullable<Skb['fragment']>,
  protocol: number | undefined,
): ByteValue[] {
  return [byte(protocol), byte(0), ...number(offset | (more ? 1 : 0), 2), ...number(undefined, 4)];
}

function transport(skb: Skb): ByteValue[] {
  if (skb.fragmentOffset > 0 || skb.extensions) return [];
  if (skb.protocol === 6) {
    const header = skb.tcpHeaderLength;
    return [
      ...number(skb.sport, 2),
      ...number(skb.dport, 2),
      ...number(skb.seq, 4),
      ...number(skb.ack, 4),
      byte(header === undefined ? undefined : (header / 4) << 4),
      byte(skb.flags),
      ...number(skb.window, 2),
      ...number(undefined, 4),
      ...hex(skb.tcpOptions ?? ''),
    ];
  }
  if (hasPorts(skb.protocol)) {
    const whole = skb.protocol === 17 && skb.fragment === null;
    const length = skb.udpLength ?? (whole ? skb.payloadLength : undefined);
    return [...number(skb.sport, 2), ...number(skb.dport, 2), ...number(length, 2)];
  }
  if (skb.isIcmp) {
    return [
      byte(skb.icmpType),
      byte(skb.icmpCode),
      ...number(undefined, 2),
      ...number(skb.icmpId, 2),
      ...number(skb.icmpSeq, 2),
    ];
  }
  return skb.protocol === 50 ? number(skb.spi, 4) : [];
}

export class PacketBytes {
  /** Length in bytes; undefined: not known. */
  readonly length: number | undefined;
  readonly #bytes: readonly ByteValue[];

  constructor(skb: Skb) {
    this.length = skb.length;
    this.#bytes = [...(skb.family === 'ipv4' ? headerV4(skb) : headerV6(skb)), ...transport(skb)];
  }

  /** What is known of the bytes: equal for a packet that nothing rewrote. */
  get name(): string {
    return this.#bytes.map(({ value, known }) => `${value & known & 0xff}`).join('.');
  }

  /** `count` (1, 2, 4) bytes at an offset as a number; null: behind the packet's end. */
  read(offset: number, count: number): Bits | null {
    if (offset < 0 || (this.length !== undefined && offset + count > this.length)) return null;
    let value = 0;
    let known = 0;
    for (let i = 0; i < count; i++) {
      const one = this.#bytes[offset + i] ?? UNKNOWN_BYTE;
      value = (value << 8) | (one.value & 0xff);
      known = (known << 8) | (one.known & 0xff);
    }
    const above = count === 4 ? 0 : (0xffffffff << (8 * count)) >>> 0;
    return bits(value >>> 0, (known | above) >>> 0);
  }
}

/** A condition on bytes that are not known. What an answer says of them ends where a rule rewrites the packet. */
export function bytesDoubt(packet: PacketBytes, condition: string): Doubt {
  return { ...fieldDoubt('bytes', condition), key: `packet bytes ${packet.name} ${condition}` };
}
