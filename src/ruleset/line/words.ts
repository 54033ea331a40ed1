/**
 * A reading place in a save line whose words are parted by one blank each: words, options and quoted text as the
 * grammar's lexer sees them (lexer.ts). Whatever it would have to think about, it refuses.
 */
import { quotedEnd } from '../scan-save.ts';
import { unquote } from './quote.ts';

const BLANK = 0x20;
const DASH = 0x2d;
const BANG = 0x21;
const QUOTE = 0x22;
/** Blanks that part words as a blank does, and are never printed outside quotes. */
const OTHER_BLANK = /[\t\r\n]/;

export class Words {
  line = '';
  /** Where the next word begins, in UTF-16 units; beyond the line's end where none does. */
  at = 0;

  /** Goes to the start of a line; false if its words are parted by other than blanks. */
  open(line: string): boolean {
    this.line = line;
    this.at = 0;
    return !OTHER_BLANK.test(line);
  }

  atEnd(): boolean {
    return this.at > this.line.length;
  }

  /** Takes this text, if it is next. */
  skip(text: string): boolean {
    if (!this.line.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  /** Takes `-f`, if it is next, and the blank behind it. */
  flag(text: string): boolean {
    const end = this.at + text.length;
    if (!this.line.startsWith(text, this.at) || !this.#endsAt(end)) return false;
    this.at = end + 1;
    return true;
  }

  /** Takes a word and the blank behind it, and gives it without quotes; null where an option or nothing stands. */
  word(): string | null {
    const start = this.at;
    const first = this.line.charCodeAt(start);
    if (first === DASH || first === BANG || start >= this.line.length) return null;
    const end = this.#wordEnd(start);
    if (end === null || end === start) return null;
    this.at = end + 1;
    return unquote(this.line.slice(start, end));
  }

  /** Takes `--name`; null if no long option is next. */
  option(): string | null {
    const start = this.at + 2;
    const end = this.line.startsWith('--', this.at) ? this.#wordEnd(start) : null;
    if (end === null) return null;
    this.at = end + 1;
    return this.line.slice(start, end);
  }

  /** Takes all up to the next option of one letter; null if a quote is in the way. */
  piece(): string | null {
    const { line, at: start } = this;
    let at = start;
    while (at < line.length && (line.charCodeAt(at) !== DASH || line.charCodeAt(at + 1) === DASH)) {
      const end = this.#wordEnd(at);
      if (end === null) return null;
      at = end + 1;
    }
    this.at = at;
    return line.slice(start, at - 1);
  }

  /** Where the word that begins here ends; null for one in quotes that do not close at its end. */
  #wordEnd(start: number): number | null {
    if (this.line.charCodeAt(start) === QUOTE) {
      const end = quotedEnd(this.line, start);
      return end > 0 && this.#endsAt(end) ? end : null;
    }
    const end = this.line.indexOf(' ', start);
    return end < 0 ? this.line.length : end;
  }

  #endsAt(end: number): boolean {
    return end >= this.line.length || this.line.charCodeAt(end) === BLANK;
  }
}
