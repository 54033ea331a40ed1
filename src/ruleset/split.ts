/**
 * The lines of one source → blocks: each `*table … COMMIT`, each table's worth of -S lines or of listed chains.
 * Every line is part of a block, blank, a comment, a word of the tools that is passed on, or counted as
 * skipped. Names no table that the text does not name and reads no rule.
 */
import { type Diagnostic, type DiagnosticCode, diagnostic } from '../model/diagnostic.ts';
import { isHook, isTableName } from '../model/hook.ts';
import type { SourceRef } from '../model/source.ts';
import { rowContinuation, saveContinuation } from './continuation.ts';
import type { Block, ChainHeading, Hint, RulesetSource, SourceDraft } from './draft.ts';
import { type Foreign, foreignOf, generatedBy, hintsOf, toolMessageOf } from './hint.ts';
import {
  declarationOf,
  headingOf,
  isCommand,
  isListedCommand,
  isLoneRow,
  isRow,
  layoutOf,
  tableLineOf,
} from './lines.ts';
import { OpenCommands, OpenList } from './open-block.ts';

const FOREIGN_CODE = {
  nft: 'ruleset.nft-native',
  ebtables: 'ruleset.ebtables',
  arptables: 'ruleset.ebtables',
} as const satisfies Record<Foreign, DiagnosticCode>;

export interface Split {
  readonly draft: SourceDraft;
  /** Problems. */
  readonly diagnostics: readonly Diagnostic[];
  /** What else there is to say. */
  readonly notes: readonly Diagnostic[];
}

/** Lines in which the first rule of a table must come. */
const LOOKAHEAD = 40;

/** Splits one source into blocks. */
export function splitSource(source: RulesetSource): Split {
  return new Splitter(source).run();
}

class Splitter {
  readonly #source: RulesetSource;
  readonly #blocks: Block[] = [];
  readonly #diagnostics: Diagnostic[] = [];
  #open: OpenList | OpenCommands | null = null;
  /** What the last prompt or heading announced and no block took yet; `fresh` until the first is taken. */
  #hints: readonly Hint[] = [];
  #freshHint = false;
  #toolFamily: Block['toolFamily'] = null;
  #foreign: Foreign | null = null;
  /** In a table that is none of ours: its lines are passed over up to `COMMIT`. */
  #inUnknownTable = false;
  #partial = false;
  /** Whether a blank line stands between here and the last line of the listing. */
  #blankBefore = true;
  #skipped = 0;
  #firstSkipped = 0;
  /** Columns by which the listing's headings are indented, as in Markdown. */
  #indent = 0;

  constructor(source: RulesetSource) {
    this.#source = source;
  }

  run(): Split {
    const { lines, file } = this.#source;
    for (let i = 0; i < lines.length; i++) {
      const raw = lines[i] ?? '';
      const text = raw.trim();
      if (text === '') this.#blankBefore = true;
      else i += this.#take(text, raw, { file, line: i + 1, column: columnOf(text, raw) });
    }
    this.#close();
    const notes: Diagnostic[] = [];
    if (this.#skipped > 0) {
      const at = { file, line: this.#firstSkipped, column: 1 };
      notes.push(diagnostic('ruleset.skipped', at, { count: this.#skipped }, lines[at.line - 1] ?? ''));
    }
    if (this.#blocks.length === 0 && this.#diagnostics.length === 0) {
      this.#report(
        this.#skipped > 0 ? 'ruleset.nothing' : 'ruleset.empty',
        { file, line: 1, column: 1 },
        {},
        0,
      );
    }
    const draft = { source: this.#source, blocks: this.#blocks, partial: this.#partial };
    return { draft, diagnostics: this.#diagnostics, notes };
  }

  /** Takes a line; gives the number of further lines that belong to it. */
  #take(text: string, raw: string, at: SourceRef): number {
    const open = this.#open;
    if (open?.form === 'save') {
      if (isCommand(text)) return this.#command(open, text, at);
      if (foreignOf(text) === null && declares(open, text, at)) return 0;
    }
    if (open?.form === 'list') {
      const heading = headingOf(text);
      if (heading !== null) return this.#chain(heading, at);
      if (open.last?.layout === null && this.#layout(open, text)) return 0;
      if (this.#isRowOf(open, raw)) return this.#row(open, raw, at);
    }
    if (this.#takeToolLine(text, at) || this.#takeForeign(text, at)) return 0;
    return open?.form === 'save' ? this.#takeInSave(open, text, raw, at) : this.#takeOutside(text, raw, at);
  }

  #takeInSave(open: OpenCommands, text: string, raw: string, at: SourceRef): number {
    if (text === 'COMMIT') {
      open.committed = true;
      this.#close();
    } else if (tableLineOf(text) !== null || headingOf(text) !== null) {
      this.#close();
      return this.#takeOutside(text, raw, at);
    } else if (!text.startsWith('#')) {
      this.#hint(hintsOf(text));
      this.#skip(at);
    }
    return 0;
  }

  #takeOutside(text: string, raw: string, at: SourceRef): number {
    const heading = headingOf(text);
    const table = tableLineOf(text);
    if (this.#inUnknownTable) {
      this.#inUnknownTable = text !== 'COMMIT' && heading === null && table === null;
      if (this.#inUnknownTable || text === 'COMMIT') return 0;
    }
    if (heading !== null) return this.#chain(heading, at);
    if (table !== null && this.#tableLine(table, at)) return 0;
    if (this.#open?.form === 'list' && this.#layout(this.#open, text)) return 0;
    if (isListedCommand(text) || declarationOf(text)?.counters != null) return this.#listed(text, at);
    if (this.#open?.form === 'S' && text === 'COMMIT') this.#close();
    else if (isLoneRow(raw)) this.#report('ruleset.stray-rule', at, {}, text.length);
    else this.#noise(text, at);
    return 0;
  }

  /** `*word` begins a table if rules or the end follow; else it is a bullet in somebody's prose. */
  #tableLine(word: string, at: SourceRef): boolean {
    const following = this.#source.lines.slice(at.line, at.line + LOOKAHEAD);
    const next = following.find((line) => line.trim() !== '' && !/^\s*#/.test(line));
    if (next !== undefined && !/^\s*(?::\S|\[\d|--?[A-Za-z]|COMMIT\s*$)/.test(next)) return false;
    if (isTableName(word)) {
      this.#begin(new OpenCommands(word, at, this.#takeHint()));
      return true;
    }
    if (next === undefined) return false;
    this.#close();
    this.#report('ruleset.unknown-table', at, { table: word }, word.length + 1);
    this.#inUnknownTable = true;
    return true;
  }

  /** A line of -S, or of a save whose `*table` was cut off. */
  #listed(text: string, at: SourceRef): number {
    const declared = declarationOf(text);
    const [, command, named = ''] = /^-([PN]) (\S+)/.exec(text) ?? [];
    const chain = declared?.name ?? named;
    const policy = command === 'P' || (declared !== null && isHook(chain));
    let open = this.#open?.form === 'S' ? this.#open : null;
    if (open === null || this.#freshHint || open.endsBefore(chain, policy)) {
      open = this.#begin(new OpenCommands(null, at, this.#takeHint()));
    }
    open.note(chain, policy);
    return declares(open, text, at) ? 0 : this.#command(open, text, at);
  }

  #command(open: OpenCommands, text: string, at: SourceRef): number {
    const more = saveContinuation(this.#source.lines, at.line - 1);
    const { file, line, column } = at;
    open.statements.push({ file, line, column, text: more === 0 ? text : this.#join(text, at, more) });
    return more;
  }

  #isRowOf(open: OpenList, raw: string): boolean {
    const layout = open.last?.layout ?? null;
    return isRow(this.#outdent(raw), layout);
  }

  #row(open: OpenList, raw: string, at: SourceRef): number {
    const more = rowContinuation(this.#source.lines, at.line - 1);
    const first = this.#outdent(raw);
    const column = raw.length - first.length + 1;
    const text = more === 0 ? withoutReturn(first) : this.#join(first, at, more);
    open.last?.rows.push({ file: at.file, line: at.line, column, text });
    this.#blankBefore = false;
    return more;
  }

  /** A row without the listing's indentation; a row's own leading blanks tell columns. */
  #outdent(raw: string): string {
    return raw.slice(0, this.#indent).trim() === '' ? raw.slice(this.#indent) : raw.trimStart();
  }

  #join(first: string, at: SourceRef, more: number): string {
    const rest = this.#source.lines.slice(at.line, at.line + more);
    return [first, ...rest].map(withoutReturn).join('\n');
  }

  #layout(open: OpenList, text: string): boolean {
    const layout = layoutOf(text);
    const chain = open.last;
    if (layout === null || chain === undefined) return false;
    chain.layout = layout;
    this.#blankBefore = false;
    return true;
  }

  /** The heading of a listed chain. */
  #chain(found: Omit<ChainHeading, 'at'>, at: SourceRef): number {
    const { name, policy, counters, references } = found;
    const heading: ChainHeading = { name, policy, counters, references, at };
    this.#indent = at.column - 1;
    let open = this.#open?.form === 'list' ? this.#open : null;
    if (open === null || this.#freshHint || open.endsBefore(heading, this.#blankBefore)) {
      open = this.#begin(new OpenList(heading.at, this.#takeHint()));
    }
    open.add(heading, this.#blankBefore);
    this.#blankBefore = false;
    return 0;
  }

  #takeToolLine(text: string, at: SourceRef): boolean {
    const message = toolMessageOf(text);
    if (message !== null) {
      this.#report(message.code, at, message.args, text.length);
      this.#partial = true;
      return true;
    }
    const header = generatedBy(text);
    if (header === null || foreignOf(text) !== null) return false;
    this.#close();
    this.#foreign = null;
    this.#toolFamily = header.family;
    return true;
  }

  /** Text of nft, ebtables and arptables: refused once a source, then passed over. */
  #takeForeign(text: string, at: SourceRef): boolean {
    const begins = foreignOf(text);
    if (begins !== null) {
      this.#close();
      const code = FOREIGN_CODE[begins];
      if (!this.#diagnostics.some((problem) => problem.code === code)) {
        this.#report(code, at, { tool: begins }, text.length);
      }
      this.#foreign = begins;
      return true;
    }
    if (this.#foreign === null) return false;
    if (headingOf(text) !== null) {
      this.#foreign = null;
      return false;
    }
    if (this.#foreign === 'nft' && text === '}' && this.#source.lines[at.line - 1]?.startsWith('}'))
      this.#foreign = null;
    return true;
  }

  #noise(text: string, at: SourceRef): void {
    const hints = hintsOf(text);
    if (hints.length > 0) this.#close();
    this.#hint(hints);
    if (!text.startsWith('#')) this.#skip(at);
  }

  #hint(hints: readonly Hint[]): void {
    if (hints.length === 0) return;
    this.#hints = hints;
    this.#freshHint = true;
  }

  #skip(at: SourceRef): void {
    if (this.#skipped === 0) this.#firstSkipped = at.line;
    this.#skipped++;
  }

  #report(code: DiagnosticCode, at: SourceRef, args: Diagnostic['args'], length: number): void {
    const line = length > 0 ? (this.#source.lines[at.line - 1] ?? null) : null;
    this.#diagnostics.push(diagnostic(code, at, args, line, length));
  }

  #takeHint(): Hint | null {
    const [first = null, ...rest] = this.#hints;
    this.#hints = rest;
    this.#freshHint = false;
    return first;
  }

  #begin<T extends OpenList | OpenCommands>(open: T): T {
    this.#close();
    this.#open = open;
    return open;
  }

  #close(): void {
    const open = this.#open;
    this.#open = null;
    if (open === null) return;
    if (open.form === 'list') {
      this.#blocks.push(open.close(this.#source));
      return;
    }
    if (open.form === 'save' && !open.committed) {
      this.#partial = true;
      this.#report('ruleset.no-commit', open.at, { table: open.table ?? '' }, 1);
    }
    this.#blocks.push(open.close(this.#source, this.#toolFamily));
  }
}

/** Takes `:CHAIN POLICY [p:b]`; false if the line is none. */
function declares(open: OpenCommands, text: string, at: SourceRef): boolean {
  const declared = declarationOf(text);
  if (declared === null) return false;
  const { name, policy, counters } = declared;
  open.statements.push({ heading: { name, policy, counters, references: null, at } });
  return true;
}

/** Where a line stands without its indentation. */
function columnOf(text: string, raw: string): number {
  return text.length === raw.length ? 1 : raw.indexOf(text) + 1;
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
