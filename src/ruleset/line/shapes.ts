/**
 * Tokens → the line's structure. nearley does it, once per shape: a parse depends on the types of the tokens
 * alone, and a rule set has a few dozen sequences of them, so a later line of a known shape costs a look-up
 * (nearley: about 90 µs a line). Law: the remembered shape is the grammar's, tested in shapes.test.ts.
 */
import nearley from 'nearley';
import { listLexer, type Token } from '../lexer.ts';
import listRule from '../list-rule.generated.ts';
import type { ListShape, SaveShape } from '../nodes.ts';
import saveRule from '../save-rule.generated.ts';
import { scanSaveLine } from '../scan-save.ts';

/** The tokens of a line and its structure; `shape` is the index of the first token that cannot be, if none. */
export interface Parsed<S> {
  readonly tokens: readonly Token[];
  readonly shape: S | null;
  /** Token at which the grammar gave up; null if the line was read, or ended too early. */
  readonly refused: Token | null;
}

/** Start symbols of list-rule.ne. */
export type ListStart = 'plain' | 'numberedPlain' | 'verbose' | 'numberedVerbose';

/** Longest line that is looked into, in UTF-16 units: iptables-restore takes 10,240 bytes. */
export const LONGEST_RULE = 16_384;

/** Shapes remembered per start symbol: a hostile file costs nearley's time, not our memory. */
const LIMIT = 4096;

type Outcome<S> = { readonly shape: S | null; readonly refused: number | null };

class ShapeReader<S> {
  readonly #tokensOf: (line: string) => readonly Token[];
  readonly #grammar: nearley.Grammar;
  readonly #known = new Map<string, Outcome<S>>();

  constructor(tokensOf: (line: string) => readonly Token[], rules: nearley.CompiledRules, start: string) {
    this.#tokensOf = tokensOf;
    this.#grammar = nearley.Grammar.fromCompiled({ ...rules, ParserStart: start });
  }

  read(line: string): Parsed<S> {
    const tokens = this.#tokensOf(line);
    let key = '';
    for (const { type } of tokens) key += `${type} `;
    let outcome = this.#known.get(key);
    if (outcome === undefined) {
      outcome = this.parse(line);
      if (this.#known.size < LIMIT) this.#known.set(key, outcome);
    }
    const { shape, refused } = outcome;
    return { tokens, shape, refused: refused === null ? null : (tokens[refused] ?? null) };
  }

  /** The grammar's own answer. @throws Error if the grammar is ambiguous, which is a defect of it. */
  parse(line: string): Outcome<S> {
    const parser = new nearley.Parser(this.#grammar);
    try {
      parser.feed(line);
    } catch (error) {
      return { shape: null, refused: refusedToken(error) };
    }
    const results: readonly S[] = parser.results;
    if (results.length > 1) throw new Error(`ambiguous grammar: ${results.length} parses of ${line}`);
    return { shape: results[0] ?? null, refused: null };
  }
}

function refusedToken(error: unknown): number {
  const token = error instanceof Error && 'token' in error ? error.token : null;
  const index = typeof token === 'object' && token !== null && 'index' in token ? token.index : null;
  return typeof index === 'number' ? index : 0;
}

const save = new ShapeReader<SaveShape>(scanSaveLine, saveRule, 'rule');
const listTokens = (line: string): readonly Token[] => listLexer.tokens(line);
const list = {
  plain: new ShapeReader<ListShape>(listTokens, listRule, 'plain'),
  numberedPlain: new ShapeReader<ListShape>(listTokens, listRule, 'numberedPlain'),
  verbose: new ShapeReader<ListShape>(listTokens, listRule, 'verbose'),
  numberedVerbose: new ShapeReader<ListShape>(listTokens, listRule, 'numberedVerbose'),
} satisfies Record<ListStart, ShapeReader<ListShape>>;

export function parseSaveShape(line: string): Parsed<SaveShape> {
  return save.read(line);
}

export function parseListShape(line: string, start: ListStart): Parsed<ListShape> {
  return list[start].read(line);
}

/** Without memory: what the grammar itself says, for the law's test. */
export function grammarShape(line: string, start: ListStart | 'rule'): SaveShape | ListShape | null {
  return start === 'rule' ? save.parse(line).shape : list[start].parse(line).shape;
}
