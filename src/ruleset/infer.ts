/**
 * Which table is each block? What the text or the flag names, then the set of its built-in chains with the targets
 * in its rules, then the log, elimination last. Says how each was settled; a block that stays open is handed
 * back as open. Never takes two blocks for one table by their chains' names.
 */
import { type Diagnostic, diagnostic } from '../model/diagnostic.ts';
import type { TableName } from '../model/hook.ts';
import type { NamedDraft, TableDraft } from './draft.ts';
import {
  candidates,
  chainList,
  groupOf,
  type Settled,
  showsAll,
  tablesShowing,
  tablesWith,
} from './evidence.ts';
import { settleFilters } from './infer-filter.ts';
import type { SeenChains } from './seen.ts';

/** Settles the table of every draft, in their order. */
export function inferTables(
  drafts: readonly TableDraft[],
  seen: SeenChains,
): {
  readonly named: readonly NamedDraft[];
  /** Those that nothing settles. */
  readonly open: readonly TableDraft[];
  readonly diagnostics: readonly Diagnostic[];
} {
  const diagnostics: Diagnostic[] = [];
  const settled = new Map<TableDraft, Settled>();
  for (const draft of drafts) {
    const table = byName(draft, diagnostics) ?? byChains(draft);
    if (table !== null) settled.set(draft, table);
  }
  settleFilters(drafts, settled, seen, diagnostics);
  for (const draft of drafts) {
    if (settled.has(draft)) continue;
    const table = byLog(draft, seen);
    if (table !== null) settled.set(draft, { table, by: 'log' });
  }
  byElimination(drafts, settled);
  diagnostics.push(...vainFlags(drafts, settled));
  const named = drafts.flatMap((draft): NamedDraft[] => {
    const found = settled.get(draft);
    return found === undefined ? [] : [{ ...draft, table: found.table, settledBy: found.by }];
  });
  return { named, open: drafts.filter((draft) => !settled.has(draft)), diagnostics };
}

/** By what the text says, the flag, or a heading, if the chains do not contradict. */
function byName(draft: TableDraft, diagnostics: Diagnostic[]): Settled | null {
  if (draft.named !== null) return { table: draft.named, by: null };
  const flag = draft.source.table;
  if (flag !== null && fits(draft, flag)) return { table: flag, by: 'flag' };
  const heading = draft.hint?.table ?? null;
  if (heading === null) return null;
  if (fits(draft, heading)) return { table: heading, by: 'heading' };
  diagnostics.push(wrongTable(draft, heading));
  return null;
}

function fits(draft: TableDraft, table: TableName): boolean {
  const shown = tablesShowing(draft.builtins);
  return shown.length > 0 ? shown.includes(table) : tablesWith(draft.builtins).includes(table);
}

function wrongTable(draft: TableDraft, said: TableName): Diagnostic {
  return diagnostic('ruleset.wrong-table', draft.at, { said, chains: chainList(draft) });
}

/** Flags that no draft of their source could follow. */
function vainFlags(
  drafts: readonly TableDraft[],
  settled: ReadonlyMap<TableDraft, Settled>,
): readonly Diagnostic[] {
  const followed = new Set(
    drafts.filter((draft) => settled.get(draft)?.table === draft.source.table).map(({ source }) => source),
  );
  const last = new Map(drafts.map((draft) => [draft.source, draft]));
  return [...last].flatMap(([source, draft]) =>
    source.table === null || followed.has(source) ? [] : [wrongTable(draft, source.table)],
  );
}

/** By the built-in chains alone where they leave one table, else with the rules' targets and matches. */
function byChains(draft: TableDraft): Settled | null {
  const shown = tablesShowing(draft.builtins);
  const [alone] = shown;
  if (alone !== undefined && draft.builtins.length > 3) return { table: alone, by: 'chains' };
  const [table, ...others] = candidates(draft);
  if (table === undefined || others.length > 0) return null;
  const [told, ...more] = shown.length > 0 ? shown : tablesWith(draft.builtins);
  return { table, by: told === table && more.length === 0 ? 'chains' : 'targets' };
}

/**
 * By the log's table:chain pairs: the one candidate in which the log shows most of the draft's user chains, those that
 * its rules jump to included; for a draft of built-in chains only, the one candidate that shows any of these.
 */
function byLog(draft: TableDraft, seen: SeenChains): TableName | null {
  const open = candidates(draft);
  const names =
    draft.userChains.length > 0
      ? [...draft.userChains, ...jumpedTo(draft)]
      : [...draft.builtins, ...jumpedTo(draft)];
  const counts = open.map((table) => {
    const chains = seen.chainsOf(draft.family.family, table);
    return names.filter((name) => chains.has(name)).length;
  });
  const most = Math.max(...counts);
  const best = open.filter((_, i) => counts[i] === most);
  return most > 0 && best.length === 1 ? (best[0] ?? null) : null;
}

function jumpedTo(draft: TableDraft): readonly string[] {
  const names = new Set<string>();
  for (const chain of draft.read().chains.values()) {
    for (const { target } of chain.rules) if (target.kind === 'jump') names.add(target.chain);
  }
  return [...names].filter((name) => !draft.userChains.includes(name));
}

/** What is left for a draft when the tables that the same source shows whole are taken. */
function byElimination(drafts: readonly TableDraft[], settled: Map<TableDraft, Settled>): void {
  const taken = new Map<string, Set<TableName>>();
  for (const draft of drafts) {
    const table = settled.get(draft)?.table;
    if (table === undefined || !(draft.form === 'save' || showsAll(table, draft.builtins))) continue;
    taken.set(groupOf(draft), (taken.get(groupOf(draft)) ?? new Set()).add(table));
  }
  for (const draft of drafts) {
    if (settled.has(draft)) continue;
    const [table, ...others] = candidates(draft).filter((name) => !taken.get(groupOf(draft))?.has(name));
    if (table !== undefined && others.length === 0) settled.set(draft, { table, by: 'elimination' });
  }
}
