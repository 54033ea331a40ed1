/**
 * The reference reading of a message: nearley over grammar/trace-line.ne. Slow (tens of microseconds a line): it
 * defines what the scanner does, and explains the lines that the scanner refuses.
 */
import nearley from 'nearley';
import type { Message } from './trace.ts';
import grammar from './trace-line.generated.ts';
import { isWordName, WORDS } from './words.ts';

/** Where a message stops being one. */
export interface Refusal {
  /** Index in the text; its length if the text ends too early. */
  readonly offset: number;
  /** What may stand there, in words: `DST= and an address`. */
  readonly expected: readonly string[];
}

let compiled: nearley.Grammar | null = null;

/**
 * Reads a message with exactly one blank at its end.
 * @returns all readings: one if it is a message; more would be a defect of the grammar
 */
export function parseMessage(text: string): readonly Message[] | Refusal {
  compiled ??= nearley.Grammar.fromCompiled(grammar);
  const parser = new nearley.Parser(compiled);
  try {
    parser.feed(text);
  } catch (error) {
    return { offset: offsetOf(error) ?? text.length, expected: expectedBy(parser) };
  }
  const results: readonly (Message | null)[] = parser.results;
  const readings = results.filter((reading) => reading !== null);
  return readings.length > 0 ? readings : { offset: text.length, expected: expectedBy(parser) };
}

function offsetOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('token' in error)) return null;
  const { token } = error;
  return typeof token === 'object' && token !== null && 'offset' in token && typeof token.offset === 'number'
    ? token.offset
    : null;
}

/** What the grammar could have taken next, each described once. */
function expectedBy(parser: nearley.Parser): string[] {
  const scannable: unknown = parser.save()['scannable'];
  if (!Array.isArray(scannable)) return [];
  const described = scannable.map((state) => describe(state?.rule?.symbols?.[state.dot]));
  return [...new Set(described.filter((text) => text !== null))].sort();
}

/** Words of the lexer that are not in the table. */
const OTHERS: Readonly<Record<string, string>> = {
  blank: 'a blank',
  open: '[',
  close: ']',
  trace: 'TRACE:',
  openOption: 'OPT (',
  closeOption: ')',
  ah: 'AH',
  esp: 'ESP',
};

/** Why a text is no message, for a person. */
export function explain(text: string): { readonly offset: number; readonly expected: string } {
  const result = parseMessage(text);
  if (!('offset' in result)) return { offset: text.length, expected: '' };
  return { offset: result.offset, expected: listed(result.expected) };
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function describe(symbol: { type?: string; literal?: string } | undefined): string | null {
  if (symbol === undefined) return null;
  if (isWordName(symbol.type)) return WORDS[symbol.type].described;
  if (symbol.literal !== undefined) return describeLiteral(symbol.literal);
  return symbol.type === undefined ? null : (OTHERS[symbol.type] ?? null);
}

/** `PROTO=TCP` and `TYPE=8` are choices of the grammar; a person is told the key once. */
function describeLiteral(literal: string): string {
  if (literal.startsWith('PROTO=')) return WORDS.protocol.described;
  if (literal.startsWith('TYPE=')) return WORDS.type.described;
  if (literal.startsWith('CODE=')) return WORDS.code.described;
  return new RegExp(`^${WORDS.tcpFlag.value}$`).test(literal) ? WORDS.tcpFlag.described : literal;
}
