/**
 * A packet as a TRACE line shows it: the kernel's fields (net/netfilter/nf_log_syslog.c), numbers as
 * numbers. Absent fields are null. Values are shared: two events with the same text share one Packet.
 */
import type { Address, Family } from './address.ts';

/** Bits of TCP flags as in the header, and as `--tcp-flags` counts them. AE is bit 8. */
export const TCP_FLAGS = {
  FIN: 1,
  SYN: 2,
  RST: 4,
  PSH: 8,
  ACK: 16,
  URG: 32,
  ECE: 64,
  CWR: 128,
  AE: 256,
} as const;
export type TcpFlag = keyof typeof TCP_FLAGS;

/** Names of the set flags, in the order in which the kernel prints them: AE CWR ECE URG ACK PSH RST SYN FIN. */
export function tcpFlagNames(flags: number): readonly TcpFlag[] {
  const names: readonly TcpFlag[] = ['AE', 'CWR', 'ECE', 'URG', 'ACK', 'PSH', 'RST', 'SYN', 'FIN'];
  return names.filter((name) => (flags & TCP_FLAGS[name]) !== 0);
}

/** IP protocol numbers that the kernel prints by name. */
export const PROTOCOL_NUMBERS: Readonly<Record<string, number>> = {
  ICMP: 1,
  TCP: 6,
  UDP: 17,
  ESP: 50,
  AH: 51,
  ICMPv6: 58,
  UDPLITE: 136,
};

export interface TcpHeader {
  readonly kind: 'tcp';
  readonly sport: number;
  readonly dport: number;
  readonly seq: number;
  readonly ack: number;
  readonly window: number;
  /** `RES=`: the reserved bits, as printed. */
  readonly reserved: number;
  /** Sum of TCP_FLAGS. */
  readonly flags: number;
  readonly urgentPointer: number;
  /** Hex digits of the options; '' if there are none; null if they were cut (`OPT (TRUNCATED)`). */
  readonly options: string | null;
}
export interface UdpHeader {
  readonly kind: 'udp';
  readonly sport: number;
  readonly dport: number;
  /** UDP's own length field in bytes (UDPLITE: the coverage). */
  readonly length: number;
}
/** ICMP and ICMPv6. */
export interface IcmpHeader {
  readonly kind: 'icmp';
  readonly type: number;
  readonly code: number;
  readonly id: number | null;
  readonly seq: number | null;
  readonly gateway: Address | null;
  /** `PARAMETER=` (decimal) or ICMPv6 `POINTER=` (hex in the log). */
  readonly parameter: number | null;
  readonly mtu: number | null;
  /** The packet that an ICMP error quotes. */
  readonly quoted: Header | null;
}
/** AH and ESP. */
export interface IpsecHeader {
  readonly kind: 'ipsec';
  readonly spi: number;
}
/** `INCOMPLETE [n bytes]`: the layer 4 header was cut. */
export interface IncompleteHeader {
  readonly kind: 'incomplete';
  readonly bytes: number;
}
/** Nothing of layer 4 is printed: another protocol, a later fragment, no protocol at all. */
export interface NoHeader {
  readonly kind: 'none';
}
export type Transport = TcpHeader | UdpHeader | IcmpHeader | IpsecHeader | IncompleteHeader | NoHeader;

/** One IPv6 extension header as `OPT ( … )` shows it. */
export interface ExtensionHeader {
  readonly kind: 'other' | 'fragment' | 'ah' | 'esp';
  /** Fragment: offset in bytes, more-fragments flag, identification. */
  readonly offset: number | null;
  readonly more: boolean;
  readonly id: number | null;
  readonly spi: number | null;
}

/** Layer 3 and 4 of a packet: what a quoted packet has too. */
export interface Header {
  readonly family: Family;
  readonly src: Address;
  readonly dst: Address;
  /** IP length in bytes: IPv4 total length, IPv6 payload + 40. May exceed the MTU (GSO, reassembly). */
  readonly length: number;
  /** IPv4 TOS byte as far as printed (`TOS` | `PREC`: bit 0 is never shown), IPv6 traffic class (exact). */
  readonly tos: number;
  /** TTL or hop limit. */
  readonly ttl: number;
  /** IPv4 identification; null in IPv6. */
  readonly id: number | null;
  readonly flowLabel: number | null;
  /** The reserved IPv4 flag bit, not ECN. */
  readonly ce: boolean;
  readonly df: boolean;
  /** More fragments (IPv6: from the fragment header). */
  readonly mf: boolean;
  /** Offset in bytes; 0 for a whole packet and a first fragment. */
  readonly fragmentOffset: number;
  /** IPv4 options, hex digits; null if none. */
  readonly ipOptions: string | null;
  readonly extensions: readonly ExtensionHeader[];
  /** IP protocol number of layer 4; null where the line has no `PROTO=`. */
  readonly protocol: number | null;
  readonly transport: Transport;
  /** `TRUNCATED`: the header could not be read further. */
  readonly truncated: boolean;
}

export interface Packet extends Header {
  /** Interface names; '' where the line has none. */
  readonly in: string;
  readonly out: string;
  readonly physIn: string | null;
  readonly physOut: string | null;
  /** Link header as printed, bytes in hex joined by `:`; '' for `MAC= `; null if absent. */
  readonly mac: string | null;
  /** `TUNNEL=a->b` of sit devices, kernels before 5.10; most packets have no such property. */
  readonly tunnel?: string;
  readonly uid: number | null;
  readonly gid: number | null;
  /** 0 where the line has no `MARK=`. */
  readonly mark: number;
}

/** Protocols after whose cut header the kernel prints nothing more (nf_log_syslog.c, dump_ipv4_packet). */
const ENDS_CUT = new Set([6, 17, 136]);

/**
 * Whether the line shows the packet to its end, with owner and mark: after a header that was cut the kernel stops, and
 * after IPv6's ESP, behind which it sees nothing (dump_ipv6_packet, net/netfilter/nf_log_syslog.c).
 */
export function isShownWhole({ family, truncated, transport, extensions, protocol }: Header): boolean {
  if (truncated || (family === 'ipv6' && extensions.at(-1)?.kind === 'esp')) return false;
  return transport.kind !== 'incomplete' || (family === 'ipv4' && !ENDS_CUT.has(protocol ?? 0));
}

/** The mark; null where the line ends before it. */
export function markOf(packet: Packet): number | null {
  return packet.mark === 0 && !isShownWhole(packet) ? null : packet.mark;
}

/** Source port of TCP and UDP; null where there is none. */
export function sportOf(packet: Header): number | null {
  const { transport } = packet;
  return transport.kind === 'tcp' || transport.kind === 'udp' ? transport.sport : null;
}

/** Destination port of TCP and UDP; null where there is none. */
export function dportOf(packet: Header): number | null {
  const { transport } = packet;
  return transport.kind === 'tcp' || transport.kind === 'udp' ? transport.dport : null;
}

/** IPv4 options or IPv6 extension headers are there. */
export function isExtended(header: Header): boolean {
  return header.ipOptions !== null || header.extensions.length > 0;
}

/** Passed on within a bridge: it came in and leaves by ports of one bridge, and no TTL is taken off. */
export function isBridged(packet: Packet): boolean {
  return packet.physIn !== null && packet.physOut !== null;
}

/** Where Linux takes a source port from if nobody names one (net.ipv4.ip_local_port_range). */
const FIRST_CHOSEN_PORT = 32768;
/** Below it, a port is a service's (net.ipv4.ip_unprivileged_port_start). */
const FIRST_FREE_PORT = 1024;

/** Whether a packet answers a flow: by its flags, else since it goes from a service's port to a chosen one. */
export function isReply(packet: Packet): boolean {
  const { transport } = packet;
  if (transport.kind !== 'tcp' && transport.kind !== 'udp') return false;
  const { sport, dport } = transport;
  if (transport.kind === 'tcp' && (transport.flags & TCP_FLAGS.SYN) !== 0) {
    return (transport.flags & TCP_FLAGS.ACK) !== 0;
  }
  return (
    (sport < FIRST_CHOSEN_PORT && dport >= FIRST_CHOSEN_PORT) ||
    (sport < FIRST_FREE_PORT && dport >= FIRST_FREE_PORT)
  );
}
