/**
 * The packet on its way through the hooks: what the kernel keeps in an sk_buff, as far as a rule or the
 * routing can ask for it. Mutable; one per evaluation. `undefined` is unknown.
 */
import type { Address, Family } from '../model/address.ts';
import type { Range } from '../model/match.ts';
import type { Bits, PacketState } from '../model/oracle.ts';
import type { PacketSpec, PacketType, QuotedPacket } from '../model/packet-spec.ts';
import { bits, UNKNOWN_BITS } from './bits.ts';
import type { Tracked } from './connection.ts';

type CtInfo = 'NEW' | 'ESTABLISHED' | 'RELATED';
export type Direction = 'original' | 'reply';

/**
 * What `skb->_nfct` says. `unset`: conntrack has not looked (or is off). `invalid`: it looked and found none. `attached`:
 * of the error about an untracked packet, which is RELATED to no entry (nf_conntrack_attach): conntrack looks, NOTRACK
 * and CT do not care for it, and unless an entry is found it is INVALID.
 */
export type CtState =
  | { readonly kind: 'unset' }
  | { readonly kind: 'attached' }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'untracked' }
  | {
      readonly kind: 'tracked';
      readonly tracked: Tracked;
      readonly info: CtInfo;
      readonly direction: Direction;
      /** A CT target's template: seen by the raw table, replaced when conntrack looks. */
      readonly template?: boolean;
    };

export const CT_UNSET: CtState = { kind: 'unset' };
export const CT_ATTACHED: CtState = { kind: 'attached' };
export const CT_INVALID: CtState = { kind: 'invalid' };
export const CT_UNTRACKED: CtState = { kind: 'untracked' };

/** The socket that a packet belongs to: none, one of a program, the kernel's own (of nobody), or no telling. */
export type Socket = 'none' | 'own' | 'kernel' | 'unknown';

export const ICMP_PROTOCOL: Readonly<Record<Family, number>> = { ipv4: 1, ipv6: 58 };

/** Protocols whose first four bytes are two ports (as conntrack and multiport see it). */
export function hasPorts(protocol: number | undefined): boolean {
  return protocol === 6 || protocol === 17 || protocol === 33 || protocol === 132 || protocol === 136;
}

const NOTHING_LEFT: ReadonlyMap<string, readonly Range[]> = new Map();

export class Skb implements PacketState {
  readonly family: Family;
  in: string;
  out: string | undefined;
  physIn: string | null | undefined;
  physOut: string | null | undefined;
  src: Address | undefined;
  dst: Address | undefined;
  protocol: number | undefined;
  sport: number | undefined;
  dport: number | undefined;
  flags: number | undefined;
  readonly seq: number | undefined;
  readonly ack: number | undefined;
  readonly window: number | undefined;
  /** Hex digits; '' if the header has no options. */
  tcpOptions: string | undefined;
  readonly icmpType: number | undefined;
  readonly icmpCode: number | undefined;
  icmpId: number | undefined;
  readonly icmpSeq: number | undefined;
  quoted: QuotedPacket | undefined;
  readonly udpLength: number | undefined;
  readonly spi: number | undefined;
  ttl: number | undefined;
  tos: Bits;
  length: number | undefined;
  readonly id: number | undefined;
  readonly df: boolean | undefined;
  readonly flowLabel: number | undefined;
  /** Null: not a fragment. */
  fragment: { readonly offset: number; readonly more: boolean } | null;
  readonly truncated: number | undefined;
  readonly ipOptions: string;
  readonly extensions: boolean;
  mark: Bits;
  mac: string | undefined;
  packetType: PacketType;
  uid: number | undefined;
  gid: number | undefined;
  socket: Socket;
  ct: CtState = CT_UNSET;
  /** Conntrack zone that a CT target chose; 0 if none did. */
  zone = 0;
  /** Helper that a CT target chose. */
  helper: string | null = null;
  /** Gateway of the current route; null: on the link. */
  via: Address | null = null;
  /** The packet was sent to several at once: it is looped back to this host too. */
  loops = false;
  traced = false;
  /** Values that answers have left to fields that are not known (open-field.ts). */
  left: ReadonlyMap<string, readonly Range[]> = NOTHING_LEFT;
  /** Made on this host. */
  readonly made: boolean;
  readonly spec: PacketSpec;

  constructor(spec: PacketSpec) {
    this.spec = spec;
    this.family = spec.family;
    this.made = spec.in === null;
    this.in = spec.in ?? '';
    this.out = this.made ? spec.out : '';
    this.physIn = spec.physIn ?? null;
    this.physOut = null;
    this.src = spec.src;
    this.dst = spec.dst;
    this.protocol = spec.protocol;
    this.sport = spec.sport;
    this.dport = spec.dport;
    this.flags = spec.flags;
    this.seq = spec.seq;
    this.ack = spec.ack;
    this.window = spec.window;
    this.tcpOptions = spec.tcpOptions;
    this.icmpType = spec.icmpType;
    this.icmpCode = spec.icmpCode;
    this.icmpId = spec.icmpId;
    this.icmpSeq = spec.icmpSeq;
    this.quoted = spec.quoted;
    this.udpLength = spec.udpLength;
    this.spi = spec.spi;
    this.ttl = spec.ttl;
    this.tos = spec.tos === undefined ? UNKNOWN_BITS : bits(spec.tos, spec.tosKnown ?? 0xff);
    this.length = spec.length;
    this.id = spec.id;
    this.df = spec.df;
    this.flowLabel = spec.flowLabel;
    this.fragment = spec.fragment ?? null;
    this.ipOptions = spec.ipOptions ?? '';
    this.extensions = spec.extensions ?? false;
    this.truncated = spec.truncated ?? this.#cut();
    this.mark = spec.mark === null ? UNKNOWN_BITS : bits(spec.mark ?? 0);
    this.mac = spec.mac;
    this.packetType = spec.packetType ?? 'unicast';
    this.uid = spec.uid;
    this.gid = spec.gid;
    this.socket = socketOf(spec);
  }

  /** A copy that goes its own way, with the same connection. */
  clone(): Skb {
    return Object.assign(new Skb(this.spec), this);
  }

  /** Offset in the datagram, bytes: port matches never match where it is above 0. */
  get fragmentOffset(): number {
    return this.fragment?.offset ?? 0;
  }

  /** Bytes of the IP header, with IPv6's for a fragment; undefined if IPv6 extension headers hide where layer 4 begins. */
  get headerLength(): number | undefined {
    if (this.family === 'ipv6') return this.extensions ? undefined : this.fragment === null ? 40 : 48;
    return 20 + this.ipOptions.length / 2;
  }

  /** Bytes behind the IP header. */
  get payloadLength(): number | undefined {
    const header = this.headerLength;
    return header === undefined || this.length === undefined ? undefined : this.length - header;
  }

  /** Bytes of the TCP header. Without its options known: that of a bare header if nothing else fits. */
  get tcpHeaderLength(): number | undefined {
    if (this.tcpOptions !== undefined) return 20 + this.tcpOptions.length / 2;
    return this.payloadLength === 20 ? 20 : undefined;
  }

  /** Bytes of layer 4 in a first fragment that is too short for its header; undefined: all are there. */
  #cut(): number | undefined {
    const payload = this.payloadLength;
    const needed = this.protocol === 6 ? 20 : 8;
    if (payload === undefined || this.fragmentOffset > 0 || payload >= needed) return undefined;
    return hasPorts(this.protocol) || this.isIcmp ? payload : undefined;
  }

  get isIcmp(): boolean {
    return this.protocol === ICMP_PROTOCOL[this.family];
  }
}

function socketOf(spec: PacketSpec): Socket {
  if (spec.in !== null) return 'none';
  if (spec.socket === true) return 'own';
  // Errors and replies of ICMP are sent by a socket of the kernel (icmp_sk, net/ipv4/icmp.c, net/ipv6/icmp.c).
  if (spec.socket === false) return spec.protocol === ICMP_PROTOCOL[spec.family] ? 'kernel' : 'none';
  return spec.uid !== undefined || spec.gid !== undefined ? 'own' : 'unknown';
}
