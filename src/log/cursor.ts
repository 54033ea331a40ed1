/**
 * A place in a text of blank-separated words, and the few kinds of word that the kernel prints. Every word
 * ends with one blank, which is eaten with it; on a refusal the cursor stays at the word's beginning.
 * Numbers are as printf's %u and %x give them: no leading zeros in decimal, no sign.
 */
export const SPACE = 32;
const ZERO = 48;

/** Value of a hex digit's character code, or -1. */
function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 97 && code <= 102) return code - 87;
  if (code >= 65 && code <= 70) return code - 55;
  return -1;
}

export class Cursor {
  text = '';
  at = 0;

  /** Eats exactly this text. */
  eat(text: string): boolean {
    if (!this.text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  /** Eats `key`, a decimal number of at most `max`, and a blank. @returns -1 if they are not there. */
  decimal(key: string, max: number): number {
    const { text } = this;
    if (!text.startsWith(key, this.at)) return -1;
    const from = this.at + key.length;
    let at = from;
    let value = 0;
    let code = text.charCodeAt(at);
    while (code >= 48 && code <= 57) {
      value = value * 10 + code - ZERO;
      if (value > max) return -1;
      code = text.charCodeAt(++at);
    }
    if (at === from || code !== SPACE) return -1;
    if (at - from > 1 && text.charCodeAt(from) === ZERO) return -1;
    this.at = at + 1;
    return value;
  }

  /** Eats `key`, between `min` and `max` hex digits, and a blank. @returns -1 if they are not there. */
  hex(key: string, min: number, max: number): number {
    const { text } = this;
    if (!text.startsWith(key, this.at)) return -1;
    const from = this.at + key.length;
    let at = from;
    let value = 0;
    let digit = hexDigit(text.charCodeAt(at));
    while (digit >= 0) {
      value = value * 16 + digit;
      digit = hexDigit(text.charCodeAt(++at));
    }
    if (at - from < min || at - from > max || text.charCodeAt(at) !== SPACE) return -1;
    this.at = at + 1;
    return value;
  }

  /** Eats `key` and what follows it up to a blank, which may be nothing. @returns null if they are not there. */
  word(key: string): string | null {
    if (!this.text.startsWith(key, this.at)) return null;
    const from = this.at + key.length;
    const to = this.text.indexOf(' ', from);
    if (to < 0) return null;
    this.at = to + 1;
    return this.text.slice(from, to);
  }
}
