/**
 * Input made by grammar: sentences derived from the nearley grammars of the product (words of a kind as real lines
 * have them), and real lines of other formats with every value replaced by one of the same shape.
 */
import type { Dice } from '../kernel/generate/dice.ts';

/** What a compiled nearley grammar gives to derive from. */
export interface CompiledGrammar {
  readonly ParserRules: readonly { readonly name: string; readonly symbols: readonly unknown[] }[];
}

interface Token {
  readonly type?: string | undefined;
  readonly text: string;
}

/** Derives sentences of a grammar. */
export class Deriver {
  readonly #rules = new Map<string, (readonly unknown[])[]>();
  readonly #words = new Map<string, string[]>();
  readonly #between: string;

  /**
   * @param tokens as the grammar's lexer finds them in real lines
   * @param between what stands between two tokens
   */
  constructor(grammar: CompiledGrammar, tokens: Iterable<Token>, between: string) {
    this.#between = between;
    for (const { name, symbols } of grammar.ParserRules) {
      this.#rules.set(name, [...(this.#rules.get(name) ?? []), symbols]);
    }
    for (const { type = '', text } of tokens) {
      const words = this.#words.get(type);
      if (words === undefined) this.#words.set(type, [text]);
      else if (words.length < 2000) words.push(text);
    }
  }

  derive(start: string, dice: Dice): string {
    const words: string[] = [];
    this.#expand(start, dice, 0, words);
    return words.join(this.#between);
  }

  #expand(symbol: unknown, dice: Dice, depth: number, words: string[]): void {
    if (typeof symbol === 'string') {
      const rules = this.#rules.get(symbol) ?? [[]];
      // Deep down the shortest way out is taken, so that every derivation ends.
      const few = Math.min(...rules.map(({ length }) => length));
      const choices = depth > 40 ? rules.filter(({ length }) => length === few) : rules;
      for (const part of dice.pick(choices)) this.#expand(part, dice, depth + 1, words);
    } else if (symbol instanceof RegExp) words.push('x');
    else if (typeof symbol === 'object' && symbol !== null) {
      if ('literal' in symbol) words.push(String(symbol.literal));
      else if ('type' in symbol) words.push(dice.pick(this.#words.get(String(symbol.type)) ?? ['?']));
    }
  }
}

const address4 = (dice: Dice): string =>
  [0, 0, 0, 0].map(() => dice.pick([0, 1, 10, 127, 192, 224, 255, dice.below(256)])).join('.');
const address6 = (dice: Dice): string =>
  dice.pick([
    '::',
    '::1',
    'fe80::1',
    'ff02::1',
    `fd00::${dice.below(65_536).toString(16)}`,
    '::ffff:10.0.0.1',
  ]);

/** Shape → a value of that shape. The first shape that fits a piece of text counts. */
const SHAPES: readonly (readonly [RegExp, (dice: Dice, found: string) => string])[] = [
  [/\d+\.\d+\.\d+\.\d+/, address4],
  [/[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}/, address6],
  [
    /0x[0-9a-f]+/,
    (dice) => `0x${dice.pick([0, 1, 0xff, 2 ** 31, 2 ** 32 - 1, dice.below(2 ** 20)]).toString(16)}`,
  ],
  [
    /\d+/,
    (dice, found) => String(dice.pick([0, 1, 2, 32, 64, 128, 255, 65_535, 2 ** 32 - 1, Number(found) || 0])),
  ],
];
const ANY_SHAPE = new RegExp(SHAPES.map(([shape]) => `(${shape.source})`).join('|'), 'g');

/** A real line with values of the same shape in place of its own, some of its words left out or doubled. */
export function reshape(line: string, dice: Dice): string {
  const words = line
    .split(' ')
    .flatMap((word) => (dice.chance(0.97) ? [word] : dice.chance(0.5) ? [] : [word, word]));
  return words.join(' ').replace(ANY_SHAPE, (found, ...groups: unknown[]) => {
    if (dice.chance(0.6)) return found;
    const which = SHAPES.findIndex((_, i) => groups[i] !== undefined);
    return SHAPES[which]?.[1](dice, found) ?? found;
  });
}

const SCALARS: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e300,
    2 ** 53,
    '',
    ' ',
    '0',
    'x',
    '10.0.0.1',
    '::1',
    '\0',
    '\ud800',
    [],
    {},
  ],
  ...[
    '__proto__',
    'main',
    'local',
    'lookup',
    'unicast',
    ['10.0.0.1'],
    [[]],
    [null],
    { type: 'x' },
    '0x10/0x10',
  ],
];

/** A JSON value with some of its parts replaced, left out, doubled or wrapped. */
export function reshapeJson(value: unknown, dice: Dice, depth = 0): unknown {
  if (dice.chance(0.03)) return dice.pick(SCALARS);
  if (dice.chance(0.005)) return [value];
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return items
      .flatMap((item) => (dice.chance(0.95) ? [item] : dice.chance(0.5) ? [] : [item, item]))
      .map((item) => reshapeJson(item, dice, depth + 1));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(() => dice.chance(0.97))
        .map(([key, item]) => [dice.chance(0.02) ? '__proto__' : key, reshapeJson(item, dice, depth + 1)]),
    );
  }
  return typeof value === 'string' ? reshape(value, dice) : value;
}
