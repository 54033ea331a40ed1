/**
 * What a person saved of the host beside its rules: sets, interfaces, routes, policy routing, tracked
 * connections, settings. A part that was not saved is null: unknown, which is not the same as empty.
 */
import type { Address, Family, Network } from './address.ts';
import type { Masked, Range } from './match.ts';
import type { SourceRef } from './source.ts';

/** The parts of a context, as one file each holds them. */
export const CONTEXT_KINDS = [
  'sets',
  'addresses',
  'routes',
  'routing-rules',
  'connections',
  'settings',
] as const;
export type ContextKind = (typeof CONTEXT_KINDS)[number];

/** What to save, under which name, so that an unknown becomes known. */
export const CONTEXT_FILES: Readonly<
  Record<ContextKind, { readonly file: string; readonly command: string }>
> = {
  sets: { file: 'ipset.save', command: 'ipset save' },
  addresses: { file: 'ip-addr.txt', command: 'ip addr' },
  routes: { file: 'ip-route.txt', command: 'ip route show table all; ip -6 route show table all' },
  'routing-rules': { file: 'ip-rule.txt', command: 'ip rule; ip -6 rule' },
  connections: { file: 'conntrack.txt', command: 'conntrack -L' },
  settings: { file: 'sysctl.txt', command: 'sysctl -a' },
};

/** One dimension of a set's entry. */
export type SetElement =
  | { readonly kind: 'network'; readonly network: Network }
  | { readonly kind: 'addresses'; readonly from: Address; readonly to: Address }
  /** `protocol` null: the set has no protocol of its own (bitmap:port). ICMP: type · 256 + code. */
  | { readonly kind: 'port'; readonly protocol: number | null; readonly ports: Range }
  | { readonly kind: 'mac'; readonly mac: string }
  | {
      readonly kind: 'interface';
      readonly name: string;
      readonly physdev: boolean;
      readonly wildcard: boolean;
    }
  | { readonly kind: 'mark'; readonly mark: number }
  | { readonly kind: 'set'; readonly name: string };

export interface IpSetEntry {
  readonly elements: readonly SetElement[];
  readonly nomatch: boolean;
  /** Seconds left when it was saved; null: stays. */
  readonly timeout: number | null;
  readonly packets: bigint | null;
  readonly bytes: bigint | null;
  readonly skbmark: Masked | null;
  readonly comment: string | null;
}

export interface IpSet {
  readonly name: string;
  /** `hash:ip,port` and the like. */
  readonly type: string;
  /** Null: of no family (bitmap:port, hash:mac, list:set). */
  readonly family: Family | null;
  /** Options of `create` other than the family, by name; '' where the option has no value. */
  readonly options: ReadonlyMap<string, string>;
  readonly entries: readonly IpSetEntry[];
  readonly source: SourceRef;
}

export interface InterfaceAddress {
  readonly address: Address;
  readonly prefixLength: number;
  /** Of a point-to-point link. */
  readonly peer: Address | null;
  readonly broadcast: Address | null;
  /** `global`, `link`, `host`, `site`, or a number. */
  readonly scope: string;
  /** `secondary`, `tentative`, `deprecated`, `dynamic`, `nodad`, … */
  readonly flags: readonly string[];
}

export interface Interface {
  readonly name: string;
  readonly index: number | null;
  /** `UP`, `LOOPBACK`, `POINTOPOINT`, … */
  readonly flags: readonly string[];
  /** Bytes. */
  readonly mtu: number | null;
  /** `ether`, `loopback`, `ipip`, `none`, … */
  readonly type: string | null;
  readonly mac: string | null;
  /** Bridge or VRF that it belongs to. */
  readonly master: string | null;
  readonly addresses: readonly InterfaceAddress[];
}

export const ROUTE_TYPES = [
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
] as const;
export type RouteType = (typeof ROUTE_TYPES)[number];

export interface NextHop {
  readonly dev: string | null;
  readonly via: Address | null;
  readonly weight: number;
  /** `dead`, `linkdown`, `onlink`, … */
  readonly flags: readonly string[];
}

export interface Route {
  readonly family: Family;
  readonly type: RouteType;
  readonly destination: Network;
  /** IPv6 `from`. */
  readonly from: Network | null;
  /** `main`, `local`, `default`, or as printed. */
  readonly table: string;
  readonly tos: number;
  readonly metric: number;
  readonly scope: string | null;
  /** Preferred source address. */
  readonly source: Address | null;
  /** Empty for blackhole and the like. */
  readonly nexthops: readonly NextHop[];
  readonly at: SourceRef;
}

export type RoutingAction =
  | { readonly kind: 'lookup'; readonly table: string }
  | { readonly kind: 'goto'; readonly priority: number }
  | { readonly kind: 'nop' | 'blackhole' | 'unreachable' | 'prohibit' }
  /** Not read: whether it applies and what it does are unknown. */
  | { readonly kind: 'unknown'; readonly text: string };

/** One rule of `ip rule`. */
export interface RoutingRule {
  /** Null: nothing in the listing tells (the same rules are taken for both). */
  readonly family: Family | null;
  readonly priority: number;
  readonly not: boolean;
  readonly from: Network | null;
  readonly to: Network | null;
  readonly fwmark: Masked | null;
  readonly iif: string | null;
  readonly oif: string | null;
  readonly tos: number | null;
  readonly protocol: number | null;
  readonly sport: Range | null;
  readonly dport: Range | null;
  readonly uids: Range | null;
  readonly suppressPrefixLength: number | null;
  readonly action: RoutingAction;
  readonly at: SourceRef;
}

/** One direction of a tracked connection, as `conntrack -L` prints it. */
export interface SavedTuple {
  readonly src: Address;
  readonly dst: Address;
  readonly sport: number | null;
  readonly dport: number | null;
  readonly icmpType: number | null;
  readonly icmpCode: number | null;
  readonly icmpId: number | null;
}

export interface SavedConnection {
  readonly family: Family;
  readonly protocol: number;
  /** Of TCP, SCTP, DCCP: `ESTABLISHED`, … */
  readonly state: string | null;
  readonly original: SavedTuple;
  readonly reply: SavedTuple;
  /** `[UNREPLIED]` was not printed. */
  readonly replied: boolean;
  readonly assured: boolean;
  /** Null: not printed. */
  readonly mark: number | null;
  readonly zone: number;
  readonly helper: string | null;
  /** Seconds until it would have been forgotten; null: not printed. */
  readonly timeout: number | null;
  /** Packets and bytes, original and reply; null: accounting was off. */
  readonly counters: {
    readonly packets: readonly [bigint, bigint];
    readonly bytes: readonly [bigint, bigint];
  } | null;
  readonly at: SourceRef;
}

export interface Context {
  readonly sets: ReadonlyMap<string, IpSet> | null;
  readonly interfaces: readonly Interface[] | null;
  readonly routes: readonly Route[] | null;
  /** Families whose routes were saved. */
  readonly routeFamilies: readonly Family[];
  readonly routingRules: readonly RoutingRule[] | null;
  readonly connections: readonly SavedConnection[] | null;
  /** Dotted names (`net.ipv4.ip_forward`), also of what was read from /proc paths. */
  readonly settings: ReadonlyMap<string, string>;
}

/** Nothing was saved. */
export const NO_CONTEXT: Context = {
  sets: null,
  interfaces: null,
  routes: null,
  routeFamilies: [],
  routingRules: null,
  connections: null,
  settings: new Map(),
};
