/**
 * What rules and context can see of the numbers that differ from packet to packet: rules of one family →
 * the ranges by which ports are told apart, and whether anything looks at more (bytes, sequence numbers, TCP
 * options, counters). Two ports of no range, or between the same bounds, are alike to every rule. A kind of
 * match or target that is missing here does not compile.
 */
import type { Context } from '../model/context.ts';
import type { Inv, Match, MatchKind, Range } from '../model/match.ts';
import type { Rule } from '../model/ruleset.ts';
import type { Target, TargetKind } from '../model/target.ts';

/** Ports that are asked for; null: more than ports is looked at. */
type Seen = readonly Range[] | null;
type MatchOf<K extends MatchKind> = Extract<Match, { readonly kind: K }>;
type TargetOf<K extends TargetKind> = Extract<Target, { readonly kind: K }>;

const nothing = (): Seen => [];
const everything = (): Seen => null;

function listed(...asked: readonly (Inv<Range> | null)[]): readonly Range[] {
  return asked.flatMap((range) => range?.value ?? []);
}

function rangesOf(ports: Range | null): readonly Range[] {
  return ports === null ? [] : [ports];
}

const MATCHES: { readonly [K in MatchKind]: (match: MatchOf<K>) => Seen } = {
  source: nothing,
  destination: nothing,
  'in-interface': nothing,
  'out-interface': nothing,
  protocol: nothing,
  fragment: nothing,
  comment: nothing,
  tcp: ({ sport, dport, option }) => (option === null ? listed(sport, dport) : null),
  udp: ({ sport, dport }) => listed(sport, dport),
  sctp: ({ sport, dport }) => listed(sport, dport),
  icmp: nothing,
  multiport: ({ ports }) => ports,
  conntrack: ({ origSport, origDport, replSport, replDport }) =>
    listed(origSport, origDport, replSport, replDport),
  mark: nothing,
  connmark: nothing,
  addrtype: nothing,
  // Its elements' ports are the context's.
  set: nothing,
  'statistic-random': nothing,
  'statistic-nth': nothing,
  recent: nothing,
  owner: nothing,
  // Its question names the ports.
  socket: everything,
  rpfilter: nothing,
  physdev: nothing,
  limit: nothing,
  hashlimit: nothing,
  connlimit: nothing,
  u32: everything,
  bpf: everything,
  policy: nothing,
  nfacct: nothing,
  mac: nothing,
  pkttype: nothing,
  iprange: nothing,
  helper: nothing,
  dscp: nothing,
  tos: nothing,
  ttl: nothing,
  length: nothing,
  string: nothing,
  time: everything,
  connbytes: everything,
  tcpmss: everything,
  'extension-header': everything,
  unknown: nothing,
};

const TARGETS: { readonly [K in TargetKind]: (target: TargetOf<K>) => Seen } = {
  verdict: nothing,
  none: nothing,
  jump: nothing,
  REJECT: nothing,
  LOG: nothing,
  NFLOG: nothing,
  MARK: nothing,
  CONNMARK: nothing,
  DNAT: ({ ports, portBase }) => (portBase === null ? rangesOf(ports) : null),
  SNAT: ({ ports, portBase }) => (portBase === null ? rangesOf(ports) : null),
  MASQUERADE: ({ ports }) => rangesOf(ports),
  REDIRECT: ({ ports }) => rangesOf(ports),
  NETMAP: nothing,
  TPROXY: ({ port }) => [{ from: port, to: port }],
  CT: nothing,
  SET: nothing,
  TRACE: nothing,
  TCPMSS: everything,
  NFQUEUE: nothing,
  DSCP: nothing,
  TOS: nothing,
  TTL: nothing,
  continue: ({ name }) => (name === 'ECN' || name === 'TCPOPTSTRIP' ? null : []),
  TEE: nothing,
  HMARK: nothing,
  SYNPROXY: nothing,
  unknown: nothing,
};

function seenByMatch<K extends MatchKind>(kind: K, match: MatchOf<K>): Seen {
  return MATCHES[kind](match);
}

function seenByTarget<K extends TargetKind>(kind: K, target: TargetOf<K>): Seen {
  return TARGETS[kind](target);
}

/** Ports at which the kernel itself tells apart which others it may choose (nf_nat_l4proto_unique_tuple). */
const KERNEL: readonly Range[] = [
  { from: 0, to: 511 },
  { from: 512, to: 1023 },
];

export class Sight {
  /** Nothing looks at more than ports. */
  readonly portsOnly: boolean;
  /** Ascending: where ranges begin, and behind which they end. */
  readonly #bounds: Uint32Array;
  /** How many ranges hold the ports from each bound to the next. */
  readonly #depths: Int32Array;

  constructor(rules: readonly Rule[], { sets, routingRules }: Pick<Context, 'sets' | 'routingRules'>) {
    let portsOnly = true;
    const turns = new Map<number, number>();
    const turn = (at: number, by: number): void => {
      turns.set(at, (turns.get(at) ?? 0) + by);
    };
    const add = (seen: Seen): void => {
      if (seen === null) portsOnly = false;
      for (const { from, to } of seen ?? []) {
        if (from > to) continue;
        turn(from, 1);
        turn(to + 1, -1);
      }
    };
    add(KERNEL);
    for (const { matches, target } of rules) {
      // The union is told apart by `kind`; TypeScript cannot follow that through the table.
      for (const match of matches) add(seenByMatch(match.kind, match as MatchOf<typeof match.kind>));
      add(seenByTarget(target.kind, target as TargetOf<typeof target.kind>));
    }
    for (const { sport, dport } of routingRules ?? []) add([sport, dport].flatMap((range) => range ?? []));
    for (const { entries } of sets?.values() ?? []) {
      for (const { elements } of entries) {
        for (const element of elements) if (element.kind === 'port') add([element.ports]);
      }
    }
    this.portsOnly = portsOnly;
    this.#bounds = Uint32Array.from(turns.keys()).sort();
    this.#depths = new Int32Array(this.#bounds.length);
    let depth = 0;
    for (const [i, bound] of this.#bounds.entries()) {
      depth += turns.get(bound) ?? 0;
      this.#depths[i] = depth;
    }
  }

  /** Whether no rule tells the one port from the other. */
  isAlike(a: number, b: number): boolean {
    return a === b || this.#classOf(a) === this.#classOf(b);
  }

  /** The number of bounds up to the port; 0 outside of all ranges. */
  #classOf(port: number): number {
    let low = 0;
    let high = this.#bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#bounds[middle] ?? 0) <= port) low = middle + 1;
      else high = middle;
    }
    return (this.#depths[low - 1] ?? 0) === 0 ? 0 : low;
  }
}
