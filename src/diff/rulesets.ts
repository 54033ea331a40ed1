/**
 * Two rule sets → what sets them apart, by meaning, and which rule of one is which of the other. Chains of one
 * name are one chain. What a side did not give is unknown, not removed.
 */
import type { Family } from '../model/address.ts';
import type {
  ChainChange,
  RuleChange,
  RuleFate,
  RulesetDifference,
  TableChange,
} from '../model/difference.ts';
import { TABLES, type TableName } from '../model/hook.ts';
import { type Chain, type Rule, type Ruleset, type Table, tableOf } from '../model/ruleset.ts';
import { alignChain } from './chain.ts';
import { meaningOf } from './meaning.ts';

export type Side = 'a' | 'b';

interface Standing {
  /** The same on both sides for the same rule. */
  readonly id: string;
  readonly fate: RuleFate;
}

/** Which rule is which. */
export class Alignment {
  readonly #sides: Readonly<Record<Side, Map<string, Standing>>> = { a: new Map(), b: new Map() };
  readonly #tables = new Set<string>();

  /** Both sides gave the table: its rules are told apart by meaning, else by number. */
  known(family: Family, table: TableName): boolean {
    return this.#tables.has(`${family} ${table}`);
  }

  /** Null for a rule that is in no rule set that was aligned. */
  of(side: Side, { family, table, chain, number }: Rule): Standing | null {
    return this.#sides[side].get(keyOf(family, table, chain, number)) ?? null;
  }

  /** @internal */
  know(family: Family, table: TableName): void {
    this.#tables.add(`${family} ${table}`);
  }

  /** @internal */
  add(a: Rule | null, b: Rule | null, fate: RuleFate, apart = false): void {
    if (a !== null) this.#put('a', a, { id: `=${a.number}`, fate });
    if (b !== null) this.#put('b', b, { id: a === null || apart ? `+${b.number}` : `=${a.number}`, fate });
  }

  #put(side: Side, { family, table, chain, number }: Rule, standing: Standing): void {
    this.#sides[side].set(keyOf(family, table, chain, number), standing);
  }
}

function keyOf(family: Family, table: TableName, chain: string, number: number): string {
  return `${family} ${table} ${chain} ${number}`;
}

export interface ComparedRulesets {
  readonly difference: RulesetDifference;
  readonly alignment: Alignment;
}

const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];

/** Compares two rule sets, A before B. */
export function compareRulesets(a: Ruleset, b: Ruleset): ComparedRulesets {
  const alignment = new Alignment();
  const tables: TableChange[] = [];
  const chains: ChainChange[] = [];
  const rules: RuleChange[] = [];
  let same = 0;
  for (const family of FAMILIES) {
    for (const name of TABLES) {
      const [before, after] = [tableOf(a, family, name), tableOf(b, family, name)];
      if (before === null && after === null) continue;
      if (before === null || after === null) {
        const lacking = before === null ? a : b;
        const kind = before === null ? 'added' : 'removed';
        const gone = lacking.whole.includes(family);
        tables.push({ kind: gone ? kind : 'ungiven', family, table: name });
        if (!gone) continue;
      }
      alignment.know(family, name);
      const found = compareTables(before, after, alignment);
      chains.push(...found.chains);
      rules.push(...found.rules);
      same += found.same;
    }
  }
  return { difference: { tables, chains, rules, same }, alignment };
}

interface TableDifference {
  readonly chains: readonly ChainChange[];
  readonly rules: readonly RuleChange[];
  readonly same: number;
}

function compareTables(before: Table | null, after: Table | null, alignment: Alignment): TableDifference {
  const chains: ChainChange[] = [];
  const rules: RuleChange[] = [];
  let same = 0;
  const some = before ?? after;
  if (some === null) return { chains, rules, same };
  const { family, name: table } = some;
  const names = new Set([...(before?.chains.keys() ?? []), ...(after?.chains.keys() ?? [])]);
  for (const name of names) {
    const [x, y] = [before?.chains.get(name) ?? null, after?.chains.get(name) ?? null];
    // Only a part of that table was listed.
    if ((x === null && before?.complete === false) || (y === null && after?.complete === false)) continue;
    const kind = chainChange(x, y);
    if (kind !== null) chains.push({ kind, family, table, a: x, b: y });
    const aligned = alignChain(x?.rules ?? [], y?.rules ?? []);
    for (const [a, b] of aligned.same) alignment.add(a, b, 'both');
    for (const { kind: how, a, b } of aligned.changes) {
      alignment.add(a, b, FATES[how], how === 'changed' && !sameTarget(a, b));
    }
    same += aligned.same.length;
    rules.push(...aligned.changes);
  }
  return { chains, rules, same };
}

const FATES = { removed: 'only', added: 'only', moved: 'moved', changed: 'changed' } as const;

/** An edited rule that does the same is the same step of a packet's way. */
function sameTarget(a: Rule | null, b: Rule | null): boolean {
  return a !== null && b !== null && meaningOf(a).target === meaningOf(b).target;
}

/** A chain that its table has by nature is no news; its policy is, where both sides tell it. */
function chainChange(a: Chain | null, b: Chain | null): ChainChange['kind'] | null {
  if (a === null || b === null) {
    const chain = a ?? b;
    return chain?.builtin === true ? null : a === null ? 'added' : 'removed';
  }
  return a.policy !== null && b.policy !== null && a.policy !== b.policy ? 'policy' : null;
}
