/**
 * What a rule can ask of a packet: one kind per match extension (tiers 1 and 2), the header conditions
 * of ip_tables itself among them. A rule's matches are a list in the kernel's order: header first, then
 * extensions as written. What cannot be read, or a listing lost, is `unknown` with its text.
 * Adding a kind breaks the build in each place that owes it an answer.
 */
import type { Address, Network } from './address.ts';

/** A value that `!` may invert. */
export interface Inv<T> {
  readonly not: boolean;
  readonly value: T;
}
/** Inclusive at both ends. */
export interface Range {
  readonly from: number;
  readonly to: number;
}
/** `(x & mask) == value`. Unsigned 32 bit. */
export interface Masked {
  readonly value: number;
  readonly mask: number;
}
export interface AddressRange {
  readonly from: Address;
  readonly to: Address;
}

/** An interface name, or its beginning if it ended in `+`. `+` alone is the empty wildcard name. */
export interface InterfaceName {
  readonly name: string;
  readonly wildcard: boolean;
}

export const CT_STATES = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT'] as const;
export type CtState = (typeof CT_STATES)[number];
export const CT_STATUSES = ['NONE', 'EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED'] as const;
export type CtStatus = (typeof CT_STATUSES)[number];
export const ADDRESS_TYPES = [
  'UNSPEC',
  'UNICAST',
  'LOCAL',
  'BROADCAST',
  'ANYCAST',
  'MULTICAST',
  'BLACKHOLE',
  'UNREACHABLE',
  'PROHIBIT',
  'THROW',
  'NAT',
  'XRESOLVE',
] as const;
export type AddressType = (typeof ADDRESS_TYPES)[number];

/** Which field of the packet feeds a dimension of a set. */
export type SetDirection = 'src' | 'dst';

export interface SourceMatch {
  readonly kind: 'source';
  readonly not: boolean;
  readonly network: Network;
}
export interface DestinationMatch {
  readonly kind: 'destination';
  readonly not: boolean;
  readonly network: Network;
}
export interface InInterfaceMatch {
  readonly kind: 'in-interface';
  readonly not: boolean;
  readonly interface: InterfaceName;
}
export interface OutInterfaceMatch {
  readonly kind: 'out-interface';
  readonly not: boolean;
  readonly interface: InterfaceName;
}
/** `-p`. `number` 0 appears only as IPv6's explicit `-p all`, which sets a flag but matches everything. */
export interface ProtocolMatch {
  readonly kind: 'protocol';
  readonly not: boolean;
  readonly number: number;
}
/** IPv4 `-f`: later fragments only; inverted: whole packets and first fragments. */
export interface FragmentMatch {
  readonly kind: 'fragment';
  readonly not: boolean;
}

export interface CommentMatch {
  readonly kind: 'comment';
  readonly text: string;
}
export interface TcpMatch {
  readonly kind: 'tcp';
  readonly sport: Inv<Range> | null;
  readonly dport: Inv<Range> | null;
  /** Bits as in TCP_FLAGS. */
  readonly flags: Inv<Masked> | null;
  readonly option: Inv<number> | null;
}
/** udp and udplite. */
export interface UdpMatch {
  readonly kind: 'udp';
  readonly name: 'udp' | 'udplite';
  readonly sport: Inv<Range> | null;
  readonly dport: Inv<Range> | null;
}
export interface SctpMatch {
  readonly kind: 'sctp';
  readonly sport: Inv<Range> | null;
  readonly dport: Inv<Range> | null;
  /** `all|any|only` and the chunk list as text: a TRACE line does not show chunks. */
  readonly chunks: Inv<{ readonly mode: 'all' | 'any' | 'only'; readonly types: string }> | null;
}
/** icmp and icmp6. `type` 255 in IPv4 is any; `code` is a range, 0:255 for any. */
export interface IcmpMatch {
  readonly kind: 'icmp';
  readonly family: 'ipv4' | 'ipv6';
  readonly not: boolean;
  readonly type: number;
  readonly code: Range;
}
export interface MultiportMatch {
  readonly kind: 'multiport';
  readonly not: boolean;
  readonly side: 'source' | 'destination' | 'either';
  readonly ports: readonly Range[];
}
/** `conntrack` and the older `state` (which prints differently and asks the same). */
export interface ConntrackMatch {
  readonly kind: 'conntrack';
  readonly name: 'conntrack' | 'state';
  readonly states: Inv<readonly CtState[]> | null;
  readonly statuses: Inv<readonly CtStatus[]> | null;
  readonly protocol: Inv<number> | null;
  readonly origSrc: Inv<Network> | null;
  readonly origDst: Inv<Network> | null;
  readonly replSrc: Inv<Network> | null;
  readonly replDst: Inv<Network> | null;
  readonly origSport: Inv<Range> | null;
  readonly origDport: Inv<Range> | null;
  readonly replSport: Inv<Range> | null;
  readonly replDport: Inv<Range> | null;
  /** Seconds. */
  readonly expire: Inv<Range> | null;
  readonly direction: 'ORIGINAL' | 'REPLY' | null;
}
export interface MarkMatch {
  readonly kind: 'mark';
  readonly not: boolean;
  readonly mark: Masked;
}
export interface ConnmarkMatch {
  readonly kind: 'connmark';
  readonly not: boolean;
  readonly mark: Masked;
}
export interface AddrtypeMatch {
  readonly kind: 'addrtype';
  readonly src: Inv<readonly AddressType[]> | null;
  readonly dst: Inv<readonly AddressType[]> | null;
  readonly limitIfaceIn: boolean;
  readonly limitIfaceOut: boolean;
}
export interface SetMatch {
  readonly kind: 'set';
  readonly not: boolean;
  readonly set: string;
  readonly directions: readonly SetDirection[];
  /** `--return-nomatch --update-counters --packets-gt 3 …` as written, '' if none. */
  readonly options: string;
}
export interface StatisticRandomMatch {
  readonly kind: 'statistic-random';
  readonly not: boolean;
  /** 0 to 1. */
  readonly probability: number;
  /** As printed (`0.33333333349`). */
  readonly text: string;
}
export interface StatisticNthMatch {
  readonly kind: 'statistic-nth';
  readonly not: boolean;
  readonly every: number;
  readonly packet: number;
}
export interface RecentMatch {
  readonly kind: 'recent';
  readonly not: boolean;
  readonly action: 'set' | 'rcheck' | 'update' | 'remove';
  readonly seconds: number | null;
  readonly reap: boolean;
  readonly hitcount: number | null;
  readonly rttl: boolean;
  readonly name: string;
  /** Null where old versions do not print it (all ones). */
  readonly mask: Address | null;
  readonly side: 'source' | 'destination';
}
export interface OwnerMatch {
  readonly kind: 'owner';
  readonly uid: Inv<Range> | null;
  readonly gid: Inv<Range> | null;
  readonly socketExists: Inv<true> | null;
  readonly supplementaryGroups: boolean;
}
export interface SocketMatch {
  readonly kind: 'socket';
  readonly transparent: boolean;
  readonly nowildcard: boolean;
  readonly restoreMark: boolean;
}
export interface RpfilterMatch {
  readonly kind: 'rpfilter';
  readonly loose: boolean;
  readonly validmark: boolean;
  readonly acceptLocal: boolean;
  readonly invert: boolean;
}
export interface PhysdevMatch {
  readonly kind: 'physdev';
  readonly in: Inv<InterfaceName> | null;
  readonly out: Inv<InterfaceName> | null;
  readonly isIn: Inv<true> | null;
  readonly isOut: Inv<true> | null;
  readonly isBridged: Inv<true> | null;
}
export interface LimitMatch {
  readonly kind: 'limit';
  /** As iptables prints it: `3/hour`. */
  readonly average: string;
  readonly burst: number;
}
export interface HashlimitMatch {
  readonly kind: 'hashlimit';
  readonly mode: 'upto' | 'above';
  readonly rate: string;
  readonly burst: string | null;
  /** `srcip,dstport` as printed, '' if none. */
  readonly key: string;
  readonly srcmask: number | null;
  readonly dstmask: number | null;
  /** Null: a listing does not show it. */
  readonly name: string | null;
  /** Further options, as written. */
  readonly options: string;
}
export interface ConnlimitMatch {
  readonly kind: 'connlimit';
  readonly mode: 'upto' | 'above';
  readonly count: number;
  readonly mask: number;
  readonly side: 'source' | 'destination';
}
export interface U32Match {
  readonly kind: 'u32';
  readonly not: boolean;
  readonly expression: string;
}
export interface BpfMatch {
  readonly kind: 'bpf';
  readonly bytecode: string;
}
export interface PolicyMatch {
  readonly kind: 'policy';
  readonly direction: 'in' | 'out';
  readonly policy: 'none' | 'ipsec';
  /** `--strict --reqid …` as written. */
  readonly options: string;
}
export interface NfacctMatch {
  readonly kind: 'nfacct';
  readonly name: string;
}
export interface MacMatch {
  readonly kind: 'mac';
  readonly not: boolean;
  readonly address: string;
}
export interface PkttypeMatch {
  readonly kind: 'pkttype';
  readonly not: boolean;
  readonly type: 'unicast' | 'broadcast' | 'multicast';
}
export interface IprangeMatch {
  readonly kind: 'iprange';
  readonly src: Inv<AddressRange> | null;
  readonly dst: Inv<AddressRange> | null;
}
export interface HelperMatch {
  readonly kind: 'helper';
  readonly not: boolean;
  readonly helper: string;
}
/** 6 bits. */
export interface DscpMatch {
  readonly kind: 'dscp';
  readonly not: boolean;
  readonly dscp: number;
}
/** The whole TOS byte. */
export interface TosMatch {
  readonly kind: 'tos';
  readonly not: boolean;
  readonly tos: Masked;
}
/** IPv4 ttl and IPv6 hl. `ne` is `! --ttl-eq`. */
export interface TtlMatch {
  readonly kind: 'ttl';
  readonly name: 'ttl' | 'hl';
  readonly operator: 'eq' | 'ne' | 'lt' | 'gt';
  readonly value: number;
}
/** Layer 3 length in bytes; IPv6 with its header. */
export interface LengthMatch {
  readonly kind: 'length';
  readonly not: boolean;
  readonly length: Range;
}
export interface StringMatch {
  readonly kind: 'string';
  readonly not: boolean;
  readonly pattern: string;
  readonly hex: boolean;
  readonly algorithm: string;
  readonly from: number | null;
  readonly to: number | null;
  readonly icase: boolean;
}
/** `--timestart …` in save form, as written. */
export interface TimeMatch {
  readonly kind: 'time';
  readonly options: string;
}
export interface ConnbytesMatch {
  readonly kind: 'connbytes';
  readonly not: boolean;
  readonly from: string;
  readonly to: string | null;
  readonly mode: 'packets' | 'bytes' | 'avgpkt';
  readonly direction: 'original' | 'reply' | 'both';
}
export interface TcpmssMatch {
  readonly kind: 'tcpmss';
  readonly not: boolean;
  readonly mss: Range;
}
/** IPv6 extension header matches, ah and esp: name and options in save form. */
export interface ExtensionHeaderMatch {
  readonly kind: 'extension-header';
  readonly name: 'frag' | 'ipv6header' | 'rt' | 'hbh' | 'dst' | 'mh' | 'ah' | 'esp';
  readonly options: string;
}
/**
 * A condition that cannot be evaluated: an extension that we do not know, one with a value that does not
 * parse (a host name), or what a listing lost. `text` is as written; '' for a loss.
 */
export interface UnknownMatch {
  readonly kind: 'unknown';
  /** Name of the extension, or of the lost condition (`in-interface`). */
  readonly name: string;
  readonly text: string;
  readonly why: 'extension' | 'value' | 'lost';
}

export type Match =
  | SourceMatch
  | DestinationMatch
  | InInterfaceMatch
  | OutInterfaceMatch
  | ProtocolMatch
  | FragmentMatch
  | CommentMatch
  | TcpMatch
  | UdpMatch
  | SctpMatch
  | IcmpMatch
  | MultiportMatch
  | ConntrackMatch
  | MarkMatch
  | ConnmarkMatch
  | AddrtypeMatch
  | SetMatch
  | StatisticRandomMatch
  | StatisticNthMatch
  | RecentMatch
  | OwnerMatch
  | SocketMatch
  | RpfilterMatch
  | PhysdevMatch
  | LimitMatch
  | HashlimitMatch
  | ConnlimitMatch
  | U32Match
  | BpfMatch
  | PolicyMatch
  | NfacctMatch
  | MacMatch
  | PkttypeMatch
  | IprangeMatch
  | HelperMatch
  | DscpMatch
  | TosMatch
  | TtlMatch
  | LengthMatch
  | StringMatch
  | TimeMatch
  | ConnbytesMatch
  | TcpmssMatch
  | ExtensionHeaderMatch
  | UnknownMatch;
export type MatchKind = Match['kind'];
