/**
 * What cannot change while one host handles a packet, as a hash and an equality: the cheap key under which
 * the walks that an event may belong to are looked up. Addresses, ports, length, TTL, TOS, mark, TCP options
 * and ECN bits may change on the way: they are continuity's matter (continuity.ts).
 */
import { type Header, type Packet, TCP_FLAGS, type Transport } from '../model/packet.ts';

/** TCP flag bits that no rule changes (`-j ECN --ecn-tcp-remove` clears the others). */
const LASTING_FLAGS =
  TCP_FLAGS.FIN | TCP_FLAGS.SYN | TCP_FLAGS.RST | TCP_FLAGS.PSH | TCP_FLAGS.ACK | TCP_FLAGS.URG;

function mix(hash: number, value: number): number {
  return Math.imul(hash ^ value, 0x9e3779b1) ^ (hash >>> 15);
}

/** A 32-bit hash of the packet's identity: equal for packets of the same identity. */
export function identityHash(packet: Packet): number {
  let hash = mix(packet.protocol ?? 257, packet.id ?? packet.flowLabel ?? 0);
  hash = mix(hash, (packet.fragmentOffset << 3) | headerFlags(packet));
  const { transport } = packet;
  switch (transport.kind) {
    case 'tcp':
      hash = mix(mix(hash, transport.seq), transport.ack);
      return mix(hash, (transport.window << 6) | (transport.flags & LASTING_FLAGS));
    case 'udp':
      return mix(hash, transport.length);
    case 'icmp':
      hash = mix(hash, (transport.type << 8) | transport.code);
      return mix(mix(hash, transport.id ?? -1), transport.seq ?? transport.quoted?.id ?? -1);
    case 'ipsec':
      return mix(hash, transport.spi);
    case 'incomplete':
      return mix(hash, transport.bytes);
    case 'none':
      return hash;
  }
}

function headerFlags(header: Header): number {
  return (header.ce ? 1 : 0) | (header.df ? 2 : 0) | (header.mf ? 4 : 0) | (header.family === 'ipv4' ? 8 : 0);
}

/** Whether two packets may be one as far as unchangeable fields tell. */
export function sameIdentity(a: Packet, b: Packet): boolean {
  return a === b || (sameHeader(a, b) && sameTransport(a.transport, b.transport));
}

function sameHeader(a: Header, b: Header): boolean {
  return (
    a.protocol === b.protocol &&
    a.id === b.id &&
    a.flowLabel === b.flowLabel &&
    a.fragmentOffset === b.fragmentOffset &&
    headerFlags(a) === headerFlags(b) &&
    a.truncated === b.truncated &&
    sameExtensions(a, b)
  );
}

function sameExtensions(a: Header, b: Header): boolean {
  if (a.extensions.length !== b.extensions.length) return false;
  return a.extensions.every((extension, i) => {
    const other = b.extensions[i];
    return (
      other !== undefined &&
      extension.kind === other.kind &&
      extension.id === other.id &&
      extension.spi === other.spi &&
      extension.offset === other.offset
    );
  });
}

function sameTransport(a: Transport, b: Transport): boolean {
  if (a.kind === 'tcp') {
    return (
      b.kind === 'tcp' &&
      a.seq === b.seq &&
      a.ack === b.ack &&
      a.window === b.window &&
      a.urgentPointer === b.urgentPointer &&
      (a.flags & LASTING_FLAGS) === (b.flags & LASTING_FLAGS)
    );
  }
  if (a.kind === 'udp') return b.kind === 'udp' && a.length === b.length;
  if (a.kind === 'icmp') {
    return (
      b.kind === 'icmp' &&
      a.type === b.type &&
      a.code === b.code &&
      a.id === b.id &&
      a.seq === b.seq &&
      a.mtu === b.mtu &&
      a.parameter === b.parameter &&
      sameQuote(a.quoted, b.quoted)
    );
  }
  if (a.kind === 'ipsec') return b.kind === 'ipsec' && a.spi === b.spi;
  if (a.kind === 'incomplete') return b.kind === 'incomplete' && a.bytes === b.bytes;
  return b.kind === 'none';
}

/** A quoted header is translated with the error, but for these fields. */
function sameQuote(a: Header | null, b: Header | null): boolean {
  if (a === null || b === null) return a === b;
  return a.id === b.id && a.protocol === b.protocol && a.length === b.length && a.df === b.df;
}

/**
 * Whether the packet's identity alone all but names it: a non-zero IPv4 ID, or a fragment's. IPv6 has none,
 * and Linux sends many IPv4 packets with 0.
 */
export function isDistinctive(packet: Packet): boolean {
  if (packet.id !== null) return packet.id !== 0;
  return packet.extensions.some((extension) => extension.kind === 'fragment' && extension.id !== 0);
}
