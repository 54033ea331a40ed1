/**
 * Chooses which walks of an analysis are printed and counted; the chosen ones keep their numbers. Input
 * counts and diagnostics pass as they are. Values of one field are alternatives, fields add up.
 */
import { contains, type Network } from '../model/address.ts';
import type { AnalysisRecord, Summary } from '../model/analysis.ts';
import type { CheckStatus } from '../model/check.ts';
import type { TableName } from '../model/hook.ts';
import type { Range } from '../model/match.ts';
import { type Moment, placeInTime } from '../model/moment.ts';
import { dportOf, type Packet, sportOf } from '../model/packet.ts';
import type { Disposition, Step, Walk } from '../model/walk.ts';

export interface RuleName {
  /** Null: any table. */
  readonly table: TableName | null;
  readonly chain: string;
  /** Null: any rule of the chain. */
  readonly number: number | null;
}

/** Empty lists ask nothing. Addresses, ports and interfaces: as seen at any step, so before or after NAT. */
export interface Filter {
  readonly src: readonly Network[];
  readonly dst: readonly Network[];
  readonly sport: readonly Range[];
  readonly dport: readonly Range[];
  /** IP protocol numbers. */
  readonly protocol: readonly number[];
  /** IPv4 identification. */
  readonly id: readonly number[];
  /** Interface names, a `+` at the end standing for any rest. */
  readonly in: readonly string[];
  readonly out: readonly string[];
  readonly host: readonly string[];
  /** Passed through this chain. */
  readonly chain: readonly RuleName[];
  /** Matched this rule. */
  readonly rule: readonly RuleName[];
  readonly since: Moment | null;
  readonly until: Moment | null;
  readonly disposition: readonly Disposition[];
  readonly status: readonly CheckStatus[];
  readonly walk: readonly number[];
}

export const NO_FILTER: Filter = {
  src: [],
  dst: [],
  sport: [],
  dport: [],
  protocol: [],
  id: [],
  in: [],
  out: [],
  host: [],
  chain: [],
  rule: [],
  since: null,
  until: null,
  disposition: [],
  status: [],
  walk: [],
};

/** Whether the filter asks anything at all. */
export function isFiltering(filter: Filter): boolean {
  return Object.values(filter).some((value) => (Array.isArray(value) ? value.length > 0 : value !== null));
}

/** Passes on the chosen walks of a stream of records and counts them into its summary. */
export class Selection {
  /** Walks that were left out because nothing tells when they were, though a time was asked for. */
  undated = 0;
  private readonly filter: Filter;
  private readonly filtering: boolean;
  private walks = 0;
  private all = 0;
  /** Names of the fields that no walk has met so far. */
  private readonly unmet = new Set(Object.keys(TESTS));
  private readonly dispositions: Partial<Record<Disposition, number>> = {};
  private readonly checks: Record<CheckStatus, number> = {
    agrees: 0,
    diverges: 0,
    incomplete: 0,
    unchecked: 0,
  };

  constructor(filter: Filter) {
    this.filter = filter;
    this.filtering = isFiltering(filter);
  }

  /** The record as it is to be printed, or null. */
  select(record: AnalysisRecord): AnalysisRecord | null {
    if (!this.filtering) return record;
    if (record.type === 'walk') return this.takes(record.walk) ? record : null;
    if (record.type === 'summary') return { type: 'summary', summary: this.counted(record.summary) };
    return record;
  }

  /** What the filter left of an analysis that has packets, if it is nothing; null otherwise. */
  get nothing(): { readonly of: number; readonly unmet: readonly string[] } | null {
    return this.filtering && this.walks === 0 && this.all > 0
      ? { of: this.all, unmet: [...this.unmet] }
      : null;
  }

  private takes(walk: Walk): boolean {
    this.all += 1;
    if (!this.matches(walk) || !this.isInTime(walk)) return false;
    this.walks += 1;
    this.dispositions[walk.disposition] = (this.dispositions[walk.disposition] ?? 0) + 1;
    this.checks[walk.check.status] += 1;
    return true;
  }

  private matches(walk: Walk): boolean {
    let met = true;
    for (const name in TESTS) {
      if (TESTS[name]?.(walk, this.filter) === true) this.unmet.delete(name);
      else met = false;
    }
    return met;
  }

  private isInTime(walk: Walk): boolean {
    const { since, until } = this.filter;
    const start = walk.steps[0]?.event;
    if ((since === null && until === null) || start === undefined) return true;
    const afterSince = since === null ? 0 : placeInTime(start, since);
    const beforeUntil = until === null ? 0 : placeInTime(start, until);
    if (afterSince === null || beforeUntil === null) {
      this.undated += 1;
      return false;
    }
    return afterSince >= 0 && beforeUntil <= 0;
  }

  private counted(summary: Summary): Summary {
    return { ...summary, walks: this.walks, dispositions: this.dispositions, checks: this.checks };
  }
}

type Test = (walk: Walk, filter: Filter) => boolean;

/** Each field's own test, by the name of its option. */
const TESTS: Readonly<Record<string, Test>> = {
  walk: ({ n }, { walk }) => one(walk, (wanted) => wanted === n),
  disposition: ({ disposition }, filter) => one(filter.disposition, (wanted) => wanted === disposition),
  status: ({ check }, { status }) => one(status, (wanted) => wanted === check.status),
  host: (walk, { host }) => one(host, (wanted) => wanted === walk.host),
  proto: ({ packet }, { protocol }) => one(protocol, (number) => number === packet.protocol),
  id: ({ packet }, { id }) => one(id, (wanted) => wanted === packet.id),
  src: ({ steps }, filter) =>
    one(filter.src, (network) => somewhere(steps, ({ src }) => contains(network, src))),
  dst: ({ steps }, filter) =>
    one(filter.dst, (network) => somewhere(steps, ({ dst }) => contains(network, dst))),
  sport: ({ steps }, { sport }) =>
    one(sport, (range) => somewhere(steps, (seen) => isIn(range, sportOf(seen)))),
  dport: ({ steps }, { dport }) =>
    one(dport, (range) => somewhere(steps, (seen) => isIn(range, dportOf(seen)))),
  in: ({ steps }, filter) => one(filter.in, (name) => somewhere(steps, (seen) => isNamed(name, seen.in))),
  out: ({ steps }, { out }) => one(out, (name) => somewhere(steps, (seen) => isNamed(name, seen.out))),
  chain: ({ steps }, { chain }) => one(chain, (wanted) => steps.some((step) => isAt(wanted, step))),
  rule: ({ steps }, { rule }) => one(rule, (wanted) => steps.some((step) => isAt(wanted, step))),
};

function one<T>(wanted: readonly T[], holds: (value: T) => boolean): boolean {
  return wanted.length === 0 || wanted.some(holds);
}

function somewhere(steps: readonly Step[], holds: (packet: Packet) => boolean): boolean {
  let last: Packet | null = null;
  for (const { event } of steps) {
    if (event.packet !== last && holds(event.packet)) return true;
    last = event.packet;
  }
  return false;
}

function isIn(range: Range, port: number | null): boolean {
  return port !== null && port >= range.from && port <= range.to;
}

function isNamed(wanted: string, name: string): boolean {
  return wanted.endsWith('+') ? name !== '' && name.startsWith(wanted.slice(0, -1)) : name === wanted;
}

function isAt(rule: RuleName, { event }: Step): boolean {
  return (
    rule.chain === event.chain &&
    (rule.table === null || rule.table === event.table) &&
    (rule.number === null || rule.number === event.number)
  );
}
