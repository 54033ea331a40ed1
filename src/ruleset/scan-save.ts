/**
 * A save line → tokens, by hand: the same as the grammar's own lexer gives (lexer.ts), at a fraction of its
 * cost, since large rule sets are a hundred thousand such lines. Law: equal for every line.
 */
import type { Token } from './lexer.ts';

const TEXT_OPTIONS = new Set([
  '--comment',
  '--log-prefix',
  '--nflog-prefix',
  '--ulog-prefix',
  '--helper',
  '--nfacct-name',
  '--string',
  '--hex-string',
  '--u32',
  '--bytecode',
  '--label',
  '--path',
  '--led-trigger-id',
]);

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BANG = 0x21;
const DASH = 0x2d;
const BRACKET = 0x5b;
const EQUALS = 0x3d;

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

/** Where the run that is no blank ends. */
function wordEnd(line: string, from: number): number {
  let at = from;
  while (at < line.length && !isBlank(line.charCodeAt(at))) at++;
  return at;
}

/** Behind the quote that closes the one at `from`; 0 if none does. */
export function quotedEnd(line: string, from: number): number {
  for (let at = from + 1; at < line.length; at++) {
    const code = line.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at++;
  }
  return 0;
}

/** Behind `[12:720]`; 0 if it is none. */
function countersEnd(line: string, from: number): number {
  let at = from + 1;
  const packets = at;
  while (isDigit(line.charCodeAt(at))) at++;
  if (at === packets || line[at] !== ':') return 0;
  const bytes = ++at;
  while (isDigit(line.charCodeAt(at))) at++;
  return at > bytes && line[at] === ']' ? at + 1 : 0;
}

/** Behind `--name`, `--name=` or `-x`; 0 if it is no option. */
function optionEnd(line: string, from: number): number {
  const code = line.charCodeAt(from + 1);
  if (code !== DASH) return isLetter(code) || code === 0x34 || code === 0x36 ? from + 2 : 0;
  let at = from + 2;
  if (!isLetter(line.charCodeAt(at)) && !isDigit(line.charCodeAt(at))) return 0;
  for (at++; at < line.length; at++) {
    const next = line.charCodeAt(at);
    if (!isLetter(next) && !isDigit(next) && next !== DASH && next !== 0x5f) break;
  }
  return line.charCodeAt(at) === EQUALS ? at + 1 : at;
}

/** The tokens of a line. */
export function scanSaveLine(line: string): readonly Token[] {
  const tokens: Token[] = [];
  /** An option stands before that takes whatever comes, be it `-j`, as its text. */
  let operand = false;
  for (let at = 0; at < line.length; ) {
    const code = line.charCodeAt(at);
    if (isBlank(code)) {
      at++;
      continue;
    }
    let type = 'word';
    let end = 0;
    if (code === BANG && at + 1 < line.length && isBlank(line.charCodeAt(at + 1))) {
      type = 'bang';
      end = at + 1;
    } else if (code === QUOTE) {
      end = quotedEnd(line, at);
      if (end === 0 && operand) {
        type = 'open';
        end = line.length;
      } else {
        operand = false;
      }
    } else if (operand) {
      operand = false;
    } else if (code === BRACKET && tokens.length === 0) {
      end = countersEnd(line, at);
      if (end > 0) type = 'counters';
    } else if (code === DASH) {
      end = optionEnd(line, at);
      if (end > 0) {
        type = 'option';
        const text = line.slice(at, end);
        operand =
          text.endsWith('=') ||
          (TEXT_OPTIONS.has(text) && end < line.length && isBlank(line.charCodeAt(end)));
      }
    }
    if (end === 0) end = wordEnd(line, at);
    tokens.push({ type, text: line.slice(at, end), offset: at, index: tokens.length });
    at = end;
  }
  return tokens;
}
