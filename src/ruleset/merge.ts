/**
 * Drafts of one table from several places → the one that counts: a save goes before -S, that before a listing; of one
 * form the whole before the part, then the later given. Parts of one table that share no chain are put
 * together. What is passed over is said, once for each pair of files.
 */
import { type Diagnostic, diagnostic } from '../model/diagnostic.ts';
import type { NamedDraft } from './draft.ts';
import { showsAll } from './evidence.ts';

/** What makes up one table: the draft that counts, and parts that add chains to it. */
export interface Chosen {
  readonly draft: NamedDraft;
  readonly parts: readonly NamedDraft[];
  readonly complete: boolean;
}

const RANK = { save: 2, S: 1, list: 0 } as const;

/** Chooses among drafts, which stand in the order given. */
export function chooseTables(drafts: readonly NamedDraft[]): {
  readonly chosen: readonly Chosen[];
  readonly notes: readonly Diagnostic[];
} {
  const groups = new Map<string, NamedDraft[]>();
  for (const draft of drafts) {
    const key = `${draft.family.family} ${draft.table}`;
    const group = groups.get(key) ?? [];
    group.push(draft);
    groups.set(key, group);
  }
  const over: PassedOver[] = [];
  const chosen = [...groups.values()].flatMap((group) => chooseOne(group, over) ?? []);
  return { chosen, notes: notesOf(over) };
}

interface PassedOver {
  readonly draft: NamedDraft;
  readonly by: NamedDraft;
}

function chooseOne(group: readonly NamedDraft[], over: PassedOver[]): Chosen | null {
  const ranked = group
    .map((draft, i) => ({ draft, i, rank: RANK[draft.form] * 2 + (isWhole(draft) ? 1 : 0) }))
    .sort((a, b) => b.rank - a.rank || b.i - a.i)
    .map(({ draft }) => draft);
  const [best, ...others] = ranked;
  if (best === undefined) return null;
  const parts: NamedDraft[] = [];
  const taken = new Set(chainsOf(best));
  const isOpen = !isWhole(best) && best.form !== 'save';
  for (const other of others) {
    if (isOpen && other.form !== 'save' && !chainsOf(other).some((name) => taken.has(name))) {
      parts.push(other);
      for (const name of chainsOf(other)) taken.add(name);
    } else {
      over.push({ draft: other, by: best });
    }
  }
  const builtins = [best, ...parts].flatMap((draft) => draft.builtins);
  const complete = !best.cut && (best.form === 'save' || showsAll(best.table, builtins));
  return { draft: best, parts, complete };
}

function isWhole(draft: NamedDraft): boolean {
  return !draft.cut && (draft.form === 'save' || showsAll(draft.table, draft.builtins));
}

function chainsOf(draft: NamedDraft): readonly string[] {
  return [...draft.builtins, ...draft.userChains];
}

function notesOf(over: readonly PassedOver[]): readonly Diagnostic[] {
  const byPair = new Map<string, { readonly first: PassedOver; readonly tables: string[] }>();
  for (const entry of over) {
    const by = placeOf(entry);
    const key = `${entry.draft.source.file}\n${by}`;
    const known = byPair.get(key) ?? { first: entry, tables: [] };
    byPair.set(key, known);
    const table = `${entry.draft.table}${entry.draft.family.family === 'ipv6' ? ' (IPv6)' : ''}`;
    if (!known.tables.includes(table)) known.tables.push(table);
  }
  return [...byPair.values()].map(({ first, tables }) =>
    diagnostic('ruleset.passed-over', first.draft.at, { table: tables.join(', '), by: placeOf(first) }),
  );
}

/** The file that goes before; within one file, its line too. */
function placeOf({ draft, by }: PassedOver): string {
  return draft.source === by.source ? `${by.at.file}:${by.at.line}` : by.source.file;
}
