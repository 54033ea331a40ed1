/**
 * A reading place in what follows the destination of a listing's row. Extensions take what they recognise
 * word by word; blanks between words do not count, but nothing is skipped: whoever fails is set back.
 */
import type { Family } from '../../model/address.ts';

export class Tail {
  readonly text: string;
  readonly family: Family;
  /** UTF-16 units from the start of `text`. */
  at: number;
  /** A value that did not parse was met: the condition is known, what it asks is not. */
  faulty = false;

  constructor(text: string, at: number, family: Family) {
    this.text = text;
    this.at = at;
    this.family = family;
  }

  /** Takes what the pattern (sticky) matches right here, blanks before it included. */
  take(pattern: RegExp): RegExpExecArray | null {
    const start = this.skipBlanks(this.at);
    pattern.lastIndex = start;
    const found = pattern.exec(this.text);
    if (found !== null) this.at = pattern.lastIndex;
    return found;
  }

  /** Takes one literal word. */
  word(literal: string): boolean {
    const start = this.skipBlanks(this.at);
    const end = start + literal.length;
    if (!this.text.startsWith(literal, start) || !isBoundary(this.text, end)) return false;
    this.at = end;
    return true;
  }

  /** A value that must parse; if it does not, the whole condition becomes unknown. */
  value<T>(value: T | null, instead: T): T {
    if (value === null) this.faulty = true;
    return value ?? instead;
  }

  atEnd(): boolean {
    return this.skipBlanks(this.at) >= this.text.length;
  }

  skipBlanks(from: number): number {
    let at = from;
    while (at < this.text.length && isBlank(this.text.charCodeAt(at))) at++;
    return at;
  }
}

/** Blank, tab, line end. */
function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

function isBoundary(text: string, at: number): boolean {
  return at >= text.length || isBlank(text.charCodeAt(at));
}
