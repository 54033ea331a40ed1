/** Text → a settled rule set, and the rule set → a few words a table: what the tests of rule files compare. */
import { readFileSync } from 'node:fs';
import type { Family } from '../../../src/model/address.ts';
import type { TableName } from '../../../src/model/hook.ts';
import type { Ruleset, Table } from '../../../src/model/ruleset.ts';
import {
  parseRuleset,
  type RulesetSource,
  type SeenChain,
  type SettledRuleset,
  settleRuleset,
} from '../../../src/ruleset/index.ts';

export interface TextOptions {
  readonly file?: string;
  readonly table?: TableName;
  readonly family?: Family;
}

/** One source, as `--rules` would give it. */
export function sourceOf(text: string, { file = 'rules', table, family }: TextOptions = {}): RulesetSource {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return { file, lines, table: table ?? null, family: family ?? null };
}

/** Settles sources; `log` is a list of `table:chain`, with `6:` in front for IPv6. */
export function settle(sources: readonly RulesetSource[], log: readonly string[] = []): SettledRuleset {
  return settleRuleset(parseRuleset(sources), log.map(seenChain));
}

export function settleText(
  text: string,
  options: TextOptions = {},
  log: readonly string[] = [],
): SettledRuleset {
  return settle([sourceOf(text, options)], log);
}

/** Settles a file of test/data. */
export function settleFile(name: string, log: readonly string[] = []): SettledRuleset {
  const url = new URL(`../../data/${name}`, import.meta.url);
  return settleText(readFileSync(url, 'utf8'), { file: name }, log);
}

function seenChain(text: string): SeenChain {
  const family = text.startsWith('6:') ? 'ipv6' : 'ipv4';
  const [, table = '', chain = ''] = /^(?:6:)?(\w+):(.*)$/.exec(text) ?? [];
  return { family, table: table as TableName, chain };
}

/** `nat list chains: PREROUTING 2, POSTROUTING 0, FOO 1`: table, form, how settled, chains with numbers of rules. */
export function outlineOf(ruleset: Ruleset): readonly string[] {
  return ruleset.tables.map(tableLine);
}

function tableLine(table: Table): string {
  const family = table.family === 'ipv6' ? 'ipv6 ' : '';
  const how = table.settledBy === null ? '' : ` by ${table.settledBy}`;
  const chains = [...table.chains.values()].map((chain) => `${chain.name} ${chain.rules.length}`);
  return `${family}${table.name} ${table.form}${how}${table.complete ? '' : ' (part)'}: ${chains.join(', ')}`;
}

/** Codes of what a settled rule set has to complain about, in order. */
export function codesOf(settled: SettledRuleset): readonly string[] {
  return settled.diagnostics.map(({ code }) => code);
}
