/**
 * ONE rule line → its parts: the save form (`-A INPUT …`; also -S and restore files that people write) and
 * a row of `iptables -L`. Never throws and never drops a word: what cannot be read is an `unknown` match or
 * target with its text, and a problem that names the column. Knows no chains and no files: a target that is
 * no extension of ours is a jump until whoever knows the table's chains says otherwise.
 */
import type { Family } from '../model/address.ts';
import type { TableName } from '../model/hook.ts';
import type { Match } from '../model/match.ts';
import type { Counters } from '../model/ruleset.ts';
import type { Target } from '../model/target.ts';
import { readListRow } from './line/list.ts';
import type { RowMemo } from './line/row-memo.ts';
import { readSaveLine } from './line/save.ts';

/** What is wrong with a line, as data; `column` counts from 1. */
export interface RuleProblem {
  readonly code: 'rule.damaged' | 'rule.value' | 'rule.extension' | 'rule.words' | 'rule.ambiguous';
  readonly column: number;
  readonly length: number;
  readonly args: Readonly<Record<string, string | number>>;
}

export interface RuleLine {
  /** What the line orders: a save file knows `append` only, and a listing's row is one. */
  readonly command: 'append' | 'insert' | 'delete' | 'replace' | 'check';
  /** Null in a listing, whose rows do not name it, and in a damaged line. */
  readonly chain: string | null;
  /** `-I CHAIN 3`, `-R CHAIN 3`, or the num column of a listing. */
  readonly number: number | null;
  readonly matches: readonly Match[];
  readonly target: Target;
  readonly counters: Counters | null;
  /** The line's structure could not be read: its place counts, its meaning is unknown. */
  readonly damaged: boolean;
  readonly problems: readonly RuleProblem[];
}

export interface SaveContext {
  readonly family: Family;
  readonly table: TableName;
}

/** What the column heading of a listing tells of its rows. */
export interface ListLayout {
  /** `num` stands in front. */
  readonly numbered: boolean;
  /** With pkts, bytes, in and out (`-v`). */
  readonly verbose: boolean;
}

export interface ListContext {
  readonly family: Family;
  /** Null: no heading was seen (`-L CHAIN 3`); the row itself decides. */
  readonly layout: ListLayout | null;
}

/**
 * Parses a line with `-A`, `-I`, `-D`, `-R` or `-C` in it. Several rules only where `-s a,b` or `-d a,b` asks for
 * them, sources first, as iptables makes them; none only if `-4` or `-6` says that the line is for the other family.
 */
export function parseSaveRule(line: string, context: SaveContext): readonly RuleLine[] {
  return readSaveLine(line, context);
}

/**
 * Parses one row of a listing.
 * @param memo of the rows before in the same listing: makes it cheaper, changes nothing
 */
export function parseListRule(line: string, context: ListContext, memo: RowMemo | null = null): RuleLine {
  return readListRow(line, context, memo);
}
