/**
 * Rule sets that differ from the given one in one rule of one chain: what may have been traced instead.
 * Numbers follow the new order; everything else is shared with the original.
 */
import type { Family } from '../model/address.ts';
import type { TableName } from '../model/hook.ts';
import type { Chain, Rule, Ruleset } from '../model/ruleset.ts';
import type { Target } from '../model/target.ts';

export interface ChainName {
  readonly family: Family;
  readonly table: TableName;
  readonly chain: string;
}

/** One difference. Numbers count from 1. */
export type Edit =
  /** The traced chain had one more rule, as number `at`. */
  | { readonly kind: 'inserted'; readonly at: number; readonly target: Target }
  /** The traced chain did not have rule `at`. */
  | { readonly kind: 'deleted'; readonly at: number }
  /**
   * In the traced chain, rule `at` was another one. `asks`: it had the same target, and other conditions than
   * this one, with what the packet has there; null if none is known to differ.
   */
  | {
      readonly kind: 'changed';
      readonly at: number;
      readonly target: Target;
      readonly asks?: { readonly condition: string; readonly value: string } | null;
    }
  /** In the traced chain, rule `at` stood as number `to`. */
  | { readonly kind: 'moved'; readonly at: number; readonly to: number };

export function chainOf(ruleset: Ruleset, name: ChainName): Chain | null {
  const table = ruleset.tables.find((known) => known.family === name.family && known.name === name.table);
  return table?.chains.get(name.chain) ?? null;
}

/** The rule set with one chain edited; null if it has no such chain or rule. */
export function edited(ruleset: Ruleset, name: ChainName, edit: Edit): Ruleset | null {
  const chain = chainOf(ruleset, name);
  const rules = chain === null ? null : editedRules(chain, name, edit);
  if (chain === null || rules === null) return null;
  const numbered = rules.map((rule, i) => (rule.number === i + 1 ? rule : { ...rule, number: i + 1 }));
  const tables = ruleset.tables.map((table) =>
    table.family === name.family && table.name === name.table
      ? { ...table, chains: new Map(table.chains).set(name.chain, { ...chain, rules: numbered }) }
      : table,
  );
  return { ...ruleset, tables };
}

function editedRules({ rules }: Chain, name: ChainName, edit: Edit): readonly Rule[] | null {
  const { at } = edit;
  if (edit.kind === 'inserted') {
    return at < 1 || at > rules.length + 1
      ? null
      : [...rules.slice(0, at - 1), otherRule(name, at, edit.target), ...rules.slice(at - 1)];
  }
  const rule = rules[at - 1];
  if (rule === undefined) return null;
  const others = rules.filter((other) => other !== rule);
  if (edit.kind === 'deleted') return others;
  if (edit.kind === 'changed') return rules.with(at - 1, otherRule(name, at, edit.target));
  const { to } = edit;
  if (to < 1 || to > rules.length || to === at) return null;
  return [...others.slice(0, to - 1), rule, ...others.slice(to - 1)];
}

/** A rule of which no condition is known. */
function otherRule({ family, table, chain }: ChainName, number: number, target: Target): Rule {
  const text = `-A ${chain}`;
  return {
    family,
    table,
    chain,
    number,
    matches: [{ kind: 'unknown', name: 'rule', text: '', why: 'lost' }],
    target,
    text,
    source: { file: '', line: 0, column: 1, text },
    counters: null,
    damaged: false,
  };
}
