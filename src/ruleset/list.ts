/**
 * A block of listed chains → chain drafts with their rules. A rule's number is its place in the chain; where the
 * listing numbers its rows and one is missing, a damaged rule keeps the place. Knows no table.
 */
import type { Family } from '../model/address.ts';
import type { ChainDraft, ListBlock, ListedChain, Report, RuleDraft, TextLine } from './draft.ts';
import { RowMemo } from './line/row-memo.ts';
import { reportProblems } from './place.ts';
import { parseListRule } from './rule-line.ts';

/** A row number further ahead than this is no gap but damage. */
const LARGEST_GAP = 10_000;

/** Reads the chains of a listing. */
export function readListing(block: ListBlock, family: Family, report: Report): Map<string, ChainDraft> {
  const chains = new Map<string, ChainDraft>();
  const memo = new RowMemo(new Map(block.chains.map(({ heading }) => [heading.name, heading])));
  let bare: TextLine | undefined;
  for (const listed of block.chains) {
    const { name, policy, counters, references, at } = listed.heading;
    const rules = readRows(listed, block, family, report, memo);
    if (listed.layout?.verbose === false) bare ??= listed.rows[0];
    chains.set(name, {
      name,
      builtin: policy !== null,
      policy: policy === 'ACCEPT' || policy === 'DROP' ? policy : null,
      counters,
      references,
      rules,
      source: at,
    });
  }
  if (bare !== undefined) {
    report('ruleset.no-interfaces', bare, {}, block.source.lines[bare.line - 1] ?? '', bare.text.length);
  }
  return chains;
}

function readRows(
  listed: ListedChain,
  block: ListBlock,
  family: Family,
  report: Report,
  memo: RowMemo,
): RuleDraft[] {
  const rules: RuleDraft[] = [];
  for (const row of listed.rows) {
    const parts = parseListRule(row.text, { family, layout: listed.layout }, memo);
    const gap = (parts.number ?? 0) - rules.length - 1;
    if (gap > 0 && gap <= LARGEST_GAP) {
      const args = { chain: listed.heading.name, from: rules.length + 1, to: rules.length + gap };
      report('ruleset.missing-rules', row, args, block.source.lines[row.line - 1] ?? '', 1);
      for (let i = 0; i < gap; i++) rules.push({ ...MISSING_RULE, source: { ...row, text: '' } });
    }
    reportProblems(parts.problems, row, block.source, report);
    const { matches, target, counters, damaged } = parts;
    rules.push({ matches, target, counters, damaged, text: null, source: row });
  }
  return rules;
}

const MISSING_RULE: Omit<RuleDraft, 'source'> = {
  matches: [],
  target: { kind: 'unknown', name: '', text: '', why: 'value' },
  counters: null,
  damaged: true,
  text: null,
};
