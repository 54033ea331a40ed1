/**
 * Records of an analysis → the same records with pseudonyms for addresses, link addresses and hosts, so that
 * every format is redacted alike. What comes before the first host is known waits until it is.
 */
import type { AnalysisRecord } from '../model/analysis.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { InputFile } from '../model/inputs.ts';
import { Pseudonyms } from './redact-text.ts';

/** Keys whose values are words of ours, never the input's. */
const OURS: ReadonlySet<string> = new Set([
  'kind',
  'code',
  'severity',
  'hook',
  'disposition',
  'status',
  'family',
  'type',
]);

export class Redaction {
  private readonly pseudonyms = new Pseudonyms();
  private readonly known = new WeakMap<object, unknown>();
  private held: AnalysisRecord[] | null = [];

  /** The records that can be passed on, in order. */
  push(record: AnalysisRecord): readonly AnalysisRecord[] {
    if (record.type === 'walk' && record.walk.host !== null) this.pseudonyms.host(record.walk.host);
    if (this.held === null) return [this.record(record)];
    this.held.push(record);
    if (record.type !== 'walk' && record.type !== 'summary') return [];
    const { held } = this;
    this.held = null;
    // Names that envelopes of refused lines give away, before any text is passed on.
    for (const each of held) if (each.type === 'diagnostic') this.excerpt(each.diagnostic);
    return held.map((each) => this.record(each));
  }

  /** Text of the person or of a file's name. */
  text(raw: string): string {
    return this.pseudonyms.text(raw);
  }

  input(file: InputFile): InputFile {
    return { ...file, file: this.text(file.file) };
  }

  private record(record: AnalysisRecord): AnalysisRecord {
    switch (record.type) {
      case 'summary':
        return record;
      case 'diagnostic':
        return { type: 'diagnostic', diagnostic: this.diagnostic(record.diagnostic) };
      case 'finding':
      case 'walk':
      case 'rules':
        return this.copy(record);
    }
  }

  private diagnostic(diagnostic: Diagnostic): Diagnostic {
    const excerpt = this.excerpt(diagnostic);
    const { at, args } = diagnostic;
    return { ...diagnostic, at: this.copy(at), args: this.copy(args), excerpt };
  }

  /** The caret keeps what it points at: text before, at and after it is redacted by itself. */
  private excerpt({ excerpt, at }: Diagnostic): Diagnostic['excerpt'] {
    if (excerpt === null) return null;
    const { text, column, length } = excerpt;
    // A piece cut out of a line may begin or end within an address.
    const whole = cutEdges(text, at.column > column);
    const redacted = this.pseudonyms.line(whole);
    if (redacted === text) return excerpt;
    const before = this.pseudonyms.line(whole.slice(0, column - 1));
    const marked = this.pseudonyms.text(whole.slice(column - 1, column - 1 + length));
    if (!redacted.startsWith(before + marked))
      return { text: redacted, column: Math.min(before.length, redacted.length) + 1, length: 1 };
    return { text: redacted, column: before.length + 1, length: Math.max(1, marked.length) };
  }

  /** A copy with every text replaced; what was shared is shared again. */
  private copy<T>(value: T): T {
    return this.copied(value, '') as T;
  }

  private copied(value: unknown, key: string): unknown {
    if (typeof value === 'string')
      return OURS.has(key) ? value : key === 'host' ? this.pseudonyms.host(value) : this.text(value);
    if (typeof value !== 'object' || value === null) return value;
    const known = this.known.get(value);
    if (known !== undefined) return known;
    const made = this.copiedObject(value, key);
    this.known.set(value, made);
    return made;
  }

  private copiedObject(value: object, key: string): unknown {
    if (Array.isArray(value)) return value.map((each) => this.copied(each, key));
    if (value instanceof Map) {
      return new Map([...value].map(([name, each]) => [this.copied(name, ''), this.copied(each, '')]));
    }
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, this.copied(each, name)]));
  }
}

const LONGEST = 160;

/** Without what may be a part of an address at an edge where the piece was cut. */
function cutEdges(text: string, cutBefore: boolean): string {
  const start = cutBefore ? text.replace(/^[0-9A-Fa-f.:]+/, (part) => '…'.padEnd(part.length, '…')) : text;
  return text.length < LONGEST
    ? start
    : start.replace(/[0-9A-Fa-f.:]+$/, (part) => '…'.padEnd(part.length, '…'));
}
