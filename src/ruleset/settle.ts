/**
 * The draft of a rule set, with what the log shows → the rule set: families, tables, then one draft a table, linked.
 * Only what counts is read and complained about; what is passed over is said.
 */

import type { Family } from '../model/address.ts';
import { type Diagnostic, diagnostic } from '../model/diagnostic.ts';
import type { Ruleset, Table } from '../model/ruleset.ts';
import type {
  Block,
  NamedDraft,
  ReadChains,
  Report,
  RulesetDraft,
  SettledFamily,
  SourceDraft,
  TableDraft,
} from './draft.ts';
import { candidates, chainList } from './evidence.ts';
import { fallApart } from './fall-apart.ts';
import { settleFamilies } from './family.ts';
import { inferTables } from './infer.ts';
import { linkTable } from './link.ts';
import { readListing } from './list.ts';
import { chooseTables } from './merge.ts';
import { chainNamesOf } from './outline.ts';
import { placeOf } from './place.ts';
import { restore } from './restore.ts';
import { type SeenChain, SeenChains } from './seen.ts';

export interface SettledRuleset {
  readonly ruleset: Ruleset;
  /** Problems of the rules that count, in the order of the files. */
  readonly diagnostics: readonly Diagnostic[];
  /** How tables and families were settled, what was passed over: severity info. */
  readonly notes: readonly Diagnostic[];
}

/** Settles a draft. `seen`: the log's table:chain pairs, for listings that name no table; may be empty. */
export function settleRuleset(draft: RulesetDraft, seen: Iterable<SeenChain>): SettledRuleset {
  const log = new SeenChains(seen);
  const diagnostics: Diagnostic[] = [...draft.diagnostics];
  const notes: Diagnostic[] = [...draft.notes];
  const drafts = draft.sources.flatMap((source) => draftsOf(source, log, diagnostics));
  const inferred = inferTables(drafts, log);
  const whole = wholeFamilies(draft.sources, inferred);
  const { chosen, notes: passedOver } = chooseTables(inferred.named);
  for (const open of inferred.open) {
    if (whole.includes(open.family.family)) notes.push(overshadowed(open, inferred.named));
    else diagnostics.push(ambiguous(open));
  }
  diagnostics.push(...inferred.diagnostics);
  notes.push(...passedOver);
  const tables: Table[] = [];
  for (const entry of chosen) {
    for (const part of [entry.draft, ...entry.parts]) {
      diagnostics.push(...part.read().diagnostics);
      notes.push(...notesOf(part));
    }
    tables.push(linkTable(entry, reportTo(diagnostics, notes)));
  }
  return { ruleset: { tables, whole }, diagnostics, notes };
}

/** Problems and notes each to their own. */
function reportTo(diagnostics: Diagnostic[], notes: Diagnostic[]): Report {
  return (code, at, args, line, length) => {
    const found = diagnostic(code, placeOf(at), args, line, length);
    (found.severity === 'info' ? notes : diagnostics).push(found);
  };
}

function draftsOf(
  { source, blocks }: SourceDraft,
  log: SeenChains,
  diagnostics: Diagnostic[],
): readonly TableDraft[] {
  const families = settleFamilies(blocks, log);
  return blocks.flatMap((block, i) => {
    const family = families[i] ?? { family: 'ipv4', by: 'assumed' };
    if (source.family !== null && source.family !== family.family) {
      diagnostics.push(
        diagnostic('ruleset.wrong-family', block.at, { said: source.family, found: family.family }),
      );
    }
    return fallApart(draftOf(block, family));
  });
}

function draftOf(block: Block, family: SettledFamily): TableDraft {
  const { builtin, user } = chainNamesOf(block);
  let chains: ReadChains | null = null;
  return {
    family,
    form: block.form,
    source: block.source,
    at: block.at,
    hint: block.hint,
    named: block.form === 'list' ? null : block.table,
    builtins: builtin,
    userChains: user,
    cut: block.form === 'save' && !block.closed,
    read: () => {
      chains ??= readBlock(block, family.family);
      return chains;
    },
  };
}

function readBlock(block: Block, family: Family): ReadChains {
  const diagnostics: Diagnostic[] = [];
  const report = reportTo(diagnostics, diagnostics);
  const chains =
    block.form === 'list' ? readListing(block, family, report) : restore(block, family, block.table, report);
  return { chains, diagnostics };
}

/** Families of which a whole save was read: not cut at either end, not of one table by request or by flag. */
function wholeFamilies(
  sources: readonly SourceDraft[],
  { named, open }: Pick<ReturnType<typeof inferTables>, 'named' | 'open'>,
): readonly Family[] {
  const whole = new Set<Family>();
  for (const { source, partial } of sources) {
    const saved = named.filter((draft) => draft.source === source && draft.form === 'save');
    if (partial || source.table !== null || saved.some((draft) => draft.hint?.oneTable)) continue;
    // The `*table` of these rules was cut off.
    if (open.some((draft) => draft.source === source && draft.form === 'S')) continue;
    for (const draft of saved) whole.add(draft.family.family);
  }
  return [...whole];
}

function notesOf(draft: NamedDraft): readonly Diagnostic[] {
  const notes: Diagnostic[] = [];
  const { table, settledBy, family, at } = draft;
  if (settledBy !== null) notes.push(diagnostic('ruleset.settled', at, { table, by: settledBy }));
  if (family.by === 'assumed')
    notes.push(diagnostic('ruleset.family-assumed', at, { family: family.family }));
  return notes;
}

/** Of a table that nothing names, beside a save that has all there are. */
function overshadowed(draft: TableDraft, named: readonly NamedDraft[]): Diagnostic {
  const save = named.find(({ form, family }) => form === 'save' && family.family === draft.family.family);
  const by = save?.source.file ?? '';
  return diagnostic('ruleset.passed-over', draft.at, { table: candidates(draft).join(' or '), by });
}

function ambiguous(draft: TableDraft): Diagnostic {
  const tables = candidates(draft);
  const flag = `--rules TABLE=${draft.source.file}`;
  const args = { chains: chainList(draft), tables: tables.join(', '), flag };
  return diagnostic('ruleset.ambiguous-table', draft.at, args);
}
