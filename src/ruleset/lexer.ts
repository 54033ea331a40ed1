/**
 * A rule line → tokens, for both grammars. Their types carry the structure, their text nothing yet: what a
 * word means is the extensions' matter (matches/, targets/). Every line lexes; a quote that never closes is
 * a token that no grammar takes.
 */
import moo from 'moo';
import { GLUED_PROTOCOLS } from './names/protocols.ts';

export interface Token {
  readonly type: string;
  readonly text: string;
  /** UTF-16 units from the start of the line. */
  readonly offset: number;
  /** Place among the tokens of its line: what the grammars' post-processors speak of. */
  readonly index: number;
}

/** As nearley wants it: `value` is the same as `text`. */
interface GrammarToken extends Token {
  readonly value: string;
}

/** A moo lexer that numbers its tokens and keeps silent about those that the grammar does not name. */
export class LineLexer {
  readonly #moo: moo.Lexer;
  readonly #skipped: string | null;
  readonly #limit: number;
  #index = 0;

  constructor(lexer: moo.Lexer, skipped: string | null, limit = Number.POSITIVE_INFINITY) {
    this.#moo = lexer;
    this.#skipped = skipped;
    this.#limit = limit;
  }

  reset(line: string): void {
    this.#moo.reset(line);
    this.#index = 0;
  }

  next(): GrammarToken | undefined {
    if (this.#index >= this.#limit) return undefined;
    for (let token = this.#moo.next(); token !== undefined; token = this.#moo.next()) {
      const { type = '', text, offset } = token;
      if (type !== this.#skipped) return { type, text, value: text, offset, index: this.#index++ };
    }
    return undefined;
  }

  /** All tokens of a line, up to the lexer's limit. */
  tokens(line: string): Token[] {
    this.reset(line);
    const all: Token[] = [];
    for (let token = this.next(); token !== undefined; token = this.next()) all.push(token);
    return all;
  }

  has(_type: string): boolean {
    return true;
  }

  /** nearley asks for these; neither parse is resumed, and its messages are never shown. */
  save(): Record<string, never> {
    return {};
  }

  formatError(): string {
    return '';
  }
}

const BLANK = { match: /[ \t\r\n]+/, lineBreaks: true };
/** Opens at `"`, ends at the next unescaped one: xshared.c, add_param_to_argv. May span lines. */
const QUOTED = { match: /"(?:[^"\\]|\\[\s\S])*"/, lineBreaks: true };

/**
 * Options whose argument iptables prints with xtables_save_string: bare if it has no other characters than
 * `A-Za-z0-9_-`, so `--comment -j` is a comment of two characters.
 */
const TEXT_OPTION =
  /--(?:comment|log-prefix|nflog-prefix|ulog-prefix|helper|nfacct-name|string|hex-string|u32|bytecode|label|path|led-trigger-id)(?=[ \t\r\n])/;

const BANG = /!(?=[ \t\r\n])/;
/** What stands anywhere but behind a text option. */
const MAIN = {
  blank: BLANK,
  bang: { match: BANG, next: 'main' },
  option: [
    { match: TEXT_OPTION, next: 'operand' },
    { match: /--[A-Za-z0-9][A-Za-z0-9_-]*=/, next: 'operand' },
    { match: /--[A-Za-z0-9][A-Za-z0-9_-]*/, next: 'main' },
    { match: /-[A-Za-z46]/, next: 'main' },
  ],
  word: [
    { ...QUOTED, next: 'main' },
    { match: /[^ \t\r\n]+/, next: 'main' },
  ],
};

export const saveLexer = new LineLexer(
  moo.states({
    // Further on `[0:0]` may be an interface.
    start: { counters: { match: /\[[0-9]+:[0-9]+\]/, next: 'main' }, ...MAIN },
    main: MAIN,
    operand: {
      blank: BLANK,
      bang: BANG,
      word: [
        { ...QUOTED, next: 'main' },
        { match: /[^ \t\r\n"][^ \t\r\n]*/, next: 'main' },
      ],
      open: { match: /"[\s\S]*/, lineBreaks: true },
    },
  }),
  'blank',
);

const NEXT = '(?=[ \\t\\r\\n]|$)';
const GLUED = GLUED_PROTOCOLS.map((name) => name.replaceAll(/[.-]/g, '\\$&')).join('|');
const ADDRESS =
  '!?(?:anywhere|[0-9]{1,3}(?:\\.[0-9]{1,3}){3}(?:/[0-9.]+)?|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:/[0-9A-Fa-f:.]+)?)';

const WHOLE_ADDRESS = new RegExp(`^${ADDRESS}$`);

/** Whether a word of a listing looks like an address. */
export function isListedAddress(word: string): boolean {
  return WHOLE_ADDRESS.test(word);
}

/**
 * num, pkts, bytes, target, prot, opt, in, out, source, destination, `[goto]`, and the blanks around them:
 * no row's head has more tokens, and what follows is read word by word in line/tail.ts.
 */
const HEAD_TOKENS = 24;

export const listLexer = new LineLexer(
  moo.compile({
    one: /[ \t](?![ \t\r\n])/,
    wide: { match: /[ \t\r\n]+/, lineBreaks: true },
    opt: new RegExp(`(?:--|-f|!f)${NEXT}`),
    goto: new RegExp(`\\[goto\\]${NEXT}`),
    count: new RegExp(`[0-9]+[KMGT]?${NEXT}`),
    address: new RegExp(`${ADDRESS}${NEXT}`),
    name: [new RegExp(`!?(?:${GLUED})(?=--${NEXT})`), /[^ \t\r\n]+/],
  }),
  null,
  HEAD_TOKENS,
);
