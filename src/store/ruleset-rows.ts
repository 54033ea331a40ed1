/**
 * A rule set ↔ its rows. It is kept twice: whole, as deflated lines of JSON from which it is made again, and
 * as rows of chains and rules that queries see. Equal rule sets are stored once.
 */
import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import {
  type Chain,
  type Counters,
  EMPTY_RULESET,
  type Rule,
  type Ruleset,
  type Table,
} from '../model/ruleset.ts';
import { targetName } from '../model/target.ts';
import type { Database } from './driver.ts';
import type { Strings } from './interned.ts';

/** Characters of JSON in one part. */
const PART = 1 << 20;
const MAX_INTEGER = 2n ** 63n;

/** A line of the whole: what it is, and the value without what lines of its own tell. */
type Line =
  | { readonly whole: Ruleset['whole'] }
  | { readonly table: Omit<Table, 'chains'> }
  | { readonly chain: Omit<Chain, 'rules'> }
  | { readonly rule: Omit<Rule, 'family' | 'table' | 'chain' | 'number'> };

/** @returns the row id of the rule set. */
export function putRuleset(database: Database, strings: Strings, ruleset: Ruleset): number {
  const parts = partsOf(ruleset);
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  const digest = hash.digest();
  const known = database
    .prepare<{ readonly id: number }>('SELECT id FROM ruleset WHERE hash = ?')
    .get(digest);
  if (known !== undefined) return known.id;
  const id = database.prepare('INSERT INTO ruleset (hash) VALUES (?)').run(digest);
  const putPart = database.prepare('INSERT INTO ruleset_part VALUES (?, ?, ?)');
  for (const [place, part] of parts.entries()) putPart.run(id, place, deflateRawSync(part, { level: 3 }));
  putRows(database, strings, id, ruleset);
  return id;
}

function putRows(database: Database, strings: Strings, id: number, { tables }: Ruleset): void {
  const putChain = database.prepare('INSERT INTO chain VALUES (?, ?, ?, ?, ?)');
  const putRule = database.prepare('INSERT INTO rule VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  for (const table of tables) {
    const family = table.family === 'ipv4' ? 4 : 6;
    for (const chain of table.chains.values()) {
      const name = strings.id(chain.name);
      putChain.run(id, family, table.name, name, chain.policy);
      for (const rule of chain.rules) {
        putRule.run(
          id,
          family,
          table.name,
          name,
          rule.number,
          strings.idOrNull(targetName(rule.target)),
          strings.id(rule.source.file),
          rule.source.line,
          exactCount(rule.counters, 'packets'),
          exactCount(rule.counters, 'bytes'),
          rule.text,
        );
      }
    }
  }
}

function exactCount(counters: Counters | null, what: keyof Counters): bigint | null {
  if (counters === null) return null;
  const { from, to } = counters[what];
  return from === to && from < MAX_INTEGER ? from : null;
}

function partsOf(ruleset: Ruleset): readonly string[] {
  const parts: string[] = [];
  let part = '';
  for (const line of linesOf(ruleset)) {
    part += `${JSON.stringify(line, plain)}\n`;
    if (part.length < PART) continue;
    parts.push(part);
    part = '';
  }
  parts.push(part);
  return parts;
}

function* linesOf({ tables, whole }: Ruleset): Iterable<Line> {
  yield { whole };
  for (const { chains, ...table } of tables) {
    yield { table };
    for (const { rules, ...chain } of chains.values()) {
      yield { chain };
      for (const { family: _, table: __, chain: ___, number: ____, ...rule } of rules) yield { rule };
    }
  }
}

/** JSON has no bigint: `{"bigint":"17"}`. */
function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? { bigint: String(value) } : value;
}

function revive(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('bigint' in value)) return value;
  return typeof value.bigint === 'string' ? BigInt(value.bigint) : value;
}

/** The rule set of this row id; an empty one for null. */
export function readRuleset(database: Database, id: number | null): Ruleset {
  if (id === null) return EMPTY_RULESET;
  const parts = database
    .prepare<{ readonly body: Uint8Array }>('SELECT body FROM ruleset_part WHERE ruleset = ? ORDER BY place')
    .all(id);
  let whole: Ruleset['whole'] = [];
  const tables: (Table & { readonly chains: Map<string, Chain> })[] = [];
  let rules: Rule[] = [];
  let chainName = '';
  for (const { body } of parts) {
    for (const text of inflateRawSync(body).toString().split('\n')) {
      if (text === '') continue;
      const line = JSON.parse(text, revive) as Line;
      const table = tables.at(-1);
      if ('whole' in line) whole = line.whole;
      else if ('table' in line) tables.push({ ...line.table, chains: new Map() });
      else if (table === undefined) throw new Error('a stored rule set begins without a table');
      else if ('chain' in line) {
        rules = [];
        chainName = line.chain.name;
        table.chains.set(chainName, { ...line.chain, rules });
      } else {
        const place = { family: table.family, table: table.name, chain: chainName, number: rules.length + 1 };
        rules.push({ ...line.rule, ...place });
      }
    }
  }
  return { tables, whole };
}
