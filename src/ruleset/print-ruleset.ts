/**
 * A rule set's tables of one family → text that iptables-restore (`-c`) loads: tables, chains with policies and counters,
 * rules. The rules of a save come back to the letter. A rule that can't be read is printed as one that
 * matches and does nothing, so that the numbers of those after it stand.
 */
import type { Family } from '../model/address.ts';
import type { Chain, CounterRange, Counters, Rule, Ruleset, Table } from '../model/ruleset.ts';
import { type Loss, lossesOf } from './print.ts';

/** Prints the tables of a family; '' if there are none. */
export function printRuleset(ruleset: Ruleset, family: Family): string {
  return ruleset.tables
    .filter((table) => table.family === family)
    .map(printTable)
    .join('');
}

function printTable(table: Table): string {
  const chains = [...table.chains.values()];
  const lines = [`*${table.name}`, ...chains.map(printChain)];
  for (const chain of chains) for (const rule of chain.rules) lines.push(printCounted(rule));
  return `${lines.join('\n')}\nCOMMIT\n`;
}

function printChain({ name, builtin, policy, counters }: Chain): string {
  return `:${name} ${builtin ? (policy ?? 'ACCEPT') : '-'} [${countersText(counters)}]`;
}

function printCounted(rule: Rule): string {
  const text = rule.damaged
    ? `-A ${rule.chain} -m comment --comment "trace-analyze: rule ${rule.number} could not be read"`
    : rule.text;
  return rule.counters === null ? text : `[${countersText(rule.counters)}] ${text}`;
}

/** `packets:bytes`; of a rounded counter the value in the middle, which a listing rounds to the same text. */
function countersText(counters: Counters | null): string {
  return counters === null ? '0:0' : `${middleOf(counters.packets)}:${middleOf(counters.bytes)}`;
}

function middleOf({ from, to }: CounterRange): bigint {
  return (from + to + 1n) / 2n;
}

/** What printing loses of one rule. */
export interface RuleLosses {
  readonly rule: Rule;
  readonly losses: readonly Loss[];
}

/** The rules that can't be printed as the kernel has them, with what is missing, in order. */
export function lossesOfRuleset(ruleset: Ruleset): readonly RuleLosses[] {
  const lossy: RuleLosses[] = [];
  for (const table of ruleset.tables) {
    for (const chain of table.chains.values()) {
      for (const rule of chain.rules) {
        const losses = rule.damaged ? [{ what: 'rule', text: rule.source.text }] : lossesOf(rule);
        if (losses.length > 0) lossy.push({ rule, losses });
      }
    }
  }
  return lossy;
}
