/**
 * A packet as someone describes it to the simulator: `packets.jsonl`, `--packet`, or what the first line
 * of a walk implies. `undefined` is unknown; a condition that asks for it is unknown too.
 */
import type { Address, Family } from './address.ts';
import { dportOf, type Header, isShownWhole, markOf, type Packet, sportOf } from './packet.ts';

export type PacketType = 'unicast' | 'broadcast' | 'multicast';

/** The packet that an ICMP error quotes, as far as connection tracking looks at it. */
export interface QuotedPacket {
  readonly src: Address;
  readonly dst: Address;
  readonly protocol: number;
  readonly sport?: number | undefined;
  readonly dport?: number | undefined;
  readonly icmpType?: number | undefined;
  readonly icmpCode?: number | undefined;
  readonly icmpId?: number | undefined;
}

export interface PacketSpec {
  readonly family: Family;
  /** Interface it came in on; null: made on this host. */
  readonly in: string | null;
  /** Bridge port it came in on; null: none. */
  readonly physIn?: string | null | undefined;
  /** Interface that it leaves by, where that is known beforehand (the first line of an OUTPUT walk). */
  readonly out?: string | undefined;
  readonly src?: Address | undefined;
  readonly dst?: Address | undefined;
  readonly protocol?: number | undefined;
  readonly sport?: number | undefined;
  readonly dport?: number | undefined;
  /** Sum of TCP_FLAGS; 0: none set. */
  readonly flags?: number | undefined;
  readonly seq?: number | undefined;
  readonly ack?: number | undefined;
  readonly window?: number | undefined;
  /** Hex digits of the TCP options; '' if there are none. */
  readonly tcpOptions?: string | undefined;
  readonly icmpType?: number | undefined;
  readonly icmpCode?: number | undefined;
  readonly icmpId?: number | undefined;
  readonly icmpSeq?: number | undefined;
  readonly quoted?: QuotedPacket | undefined;
  /** UDP's own length field, bytes. */
  readonly udpLength?: number | undefined;
  /** SPI of AH and ESP. */
  readonly spi?: number | undefined;
  readonly ttl?: number | undefined;
  /** The whole TOS or traffic class byte. */
  readonly tos?: number | undefined;
  /** Bits of `tos` that are known: a TRACE line never shows bit 0. All if left out. */
  readonly tosKnown?: number | undefined;
  /** IP length in bytes, IPv6 with its header. */
  readonly length?: number | undefined;
  readonly id?: number | undefined;
  readonly df?: boolean | undefined;
  readonly flowLabel?: number | undefined;
  /** Offset in bytes; `more`: further fragments follow. Left out: not a fragment. */
  readonly fragment?: { readonly offset: number; readonly more: boolean } | undefined;
  /** Of a datagram that was put together: its fragments in order, IP lengths in bytes; cut anew when it leaves. */
  readonly pieces?: readonly { readonly offset: number; readonly length: number }[] | undefined;
  /** Of a fragment: the datagram that it completes; null: more are to come. */
  readonly whole?: PacketSpec | null | undefined;
  /** Bytes of layer 4 that are there, if fewer than its header has. */
  readonly truncated?: number | undefined;
  /** IPv4 options in hex; '' or left out: none. */
  readonly ipOptions?: string | undefined;
  /** IPv6 extension headers are there (their contents are not described). Left out: none. */
  readonly extensions?: boolean | undefined;
  /** 0 if left out; null: unknown. */
  readonly mark?: number | null | undefined;
  /** Source address on the link, `aa:bb:…`; '' if the link has no addresses. */
  readonly mac?: string | undefined;
  /** Destination address on the link. */
  readonly macTo?: string | undefined;
  /** How it was addressed on the link; unicast if left out. */
  readonly packetType?: PacketType | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** When it was seen, milliseconds since 1970 UTC. */
  readonly time?: number | undefined;
  /** Made by a socket of this host (its uid and gid are above); false: by the kernel itself. */
  readonly socket?: boolean | undefined;
}

function quotedOf(header: Header): QuotedPacket | undefined {
  const { transport } = header;
  const protocol = header.protocol ?? espOf(header).protocol;
  if (protocol === undefined) return undefined;
  return {
    src: header.src,
    dst: header.dst,
    protocol,
    sport: sportOf(header) ?? undefined,
    dport: dportOf(header) ?? undefined,
    ...(transport.kind === 'icmp'
      ? { icmpType: transport.type, icmpCode: transport.code, icmpId: transport.id ?? undefined }
      : {}),
  };
}

function transportOf(packet: Packet): Partial<PacketSpec> {
  const { transport } = packet;
  switch (transport.kind) {
    case 'tcp':
      return {
        sport: transport.sport,
        dport: transport.dport,
        flags: transport.flags,
        seq: transport.seq,
        ack: transport.ack,
        window: transport.window,
        tcpOptions: transport.options ?? undefined,
      };
    case 'udp':
      return { sport: transport.sport, dport: transport.dport, udpLength: transport.length };
    case 'icmp':
      return {
        icmpType: transport.type,
        icmpCode: transport.code,
        icmpId: transport.id ?? undefined,
        icmpSeq: transport.seq ?? undefined,
        quoted: transport.quoted === null ? undefined : quotedOf(transport.quoted),
      };
    case 'ipsec':
      return { spi: transport.spi };
    case 'incomplete':
      return { truncated: transport.bytes };
    case 'none':
      return {};
  }
}

/** Source and type of an Ethernet header as TRACE prints it: 6 bytes to, 6 bytes from, 2 bytes type. */
function linkOf(mac: string | null): Partial<PacketSpec> {
  if (mac === '') return { mac: '' };
  if (mac === null || mac.length !== 14 * 3 - 1) return {};
  const first = Number.parseInt(mac.slice(0, 2), 16);
  const packetType =
    mac.slice(0, 17) === 'ff:ff:ff:ff:ff:ff' ? 'broadcast' : (first & 1) === 1 ? 'multicast' : 'unicast';
  return { mac: mac.slice(18, 35), macTo: mac.slice(0, 17), packetType };
}

/**
 * What a TRACE line says of its packet. The mark is taken as printed: the packet before any rule, which
 * a walk's first line no longer shows, is the caller's to know.
 */
export function specOfPacket(packet: Packet): PacketSpec {
  const made = packet.in === '';
  const fragmented = packet.fragmentOffset > 0 || packet.mf;
  return {
    family: packet.family,
    in: made ? null : packet.in,
    physIn: packet.physIn,
    out: made && packet.out !== '' ? packet.out : undefined,
    src: packet.src,
    dst: packet.dst,
    protocol: packet.protocol ?? undefined,
    ...transportOf(packet),
    ...espOf(packet),
    ttl: packet.ttl,
    tos: packet.tos,
    tosKnown: packet.family === 'ipv4' ? 0xfe : 0xff,
    length: packet.length,
    id: packet.id ?? undefined,
    df: packet.df,
    flowLabel: packet.flowLabel ?? undefined,
    fragment: fragmented ? { offset: packet.fragmentOffset, more: packet.mf } : undefined,
    ipOptions: packet.ipOptions ?? undefined,
    extensions: packet.extensions.some(({ kind }) => kind !== 'esp'),
    mark: markOf(packet),
    ...(made ? ownerOf(packet) : linkOf(packet.mac)),
  };
}

/** IPv6's ESP is printed as if it were an extension header. */
function espOf({ extensions }: Header): Pick<PacketSpec, 'protocol' | 'spi'> {
  const last = extensions.at(-1);
  return last?.kind === 'esp' ? { protocol: 50, spi: last.spi ?? undefined } : {};
}

/** What no line showed to its end is of nobody knows whom. */
function ownerOf(packet: Packet): Partial<PacketSpec> {
  const { uid, gid } = packet;
  if (uid === null && !isShownWhole(packet)) return {};
  return { uid: uid ?? undefined, gid: gid ?? undefined, socket: uid !== null };
}
