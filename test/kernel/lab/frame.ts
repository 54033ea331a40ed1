/**
 * Packet lines into bytes as they go on the wire, and what the far ends heard back into packet lines.
 * Checksums are right, payload is filler; the fragments of one datagram (same addresses, protocol and id)
 * are cut from one whole, so that they reassemble.
 */
import { addressOf } from '../../../src/model/address.ts';
import { addressBytes, ByteWriter, checksum, macBytes } from './bytes.ts';
import { type FlagName, familyOf, type PacketLine, protocolNumber, type Quoted } from './packet-line.ts';

const FLAGS: readonly FlagName[] = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'];
const FILLER = 0x61;
const WINDOW = 64_240;
/** Most bytes of the offending packet that an error quotes: IPv4 header and eight bytes; IPv6 the like. */
const QUOTED_PAYLOAD = 8;

type Transport = Pick<
  PacketLine,
  | 'protocol'
  | 'sport'
  | 'dport'
  | 'flags'
  | 'seq'
  | 'ack'
  | 'window'
  | 'tcpOptions'
  | 'icmpType'
  | 'icmpCode'
  | 'icmpId'
  | 'icmpSeq'
  | 'quoted'
> & { readonly src: string; readonly dst: string };

/** A whole IP packet. `all` are the packets among which its other fragments are found. */
export function encodePacket(packet: PacketLine, all: readonly PacketLine[] = [packet]): Uint8Array {
  const family = familyOf(packet);
  const { fragment } = packet;
  const header = family === 4 ? 20 : fragment === undefined ? 40 : 48;
  const size = packet.length - header;
  if (fragment === undefined) return joinIp(packet, encodeTransport(packet, size));
  const siblings = all.filter((other) => isSibling(packet, other));
  const first = siblings.find((other) => other.fragment?.offset === 0) ?? packet;
  const whole = Math.max(...siblings.map((other) => (other.fragment?.offset ?? 0) + other.length - header));
  const transport = encodeTransport(first, whole);
  return joinIp(packet, transport.slice(fragment.offset, fragment.offset + size));
}

/** A whole Ethernet frame from one link address to another. */
export function encodeFrame(
  packet: PacketLine,
  all: readonly PacketLine[],
  from: string,
  to: string,
): Uint8Array {
  const type = familyOf(packet) === 4 ? 0x0800 : 0x86dd;
  return new ByteWriter()
    .raw(macBytes(to))
    .raw(macBytes(from))
    .u16(type)
    .raw(encodePacket(packet, all))
    .bytes();
}

function isSibling(a: PacketLine, b: PacketLine): boolean {
  return (
    b.fragment !== undefined &&
    a.src === b.src &&
    a.dst === b.dst &&
    a.protocol === b.protocol &&
    a.id === b.id &&
    a.flowLabel === b.flowLabel
  );
}

function joinIp(packet: PacketLine | Quoted, payload: Uint8Array): Uint8Array {
  const protocol = protocolNumber(packet.protocol);
  const fragment = 'fragment' in packet ? packet.fragment : undefined;
  if (familyOf(packet) === 6) {
    const extension = new ByteWriter();
    if (fragment !== undefined) {
      const id = packet.flowLabel ?? 0;
      extension
        .u8(protocol, 0)
        .u16(fragment.offset | (fragment.more ? 1 : 0))
        .u32(id);
    }
    return new ByteWriter()
      .u32(((6 << 28) | (packet.tos << 20) | (packet.flowLabel ?? 0)) >>> 0)
      .u16(packet.length - 40)
      .u8(fragment === undefined ? protocol : 44, packet.ttl)
      .raw(addressBytes(packet.src))
      .raw(addressBytes(packet.dst))
      .raw(extension.bytes())
      .raw(payload)
      .bytes();
  }
  const df = 'df' in packet && packet.df === true ? 0x4000 : 0;
  const more = fragment?.more === true ? 0x2000 : 0;
  const header = (sum: number) =>
    new ByteWriter()
      .u8(0x45, packet.tos)
      .u16(packet.length, packet.id ?? 0, df | more | ((fragment?.offset ?? 0) >>> 3))
      .u8(packet.ttl, protocol)
      .u16(sum)
      .raw(addressBytes(packet.src))
      .raw(addressBytes(packet.dst));
  return header(checksum(header(0).bytes()))
    .raw(payload)
    .bytes();
}

function encodeTransport(packet: Transport, size: number): Uint8Array {
  const protocol = protocolNumber(packet.protocol);
  const build = TRANSPORTS[protocol];
  if (build === undefined) return new Uint8Array(size).fill(FILLER);
  const unsummed = build(packet, size, 0);
  const pseudo = protocol === 1 ? new Uint8Array(0) : pseudoHeader(packet, protocol, size);
  const sum = checksum(pseudo, unsummed);
  return build(packet, size, protocol === 17 && sum === 0 ? 0xffff : sum).slice(0, size);
}

function pseudoHeader(packet: Transport, protocol: number, size: number): Uint8Array {
  const writer = new ByteWriter().raw(addressBytes(packet.src)).raw(addressBytes(packet.dst));
  return familyOf(packet) === 4
    ? writer.u8(0, protocol).u16(size).bytes()
    : writer.u32(size, protocol).bytes();
}

type Build = (packet: Transport, size: number, sum: number) => Uint8Array;

const TRANSPORTS: Readonly<Record<number, Build>> = { 1: icmp, 6: tcp, 17: udp, 58: icmp };

function tcp(packet: Transport, size: number, sum: number): Uint8Array {
  const flags = FLAGS.reduce((bits, name, i) => bits | (packet.flags?.includes(name) ? 1 << i : 0), 0);
  const options = Buffer.from(packet.tcpOptions ?? '', 'hex');
  return fill(
    new ByteWriter()
      .u16(packet.sport ?? 0, packet.dport ?? 0)
      .u32(packet.seq ?? 0, packet.ack ?? 0)
      .u8((5 + options.length / 4) << 4, flags)
      .u16(packet.window ?? WINDOW, sum, 0)
      .raw(options),
    size,
  );
}

function udp(packet: Transport, size: number, sum: number): Uint8Array {
  return fill(new ByteWriter().u16(packet.sport ?? 0, packet.dport ?? 0, size, sum), size);
}

function icmp(packet: Transport, size: number, sum: number): Uint8Array {
  const writer = new ByteWriter().u8(packet.icmpType ?? 0, packet.icmpCode ?? 0).u16(sum);
  if (packet.quoted === undefined) return fill(writer.u16(packet.icmpId ?? 0, packet.icmpSeq ?? 0), size);
  return fill(writer.u32(0).raw(encodeQuoted(packet.quoted)), size);
}

/** Header and the first bytes of the quoted packet, as it was when the error was made. */
function encodeQuoted(quoted: Quoted): Uint8Array {
  const header = familyOf(quoted) === 4 ? 20 : 40;
  const transport = encodeTransport(quoted, Math.max(quoted.length - header, QUOTED_PAYLOAD));
  return joinIp(quoted, transport.slice(0, QUOTED_PAYLOAD));
}

/** Bytes of layer 3 that an ICMP error about `quoted` has. */
export function errorLength(quoted: Quoted): number {
  return familyOf(quoted) === 4 ? 20 + 8 + 20 + QUOTED_PAYLOAD : 40 + 8 + 40 + QUOTED_PAYLOAD;
}

function fill(writer: ByteWriter, size: number): Uint8Array {
  while (writer.length < size) writer.u8(FILLER);
  return writer.bytes();
}

/** What a far end heard, as far as an answer needs it. */
export type Heard = Omit<PacketLine, 'n' | 'in' | 'mac' | 'protocol' | 'window'> & {
  readonly protocol: number;
};

/** Reads an Ethernet frame. @returns null if it holds no whole IP packet (ARP, a later fragment). */
export function decodeFrame(frame: Uint8Array): Heard | null {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 34) return null;
  const type = view.getUint16(12);
  if (type === 0x0800) return decode4(new DataView(view.buffer, view.byteOffset + 14, view.byteLength - 14));
  if (type === 0x86dd && frame.length >= 54) {
    return decode6(new DataView(view.buffer, view.byteOffset + 14, view.byteLength - 14));
  }
  return null;
}

function decode4(ip: DataView): Heard | null {
  const cut = ip.getUint16(6);
  if ((cut & 0x3fff) !== 0) return null;
  const header = (ip.getUint8(0) & 0xf) * 4;
  const protocol = ip.getUint8(9);
  return {
    src: addressOf('ipv4', [ip.getUint32(12)]).text,
    dst: addressOf('ipv4', [ip.getUint32(16)]).text,
    protocol,
    ttl: ip.getUint8(8),
    tos: ip.getUint8(1),
    id: ip.getUint16(4),
    df: (cut & 0x4000) !== 0,
    length: ip.getUint16(2),
    ...decodeTransport(protocol, ip, header),
  };
}

function decode6(ip: DataView): Heard | null {
  const protocol = ip.getUint8(6);
  if (protocol === 44) return null;
  const words = (from: number) => [0, 4, 8, 12].map((i) => ip.getUint32(from + i));
  const first = ip.getUint32(0);
  return {
    src: addressOf('ipv6', words(8)).text,
    dst: addressOf('ipv6', words(24)).text,
    protocol,
    ttl: ip.getUint8(7),
    tos: (first >>> 20) & 0xff,
    flowLabel: first & 0xfffff,
    length: ip.getUint16(4) + 40,
    ...decodeTransport(protocol, ip, 40),
  };
}

function decodeTransport(
  protocol: number,
  ip: DataView,
  at: number,
): Pick<
  PacketLine,
  'sport' | 'dport' | 'seq' | 'ack' | 'flags' | 'tcpOptions' | 'icmpType' | 'icmpCode' | 'icmpId' | 'icmpSeq'
> {
  const left = ip.byteLength - at;
  if (protocol === 6 && left >= 20) {
    const bits = ip.getUint8(at + 13);
    const header = (ip.getUint8(at + 12) >>> 4) * 4;
    const options = Buffer.from(ip.buffer, ip.byteOffset + at + 20, Math.max(0, Math.min(header, left) - 20));
    return {
      sport: ip.getUint16(at),
      dport: ip.getUint16(at + 2),
      seq: ip.getUint32(at + 4),
      ack: ip.getUint32(at + 8),
      flags: FLAGS.filter((_, i) => (bits & (1 << i)) !== 0),
      ...(options.length === 0 ? {} : { tcpOptions: options.toString('hex') }),
    };
  }
  if (protocol === 17 && left >= 8) return { sport: ip.getUint16(at), dport: ip.getUint16(at + 2) };
  if ((protocol === 1 || protocol === 58) && left >= 8) {
    return {
      icmpType: ip.getUint8(at),
      icmpCode: ip.getUint8(at + 1),
      icmpId: ip.getUint16(at + 4),
      icmpSeq: ip.getUint16(at + 6),
    };
  }
  return {};
}
