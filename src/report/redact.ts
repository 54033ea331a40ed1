/**
 * Records of an analysis → the same records with pseudonyms for addresses, link addresses and hosts, so that
 * every format is redacted alike. A host's name may stand in any text: all hosts are to be met before the
 * first record is passed on.
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
  'ending',
  'settledBy',
  'mode',
  'fate',
  'changed',
]);
/** The same of a key that has texts of the input elsewhere. */
const REASONS: ReadonlySet<string> = new Set([
  'rules',
  'chance',
  'state',
  'lost',
  'extension',
  'chain',
  'value',
]);

export class Redaction {
  private readonly pseudonyms = new Pseudonyms();
  private readonly known = new WeakMap<object, unknown>();

  /** Learns a host's name. */
  host(name: string): void {
    this.pseudonyms.host(name);
  }

  /** Learns the host that the envelope of a line names. */
  line(text: string): void {
    this.pseudonyms.envelope(text);
  }

  /** Learns the hosts of a record: those of lines that could not be read, too. */
  meet(record: AnalysisRecord): void {
    if (record.type === 'walk' && record.walk.host !== null) this.host(record.walk.host);
    else if (record.type === 'diagnostic' && record.diagnostic.excerpt !== null)
      this.line(record.diagnostic.excerpt.text);
  }

  /** Text of the person or of a file's name. */
  text(raw: string): string {
    return this.pseudonyms.text(raw);
  }

  input(file: InputFile): InputFile {
    return { ...file, file: this.text(file.file) };
  }

  record(record: AnalysisRecord): AnalysisRecord {
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

  diagnostic(diagnostic: Diagnostic): Diagnostic {
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
    const redacted = this.text(whole);
    if (redacted === text) return excerpt;
    const before = this.text(whole.slice(0, column - 1));
    const marked = this.text(whole.slice(column - 1, column - 1 + length));
    if (!redacted.startsWith(before + marked))
      return { text: redacted, column: Math.min(before.length, redacted.length) + 1, length: 1 };
    return { text: redacted, column: before.length + 1, length: Math.max(1, marked.length) };
  }

  /** A copy with every text replaced; what was shared is shared again. */
  copy<T>(value: T): T {
    return this.copied(value, '') as T;
  }

  private copied(value: unknown, key: string): unknown {
    if (typeof value === 'string') return this.word(value, key);
    if (typeof value !== 'object' || value === null) return value;
    const known = this.known.get(value);
    if (known !== undefined) return known;
    const made = this.copiedObject(value, key);
    this.known.set(value, made);
    return made;
  }

  private word(value: string, key: string): string {
    if (OURS.has(key) || (key === 'why' && REASONS.has(value))) return value;
    return key === 'host' ? this.pseudonyms.host(value) : this.text(value);
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

/** Without what may be a part of an address or a name at an edge where the piece was cut. */
function cutEdges(text: string, cutBefore: boolean): string {
  const dots = (part: string): string => '…'.padEnd(part.length, '…');
  const start = cutBefore ? text.replace(/^[\p{L}\p{N}_.:-]+/u, dots) : text;
  return text.length < LONGEST ? start : start.replace(/[\p{L}\p{N}_.:-]+$/u, dots);
}
