/**
 * The rules made ready to run: per family the loaded tables, their chains linked, their indexes made when a
 * packet first comes by; and whether any rule switches connection tracking on.
 */
import type { Family } from '../model/address.ts';
import { TABLES, type TableName } from '../model/hook.ts';
import type { MatchKind } from '../model/match.ts';
import { type Chain, loggedType, type Rule, type Ruleset, type Table, tableOf } from '../model/ruleset.ts';
import type { TargetKind } from '../model/target.ts';
import { ChainIndex } from './chain-index.ts';
import type { Host } from './host.ts';
import { hasEffect } from './matches/index.ts';
import { Origins } from './origins.ts';
import { Sight } from './sight.ts';

/** Matches and targets that make the kernel track connections (nf_ct_netns_get in their checkentry). */
const TRACKING_MATCHES: ReadonlySet<MatchKind> = new Set([
  'conntrack',
  'connmark',
  'connbytes',
  'connlimit',
  'helper',
] as const);
const TRACKING_TARGETS: ReadonlySet<TargetKind> = new Set([
  'CONNMARK',
  'CT',
  'DNAT',
  'SNAT',
  'MASQUERADE',
  'REDIRECT',
  'NETMAP',
  'SYNPROXY',
] as const);
/** Extensions that we keep word for word and that track too. */
const TRACKING_NAMES = new Set(['connlabel', 'cluster', 'ct', 'CLUSTERIP']);
/** These switch defragmentation on without tracking. */
const DEFRAGMENTING = new Set(['TPROXY', 'socket']);

export interface ReadyRule {
  readonly rule: Rule;
  readonly type: 'rule' | 'return' | 'policy';
  readonly alsoRule: boolean;
  /** A condition of it changes something by being looked at. */
  readonly effects: boolean;
}

export class ReadyChain {
  readonly chain: Chain;
  readonly rules: readonly ReadyRule[];
  #index: ChainIndex | null | undefined;

  constructor(chain: Chain, table: Table) {
    this.chain = chain;
    this.rules = chain.rules.map((rule) => ({
      rule,
      ...loggedType(rule, table.form),
      effects: rule.matches.some(hasEffect),
    }));
  }

  get index(): ChainIndex | null {
    if (this.#index === undefined) this.#index = ChainIndex.of(this.chain.rules);
    return this.#index;
  }
}

export class ReadyTable {
  readonly table: Table;
  readonly #chains = new Map<string, ReadyChain>();

  constructor(table: Table) {
    this.table = table;
  }

  chain(name: string): ReadyChain | null {
    const known = this.#chains.get(name);
    if (known !== undefined) return known;
    const chain = this.table.chains.get(name);
    if (chain === undefined) return null;
    const ready = new ReadyChain(chain, this.table);
    this.#chains.set(name, ready);
    return ready;
  }
}

/** `loaded`: its rules are here. `absent`: not loaded, no packet meets it. `ungiven`: nobody gave its rules. */
export type TableState =
  | { readonly kind: 'loaded'; readonly table: ReadyTable }
  | { readonly kind: 'absent' }
  | { readonly kind: 'ungiven' };

const ABSENT: TableState = { kind: 'absent' };

function tracks(rule: Rule): boolean {
  const { target } = rule;
  if (TRACKING_TARGETS.has(target.kind)) return true;
  if (target.kind === 'unknown' && TRACKING_NAMES.has(target.name)) return true;
  return rule.matches.some(
    (match) =>
      TRACKING_MATCHES.has(match.kind) || (match.kind === 'unknown' && TRACKING_NAMES.has(match.name)),
  );
}

function defragments(rule: Rule): boolean {
  return DEFRAGMENTING.has(rule.target.kind) || rule.matches.some((match) => DEFRAGMENTING.has(match.kind));
}

export class Program {
  readonly #states: Readonly<Record<Family, Map<TableName, TableState>>> = {
    ipv4: new Map(),
    ipv6: new Map(),
  };
  readonly #tracking = new Map<Family, boolean>();
  readonly #defragmenting = new Map<Family, boolean>();
  readonly #rules = new Map<Family, readonly Rule[]>();
  readonly #origins = new Map<Family, Origins>();
  readonly #sights = new Map<Family, Sight>();

  constructor(ruleset: Ruleset) {
    for (const family of ['ipv4', 'ipv6'] as const) {
      for (const name of TABLES) {
        const table = tableOf(ruleset, family, name);
        this.#states[family].set(name, stateOf(table, ruleset.whole.includes(family)));
      }
      const rules = ruleset.tables
        .filter((table) => table.family === family)
        .flatMap((table) => [...table.chains.values()].flatMap((chain) => chain.rules));
      this.#rules.set(family, rules);
      this.#tracking.set(family, rules.some(tracks));
      this.#defragmenting.set(family, rules.some(defragments));
    }
  }

  table(family: Family, name: TableName): TableState {
    return this.#states[family].get(name) ?? ABSENT;
  }

  /** What the rules can have made of connections that nobody saw. */
  origins(family: Family, host: Host): Origins {
    let origins = this.#origins.get(family);
    if (origins === undefined) {
      const given = this.table(family, 'nat').kind !== 'ungiven';
      origins = new Origins(this.#rules.get(family) ?? [], given, host);
      this.#origins.set(family, origins);
    }
    return origins;
  }

  /** What rules and context can see of a packet's numbers. */
  sight(family: Family, { context }: Host): Sight {
    let sight = this.#sights.get(family);
    if (sight === undefined) {
      sight = new Sight(this.#rules.get(family) ?? [], context);
      this.#sights.set(family, sight);
    }
    return sight;
  }

  /** Connections are tracked: some rule needs it, be it in a chain that nothing calls. */
  tracking(family: Family): boolean {
    return this.#tracking.get(family) === true;
  }

  /** Fragments are put together before the first table. */
  defragmenting(family: Family): boolean {
    return this.tracking(family) || this.#defragmenting.get(family) === true;
  }
}

function stateOf(table: Table | null, whole: boolean): TableState {
  if (table !== null) return { kind: 'loaded', table: new ReadyTable(table) };
  return { kind: whole ? 'absent' : 'ungiven' };
}
