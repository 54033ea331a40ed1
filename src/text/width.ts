/**
 * How many terminal columns a text takes, and cutting, padding and wrapping by that measure. Takes text
 * that is already visible (escape.ts): no control characters, no colour.
 */
import stringWidth from 'string-width';

/**
 * Text of one column a character: ASCII, Latin, Greek, Cyrillic, and the arrows, dashes and marks that we print
 * ourselves. string-width takes 30 ms for its first answer (the table of all emoji), which most runs never need.
 */
const NARROW =
  /^[\x20-\x7e\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u2010-\u2027\u2190-\u21ff\u2500-\u257f\u25b6\u2713\u2717]*$/;

/** Columns that the text takes. */
export function displayWidth(text: string): number {
  return NARROW.test(text) ? text.length : stringWidth(text);
}

/** The text with blanks behind it up to `width` columns. */
export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** The longest beginning of the text that takes at most `width` columns. */
export function cutTo(text: string, width: number): string {
  if (NARROW.test(text)) return text.slice(0, Math.max(0, width));
  let taken = 0;
  let result = '';
  for (const character of text) {
    const columns = stringWidth(character);
    if (taken + columns > width) break;
    taken += columns;
    result += character;
  }
  return result;
}

/** The text, or its beginning and `…` if it takes more than `width` columns. */
export function shorten(text: string, width: number): string {
  return displayWidth(text) <= width ? text : `${cutTo(text, width - 1)}…`;
}

/** A piece of a line; `value` travels with it (a tone, say). */
export interface Piece<T> {
  readonly text: string;
  readonly value: T;
}

/**
 * Breaks a line into lines of at most `width` columns, at blanks where there are any, inside a word
 * where it is longer than a line. The first line has `first` columns. Infinite widths break nothing.
 */
export function wrapPieces<T>(
  pieces: readonly Piece<T>[],
  width: number,
  first: number = width,
): readonly (readonly Piece<T>[])[] {
  if (pieces.reduce((sum, piece) => sum + displayWidth(piece.text), 0) <= first) return [pieces];
  const lines: Piece<T>[][] = [];
  let line: Piece<T>[] = [];
  let room = Math.max(1, first);
  let used = 0;
  const next = (): void => {
    lines.push(withoutEnd(line));
    line = [];
    room = Math.max(1, width);
    used = 0;
  };
  const put = (text: string, value: T): void => {
    if (text === '') return;
    const last = line.at(-1);
    if (last !== undefined && last.value === value) line[line.length - 1] = { text: last.text + text, value };
    else line.push({ text, value });
    used += displayWidth(text);
  };
  for (const word of wordsOf(pieces)) {
    const columns = word.reduce((sum, piece) => sum + displayWidth(piece.text), 0);
    const blank = word.every((piece) => piece.text.trim() === '');
    if (used + columns > room && used > 0) {
      next();
      if (blank) continue;
    }
    for (const piece of word) {
      let rest = piece.text;
      while (used + displayWidth(rest) > room) {
        const part = cutTo(rest, room - used);
        // A wide character in a one-column room would never fit.
        const taken = part === '' && used === 0 ? (rest.match(/^./su)?.[0] ?? rest) : part;
        put(taken, piece.value);
        rest = rest.slice(taken.length);
        if (rest === '') break;
        next();
      }
      put(rest, piece.value);
    }
  }
  if (line.length > 0 || lines.length === 0) lines.push(line);
  return lines;
}

/** The line without blanks at its end, which a break makes pointless. */
function withoutEnd<T>(line: readonly Piece<T>[]): Piece<T>[] {
  const rest = [...line];
  for (let last = rest.pop(); last !== undefined; last = rest.pop()) {
    const text = last.text.replace(/ +$/, '');
    if (text === '') continue;
    rest.push({ text, value: last.value });
    break;
  }
  return rest;
}

/** Words and the blanks between them, each as the pieces that it is made of. */
function* wordsOf<T>(pieces: readonly Piece<T>[]): Generator<readonly Piece<T>[]> {
  let word: Piece<T>[] = [];
  let blank = false;
  for (const piece of pieces) {
    for (const [part] of piece.text.matchAll(/ +|[^ ]+/g)) {
      const isBlank = part.startsWith(' ');
      if (word.length > 0 && isBlank !== blank) {
        yield word;
        word = [];
      }
      blank = isBlank;
      word.push({ text: part, value: piece.value });
    }
  }
  if (word.length > 0) yield word;
}
