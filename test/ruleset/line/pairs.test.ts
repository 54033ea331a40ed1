/**
 * Law 2 over rules that the kernel printed: a listing's row and the save line of one rule give the same rule,
 * but for what a listing loses; and modern save lines come back to the letter.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Family } from '../../../src/model/address.ts';
import { TABLES, type TableName } from '../../../src/model/hook.ts';
import type { Match } from '../../../src/model/match.ts';
import { printRule } from '../../../src/ruleset/print.ts';
import {
  type ListLayout,
  parseListRule,
  parseSaveRule,
  type RuleLine,
} from '../../../src/ruleset/rule-line.ts';

const DATA = new URL('../../data/', import.meta.url).pathname;
const VERBOSE: ListLayout = { verbose: true, numbered: false };
const NUMBERED: ListLayout = { verbose: true, numbered: true };

interface Line {
  readonly table: TableName;
  readonly chain: string;
  readonly text: string;
  readonly layout: ListLayout;
}

/** Two conntrack matches side by side list as one; nothing else here loses a thing. */
function meaning(rule: RuleLine): unknown {
  const matches: Match[] = [];
  for (const match of rule.matches) {
    const before = matches.at(-1);
    if (before?.kind === 'conntrack' && match.kind === 'conntrack' && before.name === match.name) {
      const given = Object.fromEntries(Object.entries(match).filter(([, value]) => value !== null));
      matches[matches.length - 1] = { ...before, ...given };
    } else {
      matches.push(match);
    }
  }
  return { matches, target: rule.target };
}

function onlyRule(text: string, family: Family, table: TableName): RuleLine {
  const [rule, ...others] = parseSaveRule(text, { family, table });
  if (rule === undefined || others.length > 0) throw new Error(text);
  return rule;
}

function bare(text: string): string {
  return text.replace(/^\[\d+:\d+\] /, '').replace(/ -c \d+ \d+/, '');
}

describe('rule-pairs.jsonl', () => {
  const pairs = readFileSync(join(DATA, 'corpus/rule-pairs.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

  test.each(pairs)('$origin: $save', (pair) => {
    const rule = onlyRule(pair.save, pair.family, pair.table);
    expect(rule.problems).toEqual([]);
    expect(printRule(rule, pair.chain, pair.family)).toBe(pair.save);
    expect(meaning(onlyRule(`-A ${pair.chain} ${pair.rule}`, pair.family, pair.table))).toEqual(
      meaning(rule),
    );
    const forms: readonly (readonly [text: string, layout: ListLayout | null])[] = [
      [pair.list, VERBOSE],
      [pair.list_exact, NUMBERED],
      [pair.list_resolved, VERBOSE],
      [pair.list, null],
      [pair.list_exact, null],
    ];
    for (const [text, layout] of forms) {
      const row = parseListRule(text, { family: pair.family, layout });
      expect(row.problems, text).toEqual([]);
      expect(meaning(row), text).toEqual(meaning(rule));
    }
  });
});

/** The rule lines of a save file, or of `iptables -S` with a `# tables:` line. */
function savedLines(text: string): Line[] {
  let table: TableName = 'filter';
  const lines: Line[] = [];
  for (const line of text.split('\n')) {
    const named = TABLES.find((name) => line === `*${name}`);
    if (named !== undefined) table = named;
    const chain = /^(?:\[\d+:\d+\] )?-A (\S+)/.exec(line)?.[1];
    if (chain !== undefined) lines.push({ table, chain, text: line, layout: VERBOSE });
  }
  return lines;
}

/** The rows of tables listed one after another. A built-in chain that cannot follow begins the next table. */
function listedLines(text: string, tables: readonly TableName[]): Line[] {
  const order = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];
  const lines: Line[] = [];
  let at = -1;
  let last = order.length;
  let chain = '';
  let layout = VERBOSE;
  for (const line of text.split('\n')) {
    const header = /^Chain (\S+) \((policy)?/.exec(line);
    if (header !== null) {
      chain = header[1] ?? '';
      const place = header[2] === undefined ? order.length : order.indexOf(chain);
      if (place <= last && place < order.length) at++;
      last = place;
    } else if (/^(?:num)? +pkts +bytes target/.test(line)) {
      layout = { verbose: true, numbered: line.startsWith('num') };
    } else if (line.trim() !== '' && !line.startsWith('#')) {
      lines.push({ table: tables[at] ?? 'filter', chain, text: line, layout });
    }
  }
  return lines;
}

function byChain(lines: readonly Line[]): Map<string, Line[]> {
  const chains = new Map<string, Line[]>();
  for (const line of lines) {
    const key = `${line.table}:${line.chain}`;
    chains.set(key, [...(chains.get(key) ?? []), line]);
  }
  return chains;
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

const ALL = [...filesUnder(join(DATA, 'captures')), ...filesUnder(join(DATA, 'corpus/paired'))];
const SAVES = ALL.filter((path) => path.endsWith('.save') && !path.endsWith('ipset.save'));

test.each(SAVES.map((path) => path.slice(DATA.length)))('%s: save and listings', (path) => {
  const text = readFileSync(join(DATA, path), 'utf8');
  const family: Family = /^# Generated by ip6tables/m.test(text) || path.endsWith('6.save') ? 'ipv6' : 'ipv4';
  const saved = savedLines(text);
  for (const line of saved) {
    const rule = onlyRule(line.text, family, line.table);
    expect(rule.problems, line.text).toEqual([]);
    expect(printRule(rule, line.chain, family)).toBe(bare(line.text));
  }
  const stem = join(DATA, path).slice(0, -'.save'.length);
  const chains = byChain(saved);
  for (const suffix of ['.list', '.Lnv', '.Lnvx', '.Lv'].filter((end) => ALL.includes(stem + end))) {
    const listing = readFileSync(stem + suffix, 'utf8');
    const said = /^# tables: (.*)$/m.exec(listing)?.[1]?.split(' ');
    const present = new Set(saved.map(({ table }) => table));
    const unsaid = ['raw', 'mangle', 'nat', 'filter', 'security'] as const;
    const tables = TABLES.filter((table) => said?.includes(table) ?? present.has(table));
    const inOrder = said === undefined ? unsaid.filter((table) => text.includes(`*${table}\n`)) : tables;
    const order =
      said === undefined ? inOrder : said.flatMap((name) => tables.filter((table) => table === name));
    for (const [chain, rows] of byChain(listedLines(listing, order))) {
      const lines = chains.get(chain) ?? [];
      expect(rows.length, `${suffix} ${chain}`).toBe(lines.length);
      for (const [i, row] of rows.entries()) {
        const listed = parseListRule(row.text, { family, layout: row.layout });
        expect(listed.problems, row.text).toEqual([]);
        const rule = onlyRule(lines[i]?.text ?? '', family, row.table);
        expect(meaning(listed), row.text).toEqual(meaning(rule));
      }
    }
  }
});
