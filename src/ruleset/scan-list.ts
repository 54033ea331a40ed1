/**
 * A row of `iptables -L -v` → its columns, by hand: the same that the grammar finds (list-rule.ne), at a fraction of its
 * lexer's cost. Takes the rows that show the option column and part words by blanks alone, as nearly all do; leaves
 * the others to the grammar. Law: equal columns for every row that it takes.
 */
import { isListedAddress, type Token } from './lexer.ts';
import type { ListShape } from './nodes.ts';

/** The words of a row's columns, and which column each fills. */
export interface ScannedRow {
  readonly tokens: readonly Token[];
  readonly shape: ListShape;
}

/** number, packets, bytes, target, protocol, opt, in, out, source, destination, `[goto]`. */
const COLUMNS = 11;
const COUNT = /^[0-9]+[KMGT]?$/;
const OTHER_BLANK = /[\t\r\n]/;

/** Null: not a row of this kind. */
export function scanListRow(line: string, numbered: boolean): ScannedRow | null {
  if (OTHER_BLANK.test(line)) return null;
  const tokens = wordsOf(line);
  // A long protocol's name stood against the option column once: `udplite--`.
  if (tokens.some(({ text }) => text.length > 2 && text.endsWith('--'))) return null;
  const first = numbered ? 1 : 0;
  for (let i = 0; i < first + 2; i++) if (!COUNT.test(tokens[i]?.text ?? '')) return null;
  const hasTarget = !isOption(tokens[first + 3]);
  if (hasTarget && !isOption(tokens[first + 4])) return null;
  const protocol = first + (hasTarget ? 3 : 2);
  if (!isWord(tokens[protocol]) || (hasTarget && !isWord(tokens[first + 2]))) return null;
  const [source, destination, last] = [tokens[protocol + 4], tokens[protocol + 5], tokens[protocol + 6]];
  if (!isHost(source) || !isHost(destination)) return null;
  const shape = SHAPES[(numbered ? 4 : 0) + (hasTarget ? 2 : 0) + (last?.text === '[goto]' ? 1 : 0)];
  return shape === undefined ? null : { tokens, shape };
}

function wordsOf(line: string): Token[] {
  const words: Token[] = [];
  let at = 0;
  while (words.length < COLUMNS) {
    while (line.charCodeAt(at) === 0x20) at++;
    if (at >= line.length) break;
    const next = line.indexOf(' ', at);
    const end = next < 0 ? line.length : next;
    words.push({ type: 'name', text: line.slice(at, end), offset: at, index: words.length });
    at = end;
  }
  return words;
}

function isOption(token: Token | undefined): boolean {
  return token?.text === '--' || token?.text === '-f' || token?.text === '!f';
}

/** What a target or a protocol can be called. */
function isWord(token: Token | undefined): boolean {
  return token !== undefined && !isOption(token) && !isListedAddress(token.text);
}

function isHost(token: Token | undefined): boolean {
  return token !== undefined && !isOption(token) && token.text !== '[goto]';
}

/** By whether there is a number, a target, a goto. */
const SHAPES: readonly ListShape[] = Array.from({ length: 8 }, (_, bits): ListShape => {
  const number = bits & 4 ? 1 : 0;
  const target = bits & 2 ? 1 : 0;
  const protocol = number + 2 + target;
  return {
    ...(number ? { number: 0 } : {}),
    packets: number,
    bytes: number + 1,
    ...(target ? { target: number + 2 } : {}),
    protocol,
    opt: protocol + 1,
    in: protocol + 2,
    out: protocol + 3,
    source: protocol + 4,
    destination: protocol + 5,
    ...(bits & 1 ? { goto: protocol + 6 } : {}),
  };
});
