/**
 * filter or security? Their listings show the same built-in chains. SECMARK or REJECT tells, then the log; a listing
 * with just these three chains is filter, a second one beside it security, unless it is the same rules listed
 * twice.
 */
import { type Diagnostic, diagnostic } from '../model/diagnostic.ts';
import type { TableName } from '../model/hook.ts';
import type { TableDraft } from './draft.ts';
import { candidates, chainList, type Settled, tablesShowing } from './evidence.ts';
import { printRule } from './print.ts';
import type { SeenChains } from './seen.ts';

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
    const table = byLog(draft, seen);
    if (table !== null) settled.set(draft, { table, by: 'log' });
  }
  for (const draft of open) {
    if (settled.has(draft)) continue;
    const beside = drafts.filter(
      (other) =>
        other.source === draft.source && other.family.family === draft.family.family && settled.has(other),
    );
    const found = tellApart(draft, beside, settled, seen);
    settled.set(draft, found);
    if (found.by !== 'elimination' || beside.some((other) => isSure(other, settled))) continue;
    const flag = `--rules ${found.table}=FILE`;
    diagnostics.push(
      diagnostic('ruleset.guessed-order', draft.at, { chains: chainList(draft), table: found.table, flag }),
    );
  }
}

function tellApart(
  draft: TableDraft,
  beside: readonly TableDraft[],
  settled: ReadonlyMap<TableDraft, Settled>,
  seen: SeenChains,
): Settled {
  const filters = beside.filter((other) => settled.get(other)?.table === 'filter');
  const hasSecurity = beside.some((other) => settled.get(other)?.table === 'security');
  const logsSecurity = seen.chainsOf(draft.family.family, 'security').size > 0;
  if (filters.length === 0) return { table: 'filter', by: 'chains' };
  if (hasSecurity) return { table: 'filter', by: 'elimination' };
  if (!logsSecurity && filters.some((other) => isAgain(other, draft)))
    return { table: 'filter', by: 'chains' };
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

/** Whether something better than its place settled a filter or security draft. */
function isSure(draft: TableDraft, settled: ReadonlyMap<TableDraft, Settled>): boolean {
  const found = settled.get(draft);
  if (found === undefined || !['filter', 'security'].includes(found.table)) return false;
  return found.by !== 'chains' && found.by !== 'elimination';
}

/** Whether two drafts are one table listed twice: the same user chains or, if it has none, the same rules. */
function isAgain(a: TableDraft, b: TableDraft): boolean {
  if (a.userChains.join('\n') !== b.userChains.join('\n')) return false;
  return a.userChains.length > 0 || rulesOf(a) === rulesOf(b);
}

function rulesOf(draft: TableDraft): string {
  const chains = [...draft.read().chains.values()];
  return chains.flatMap((chain) => chain.rules.map((rule) => printRule(rule.parts, chain.name))).join('\n');
}
