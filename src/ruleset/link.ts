/**
 * The drafts of one table → the table: rules numbered, targets that are chains made jumps, the built-in chains that the
 * text lacks added. Reports what the kernel would refuse: jumps to nowhere, loops; and reference counts that do
 * not add up.
 */
import type { Family } from '../model/address.ts';
import { BUILTIN_CHAINS, isBuiltin, type TableName } from '../model/hook.ts';
import type { Match } from '../model/match.ts';
import type { Chain, Rule, Table } from '../model/ruleset.ts';
import type { SourceRef } from '../model/source.ts';
import { type Target, targetName } from '../model/target.ts';
import type { ChainDraft, Report, RuleDraft } from './draft.ts';
import { firstOf } from './evidence.ts';
import { isForeignExtension } from './foreign-extension.ts';
import { loopOf } from './loop.ts';
import type { Chosen } from './merge.ts';
import { printRule } from './print.ts';

/** Links one table. */
export function linkTable(chosen: Chosen, report: Report): Table {
  const { draft, parts } = chosen;
  const drafts = parts.length === 0 ? draft.read().chains : joined([draft, ...parts]);
  const linker = new Linker(draft.family.family, draft.table, chosen, drafts, report);
  const chains = linker.chains();
  const table: Table = {
    family: draft.family.family,
    name: draft.table,
    form: [draft, ...parts].some(({ form }) => form === 'list') ? 'list' : draft.form,
    file: draft.source.file,
    settledBy: draft.settledBy,
    chains,
    complete: chosen.complete && (draft.form === 'save' || linker.missing.size === 0),
  };
  if (!chosen.complete)
    report('ruleset.part', draft.at, { table: table.name, chains: firstOf([...linker.missing]) });
  const loop = loopOf(table);
  if (loop !== null) {
    const args = { table: table.name, chains: loop.chains.join(' → ') };
    report('ruleset.loop', loop.at, args, lineAt(loop.at, loop.at.text), firstLine(loop.at.text).length);
  }
  if (table.complete && table.form === 'list') checkReferences(table, report);
  return table;
}

/** The chains of several drafts; of one name the first. */
function joined(drafts: readonly Pick<Chosen['draft'], 'read'>[]): ReadonlyMap<string, ChainDraft> {
  const chains = new Map<string, ChainDraft>();
  for (const { read } of drafts) {
    for (const [name, chain] of read().chains) if (!chains.has(name)) chains.set(name, chain);
  }
  return chains;
}

class Linker {
  readonly #family: Family;
  readonly #table: TableName;
  readonly #chosen: Chosen;
  readonly #drafts: ReadonlyMap<string, ChainDraft>;
  readonly #report: Report;
  /** Chains that rules jump to and that are not there. */
  readonly missing = new Set<string>();

  constructor(
    family: Family,
    table: TableName,
    chosen: Chosen,
    drafts: ReadonlyMap<string, ChainDraft>,
    report: Report,
  ) {
    this.#family = family;
    this.#table = table;
    this.#chosen = chosen;
    this.#drafts = drafts;
    this.#report = report;
  }

  chains(): ReadonlyMap<string, Chain> {
    const chains = new Map<string, Chain>();
    if (this.#chosen.complete) {
      for (const name of BUILTIN_CHAINS[this.#table])
        if (!this.#drafts.has(name)) chains.set(name, this.#bornWith(name));
    }
    for (const draft of this.#drafts.values()) chains.set(draft.name, this.#chain(draft));
    return chains;
  }

  /** A built-in chain that the text leaves alone; iptables-restore leaves its policy as the kernel made it. */
  #bornWith(name: string): Chain {
    const policy = this.#chosen.draft.form === 'save' ? 'ACCEPT' : null;
    return { name, builtin: true, policy, counters: null, references: null, rules: [], source: null };
  }

  #chain(draft: ChainDraft): Chain {
    const { name, counters, references, source } = draft;
    const builtin = isBuiltin(this.#table, name);
    const policy = builtin ? (draft.policy ?? this.#bornWith(name).policy) : null;
    const rules = draft.rules.map((rule, i) => this.#rule(name, rule, i + 1));
    return { name, builtin, policy, counters, references, rules, source };
  }

  #rule(chain: string, draft: RuleDraft, number: number): Rule {
    const { source } = draft;
    const { target, matches } = this.#resolve(draft);
    return {
      family: this.#family,
      table: this.#table,
      chain,
      number,
      matches,
      target,
      text: draft.text ?? printRule({ matches, target }, chain, this.#family),
      source,
      counters: draft.counters,
      damaged: draft.damaged,
    };
  }

  /** The target as the table's chains make it; words that a chain's name can't take are an unknown condition. */
  #resolve(draft: RuleDraft): { readonly target: Target; readonly matches: readonly Match[] } {
    const { target, matches, source } = draft;
    if (target.kind === 'jump') {
      if (this.#drafts.has(target.chain) && !isBuiltin(this.#table, target.chain)) return { target, matches };
      return { target: this.#nowhere(target.chain, target.goto, source), matches };
    }
    const name = targetName(target);
    if (target.kind === 'verdict' || name === null || !this.#drafts.has(name)) return { target, matches };
    const words = target.kind === 'unknown' ? target.text : '';
    const rest: readonly Match[] =
      words === '' ? [] : [{ kind: 'unknown', name: '', text: words, why: 'extension' }];
    return { target: { kind: 'jump', chain: name, goto: false }, matches: [...matches, ...rest] };
  }

  #nowhere(name: string, goto: boolean, at: RuleDraft['source']): Target {
    const why = !goto && isForeignExtension(name) ? 'extension' : 'chain';
    const isNew = !this.missing.has(name);
    if (why === 'chain') this.missing.add(name);
    if (isNew && (this.#chosen.complete || why === 'extension')) {
      const code = why === 'chain' ? 'ruleset.missing-chain' : 'ruleset.unknown-target';
      const place = {
        file: at.file,
        line: at.line,
        column: at.column + targetColumn(at.text, name, this.#chosen.draft.form),
      };
      this.#report(
        code,
        place,
        { chain: name, target: name, table: this.#table },
        lineAt(at, at.text),
        name.length,
      );
    }
    return { kind: 'unknown', name, text: '', why };
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

/** The line as the file has it, for an excerpt: `text` stands at the place's column. */
function lineAt(at: SourceRef, text: string): string {
  return ' '.repeat(at.column - 1) + firstLine(text);
}

/** Where the target's name stands in a rule's text: first in a listing's row, after `-j` in a save's line. */
function targetColumn(text: string, name: string, form: Table['form']): number {
  if (form === 'list') return Math.max(0, text.indexOf(name));
  const option = Math.max(text.lastIndexOf(`-j ${name}`), text.lastIndexOf(`-g ${name}`));
  return option < 0 ? 0 : option + 3;
}

/** A listing's `(N references)` counts the rules that jump or go to the chain. */
function checkReferences(table: Table, report: Report): void {
  const found = new Map<string, number>();
  let damaged = 0;
  for (const chain of table.chains.values()) {
    for (const { target, damaged: isDamaged } of chain.rules) {
      if (isDamaged) damaged++;
      if (target.kind === 'jump') found.set(target.chain, (found.get(target.chain) ?? 0) + 1);
    }
  }
  for (const { name, references, source } of table.chains.values()) {
    const count = found.get(name) ?? 0;
    if (references === null || source === null || references === count) continue;
    if (count < references && references - count <= damaged) continue;
    report('ruleset.references', source, { chain: name, said: references, found: count });
  }
}
