/**
 * filter or security? Their listings show the same built-in chains. SECMARK or REJECT tells, then the log; a listing
 * with just these three chains is filter, a second one beside it security, unless it is the same rules listed
 * twice. That an empty listing after another is security needs no doubt: few hosts use it, and none that do not
 * use it list it first.
 */
import { type Diagnostic, diagnostic } from '../model/diagnostic.ts';
import type { TableName } from '../model/hook.ts';
import type { TableDraft } from './draft.ts';
import { candidates, chainList, groupOf, type Settled, tablesShowing } from './evidence.ts';
import { printRule } from './print.ts';
import type { SeenChains } from './seen.ts';

/** What one source shows of filter and security so far. */
interface Shown {
  /** What each filter listing holds, so that the same rules listed again are known. */
  readonly filters: Set<string>;
  hasSecurity: boolean;
  /** Something better than its place settled one of them. */
  sure: boolean;
}

/** Settles what is filter or security, source by source. */
export function settleFilters(
  drafts: readonly TableDraft[],
  settled: Map<TableDraft, Settled>,
  seen: SeenChains,
  diagnostics: Diagnostic[],
): void {
  const open = drafts.filter(
    (draft) => !settled.has(draft) && tablesShowing(draft.builtins).includes('security'),
  );
  for (const draft of open) {
    const alone = open.every((other) => other === draft || groupOf(other) !== groupOf(draft));
    const table = byLog(draft, seen) ?? (alone ? byOrder(draft, seen) : null);
    if (table !== null) settled.set(draft, { table, by: 'log' });
  }
  const shown = new Map<string, Shown>();
  for (const draft of open.length > 0 ? drafts : []) {
    const found = settled.get(draft);
    if (found !== undefined) note(shownBy(shown, draft), draft, found);
  }
  for (const draft of open) {
    if (settled.has(draft)) continue;
    const beside = shownBy(shown, draft);
    const found = tellApart(draft, beside, seen);
    settled.set(draft, found);
    note(beside, draft, found);
    if (found.by !== 'elimination' || beside.sure || contentOf(draft) === '') continue;
    const args = { chains: chainList(draft), table: found.table, flag: `--rules ${found.table}=FILE` };
    diagnostics.push(diagnostic('ruleset.guessed-order', draft.at, args));
  }
}

function shownBy(shown: Map<string, Shown>, draft: TableDraft): Shown {
  const key = groupOf(draft);
  const known = shown.get(key) ?? { filters: new Set<string>(), hasSecurity: false, sure: false };
  shown.set(key, known);
  return known;
}

function note(shown: Shown, draft: TableDraft, { table, by }: Settled): void {
  if (table === 'filter') shown.filters.add(contentOf(draft));
  if (table === 'security') shown.hasSecurity = true;
  if (table === 'filter' || table === 'security') shown.sure ||= by !== 'chains' && by !== 'elimination';
}

function tellApart(draft: TableDraft, beside: Shown, seen: SeenChains): Settled {
  if (beside.filters.size === 0) return { table: 'filter', by: 'chains' };
  if (beside.hasSecurity) return { table: 'filter', by: 'elimination' };
  const logsSecurity = seen.chainsOf(draft.family.family, 'security').size > 0;
  const isSurelyAgain = draft.userChains.length > 0 || !logsSecurity;
  if (isSurelyAgain && beside.filters.has(contentOf(draft))) return { table: 'filter', by: 'chains' };
  return { table: 'security', by: logsSecurity ? 'log' : 'elimination' };
}

/** By user chains that the log shows in one of the two tables only. */
function byLog(draft: TableDraft, seen: SeenChains): TableName | null {
  const tables = candidates(draft).filter((table) => {
    const chains = seen.chainsOf(draft.family.family, table);
    return draft.userChains.some((name) => chains.has(name));
  });
  return tables.length === 1 ? (tables[0] ?? null) : null;
}

/** At each hook filter prints before security: where the log has only security, there is no filter. */
function byOrder(draft: TableDraft, seen: SeenChains): TableName | null {
  const { family } = draft.family;
  const shows = (table: TableName): boolean => seen.chainsOf(family, table).size > 0;
  return shows('security') && !shows('filter') ? 'security' : null;
}

/** What makes a listing the same as another, whenever they were made: its user chains or, if it has none, its rules. */
function contentOf(draft: TableDraft): string {
  if (draft.userChains.length > 0) return draft.userChains.join('\n');
  const chains = [...draft.read().chains.values()];
  return chains.flatMap((chain) => chain.rules.map((rule) => printRule(rule, chain.name))).join('\n');
}
