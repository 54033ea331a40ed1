/**
 * What the grammars' rules make: the structure of a line as the places of its tokens (`Token.index`), never
 * their text. So lines of one shape share one value, whatever they say (line/shapes.ts).
 */
import type { Token } from './lexer.ts';

/** One option of a save line. */
export interface OptionShape {
  /** A `!` before the option, or (old) before its word. */
  readonly not: boolean;
  readonly option: number;
  readonly words: readonly number[];
}

/** A save line. */
export interface SaveShape {
  /** The `[p:b]` in front. */
  readonly counters: number | null;
  readonly options: readonly OptionShape[];
}

const COLUMNS = [
  'number',
  'packets',
  'bytes',
  'target',
  'protocol',
  'opt',
  'in',
  'out',
  'source',
  'destination',
  'goto',
] as const;
type Column = (typeof COLUMNS)[number];

/** A listing's row: the token of each column that it has. */
export type ListShape = { readonly [C in Column]?: number };

/** Gives a post-processor the type of its rule: nearley hands over `any[]`. */
function post<D extends readonly unknown[], R>(make: (data: D) => R): (data: unknown[]) => R {
  return (data) => make(data as unknown as D);
}

export const counted = post(([token]: [Token]) => token.index);

export const firstOf = post(([, word]: [Token, Token]) => word);

export const optionOf = post(
  ([bang, option, negated, words]: [Token | null, Token, Token | null, Token[]]): OptionShape => ({
    not: (bang === null) !== (negated === null),
    option: option.index,
    words: (negated === null ? words : [negated, ...words]).map((word) => word.index),
  }),
);

export const rule = post(
  ([counters, options]: [number | null, OptionShape[]]): SaveShape => ({ counters, options }),
);

/** Names the columns that the first tokens of these words fill. */
export function column(...names: readonly Column[]): (data: unknown[]) => ListShape {
  return (data) => {
    const tokens = data.flat(Number.POSITIVE_INFINITY).filter(isToken).filter(isWord);
    return Object.fromEntries(names.map((name, i) => [name, tokens[i]?.index]));
  };
}

export function merged(data: unknown[]): ListShape {
  return Object.assign({}, ...data.flat(Number.POSITIVE_INFINITY).filter((part) => !isToken(part)));
}

export function nothing(): ListShape {
  return {};
}

function isToken(part: unknown): part is Token {
  return typeof part === 'object' && part !== null && 'index' in part;
}

function isWord(token: Token): boolean {
  return token.type !== 'one' && token.type !== 'wide';
}
