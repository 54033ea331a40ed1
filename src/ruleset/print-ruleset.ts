/**
 * A rule set's tables of one family → text that iptables-restore (`-c`) loads: tables, chains with policies and counters,
 * rules. The rules of a save come back to the letter. One that can't be read or loaded becomes a comment and a rule
 * that does nothing, so that the numbers of those after it stand; a chain that is jumped to and missing is declared.
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
  const lines = [`*${table.name}`];
  for (const chain of table.chains.values()) lines.push(printChain(chain));
  for (const name of missingChains(table)) lines.push(`:${name} - [0:0]`);
  for (const chain of table.chains.values())
    for (const rule of chain.rules) lines.push(...printCounted(rule));
  return `${lines.join('\n')}\nCOMMIT\n`;
}

function printChain({ name, builtin, policy, counters }: Chain): string {
  return `:${name} ${builtin ? (policy ?? 'ACCEPT') : '-'} [${countersText(counters)}]`;
}

/** Chains that rules jump to and nobody gave; names that no chain can have are left out. */
function missingChains(table: Table): ReadonlySet<string> {
  const names = new Set<string>();
  for (const chain of table.chains.values()) {
    for (const { target } of chain.rules) {
      if (target.kind === 'unknown' && target.why === 'chain' && !table.chains.has(target.name))
        names.add(target.name);
    }
  }
  return names;
}

function printCounted(rule: Rule): readonly string[] {
  const counters = rule.counters === null ? '' : `[${countersText(rule.counters)}] `;
  if (isLoadable(rule)) return [counters + rule.text];
  return [
    `# ${(rule.damaged ? rule.source.text : rule.text).replaceAll('\n', ' ')}`,
    `${counters}-A ${rule.chain} -m comment --comment "trace-analyze: rule ${rule.number} could not be read"`,
  ];
}

/** Whether iptables-restore may take the rule's text. A redacted or damaged address is no host name either. */
function isLoadable(rule: Rule): boolean {
  return !rule.damaged && !rule.matches.some(isRedacted);
}

function isRedacted(match: Rule['matches'][number]): boolean {
  return (
    match.kind === 'unknown' &&
    match.why === 'value' &&
    ADDRESS_OPTIONS.has(match.name) &&
    /[^\w\s.:/!-]/.test(match.text)
  );
}

const ADDRESS_OPTIONS = new Set(['source', 'destination']);

/** `packets:bytes`; of a rounded counter the value in the middle, which a listing rounds to the same text. */
function countersText(counters: Counters | null): string {
  return counters === null ? '0:0' : `${middleOf(counters.packets)}:${middleOf(counters.bytes)}`;
}

function middleOf({ from, to }: CounterRange): bigint {
  return from === to ? from : (from + to + 1n) / 2n;
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
        const losses = isLoadable(rule)
          ? [...lossesOf(rule), ...missingTarget(rule)]
          : [{ what: 'rule', text: rule.source.text }];
        if (losses.length > 0) lossy.push({ rule, losses });
      }
    }
  }
  return lossy;
}

function missingTarget({ target }: Rule): readonly Loss[] {
  return target.kind === 'unknown' && target.why === 'chain' ? [{ what: 'chain', text: target.name }] : [];
}
