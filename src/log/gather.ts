/**
 * Records that are more than a line of text: journalctl's json, json-sse, json-pretty, export and verbose, and
 * `dmesg -J`. Lines go in, whole records come out; what does not belong to one is left to the caller. A record
 * that was begun and not ended (the file was cut, another form follows) comes out as far as it came.
 */
import { type Fields, MESSAGE_FIELDS } from './record.ts';

export interface Gathered {
  readonly fields: Fields;
  /** Line that holds the message, or else the record's first. */
  readonly line: number;
  /** Index in that line where the message begins. */
  readonly column: number;
}

/** What a line was: nothing of these forms, a part of a record, or the last part of one. */
export type Taken = 'no' | 'part' | Gathered;

type Form = 'none' | 'json' | 'export' | 'verbose' | 'sse';

/** `{`, `},{`, `]` and the like, alone on a line. */
const FRAME = /^\s*[[\]{},]+\s*$/;
/** `"KEY" : VALUE` of json-pretty and `dmesg -J`. */
const MEMBER = /^\s*"([^"\\]+)"\s*:\s*(.*)$/;
const EXPORT = /^([A-Z_][A-Z0-9_]*)=(.*)$/;
/** Fields with which an export entry may begin where the file's beginning is cut off. */
const JOURNAL_FIELD = /^(?:__[A-Z_]+|_[A-Z][A-Z_]+|MESSAGE|PRIORITY|SYSLOG_[A-Z]+)=/;
const VERBOSE = /^\s{2,}([A-Z_][A-Z0-9_]*)=(.*)$/;
const EXPORT_LENGTH = 8;
/** Below the U+FFFD that stands for a byte which is no UTF-8. */
const BELIEVABLE_LENGTH = 0xfffd;

export class Gatherer {
  private form: Form = 'none';
  private fields = new Map<string, unknown>();
  private line = 0;
  private column = 0;
  /** A value that goes on over several lines: its key and what it has so far. */
  private open: { readonly key: string; readonly line: number; value: string } | null = null;

  /** Whether the next line may belong to a record that is being gathered. */
  get active(): boolean {
    return this.form !== 'none';
  }

  /** Ends the record that is being gathered, if there is one. */
  flush(): Gathered | null {
    const gathered =
      this.fields.size === 0 ? null : { fields: this.fields, line: this.line, column: this.column };
    this.form = 'none';
    this.fields = new Map();
    this.open = null;
    return gathered;
  }

  /** A verbose record begins: its header line was read as an envelope. */
  beginVerbose(number: number): void {
    this.form = 'verbose';
    this.line = number;
  }

  /** Takes a line that may begin a record. */
  begin(line: string, number: number): Taken {
    const sse = line.startsWith('data: {');
    if (sse || line.startsWith('{"')) {
      const whole = this.whole(sse ? line.slice('data: '.length) : line, line, number);
      if (whole !== 'no' && sse) this.form = 'sse';
      return whole;
    }
    if (FRAME.test(line) || /^\s+"\w+"\s*:/.test(line)) {
      this.form = 'json';
      this.line = number;
      return this.takeJson(line, number);
    }
    if (JOURNAL_FIELD.test(line)) {
      this.form = 'export';
      this.line = number;
      return this.takeExport(line, number);
    }
    return 'no';
  }

  /** Takes a line while a record is being gathered. `no`: call `flush`, then read the line by itself. */
  take(line: string, number: number): Taken {
    switch (this.form) {
      case 'sse':
        this.form = 'none';
        return line === '' ? 'part' : 'no';
      case 'json':
        return this.takeJson(line, number);
      case 'export':
        return this.takeExport(line, number);
      case 'verbose':
        return this.takeVerbose(line, number);
      default:
        return 'no';
    }
  }

  /** A record on one line. */
  private whole(json: string, line: string, number: number): Taken {
    const value = parseJson(json);
    if (typeof value !== 'object' || value === null) return 'no';
    const fields = new Map<string, unknown>(Object.entries(value));
    const key = MESSAGE_FIELDS.find((name) => fields.has(name));
    const member = key === undefined ? null : new RegExp(`"${key}"\\s*:\\s*"?`).exec(line);
    return { fields, line: number, column: member === null ? 0 : member.index + member[0].length };
  }

  private takeJson(line: string, number: number): Taken {
    if (this.open !== null) return this.goOn(line);
    const member = MEMBER.exec(line);
    if (member === null) {
      if (!FRAME.test(line)) return 'no';
      if (!line.includes('}') || this.fields.size === 0) return 'part';
      const gathered = this.flush();
      this.form = 'json';
      return gathered ?? 'part';
    }
    const [whole, key = '', rest = ''] = member;
    const value = rest.trimEnd();
    if (/^\[\s*\{?$/.test(value) && !MESSAGE_FIELDS.includes(key)) return 'part';
    if (value.startsWith('[') && !value.includes(']')) this.open = { key, line: number, value };
    else {
      const written = value.replace(/,$/, '');
      this.set(key, parseJson(written) ?? written, number, whole.indexOf(value) + 1);
    }
    return 'part';
  }

  /** A list of bytes over several lines. */
  private goOn(line: string): Taken {
    if (this.open === null || /[^\d,\s\]]/.test(line)) return 'no';
    this.open.value += line;
    if (!line.includes(']')) return 'part';
    const { key, value, line: number } = this.open;
    this.open = null;
    this.set(key, parseJson(value.replace(/,\s*$/, '')), number, 0);
    return 'part';
  }

  private takeExport(line: string, number: number): Taken {
    if (this.open !== null) return this.takeBinary(line, number);
    if (line === '') return this.flush() ?? 'part';
    const member = EXPORT.exec(line);
    if (member !== null) {
      const [, key = '', value = ''] = member;
      this.set(key, value, number, key.length + 1);
      return 'part';
    }
    if (!/^[A-Z_][A-Z0-9_]*$/.test(line)) return 'no';
    this.open = { key: line, line: number, value: '' };
    return 'part';
  }

  /** After a key alone: eight bytes of length, the value, a newline. Length and value may hold newlines. */
  private takeBinary(line: string, number: number): Taken {
    if (this.open === null) return 'no';
    const value = this.open.value + line;
    const text = value.slice(EXPORT_LENGTH);
    if (value.length < EXPORT_LENGTH || byteLength(text) < binaryLength(value)) {
      this.open.value = `${value}\n`;
      return 'part';
    }
    this.set(this.open.key, text, number, EXPORT_LENGTH);
    this.open = null;
    return 'part';
  }

  private takeVerbose(line: string, number: number): Taken {
    const member = VERBOSE.exec(line);
    if (member === null) return 'no';
    const [whole, key = '', value = ''] = member;
    this.set(key, value, number, whole.length - value.length);
    return 'part';
  }

  private set(key: string, value: unknown, number: number, column: number): void {
    this.fields.set(key, value);
    if (!MESSAGE_FIELDS.includes(key)) return;
    this.line = number;
    this.column = column;
  }
}

/** The length that an export value states, little-endian; 0 if its bytes were no UTF-8, or it is beyond belief. */
function binaryLength(value: string): number {
  let length = 0;
  for (let i = EXPORT_LENGTH - 1; i >= 0; i--) length = length * 256 + value.charCodeAt(i);
  return length < BELIEVABLE_LENGTH ? length : 0;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** @returns undefined for what is no JSON */
function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
