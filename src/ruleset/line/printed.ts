/**
 * A save line as iptables-save prints one → its rule, at a fraction of what the grammar and save.ts cost: one blank
 * between words, header options first and in order, each extension's options behind its `-m` or `-j`. Rules repeat
 * their conditions, so a piece of a line that was read before is looked up by its text. Law: what it reads is what
 * save.ts reads, without problems; every other line it leaves to save.ts.
 */
import type { Family } from '../../model/address.ts';
import type { Match } from '../../model/match.ts';
import type { Counters } from '../../model/ruleset.ts';
import type { Target } from '../../model/target.ts';
import { matchSyntax } from '../matches/index.ts';
import { quotedEnd } from '../scan-save.ts';
import { targetSyntax } from '../targets/index.ts';
import { exactCounters } from './counters.ts';
import type { Loaded } from './extensions.ts';
import { HEADER_LETTERS, type HeaderLetter, readCondition } from './header.ts';
import { matchOf, targetOf } from './interpret.ts';
import type { Option } from './options.ts';
import { unquote } from './quote.ts';
import { LONGEST_RULE } from './shapes.ts';

const BLANK = 0x20;
const DASH = 0x2d;
const BANG = 0x21;
const QUOTE = 0x22;
const BRACKET = 0x5b;

/** Pieces remembered of each sort: a large rule set's most frequent ones come early. */
const REMEMBERED = 8192;

const NO_TARGET: Target = { kind: 'none' };

/** A rule to append. */
export interface PrintedLine {
  readonly chain: string;
  readonly matches: readonly Match[];
  readonly target: Target;
  readonly counters: Counters | null;
  /** The line without its counters. */
  readonly text: string;
}

/** Reads the lines of one block of rules. */
export class PrintedReader {
  readonly #family: Family;
  readonly #chains: ReadonlyMap<string, { readonly name: string }>;
  readonly #conditions = new Map<string, Match | null>();
  readonly #matches = new Map<string, Match>();
  readonly #targets = new Map<string, Target>();
  readonly #found: Match[] = [];
  #line = '';
  /** Where the next word begins; beyond the line's end where none does. */
  #at = 0;

  /** @param chains those declared so far */
  constructor(family: Family, chains: ReadonlyMap<string, { readonly name: string }>) {
    this.#family = family;
    this.#chains = chains;
  }

  /** Null: not a line of this kind. */
  read(line: string): PrintedLine | null {
    if (line.length > LONGEST_RULE || OTHER_BLANK.test(line)) return null;
    this.#line = line;
    this.#at = 0;
    const counters = line.charCodeAt(0) === BRACKET ? this.#counters() : null;
    const start = this.#at;
    if (counters === undefined || !this.#skip('-A ')) return null;
    const isQuoted = line.charCodeAt(this.#at) === QUOTE;
    const chain = this.#word();
    if (chain === null || isQuoted) return null;
    const found = this.#found;
    found.length = 0;
    if (!this.#header(found)) return null;
    while (this.#skip('-m ')) {
      const match = this.#match();
      if (match === null) return null;
      found.push(match);
    }
    const target = this.#target();
    if (target === null) return null;
    // A copy is as long as it must be, an array that grew has room for sixteen more.
    return { chain, matches: found.slice(), target, counters, text: start === 0 ? line : line.slice(start) };
  }

  /** `[12:720] `; undefined if it is none. */
  #counters(): Counters | undefined {
    if (this.#skip('[0:0] ')) return exactCounters('0', '0') ?? undefined;
    const end = this.#line.indexOf('] ');
    const colon = this.#line.indexOf(':');
    this.#at = end + 2;
    return exactCounters(this.#line.slice(1, colon), this.#line.slice(colon + 1, end)) ?? undefined;
  }

  /** Source, destination, interfaces, protocol, fragment: each at most once, in the kernel's order. */
  #header(matches: Match[]): boolean {
    for (const letter of HEADER_LETTERS) {
      const start = this.#at;
      const not = this.#skip('! ');
      if (!this.#skip(letter === 'f' ? '-f' : OPTIONS[letter])) {
        this.#at = start;
        continue;
      }
      const word = letter === 'f' ? this.#nothing() : this.#word();
      if (word === null || (word.includes(',') && (letter === 's' || letter === 'd'))) return false;
      const condition = this.#condition(letter, not, word);
      if (condition === 'faulty') return false;
      if (condition !== null) matches.push(condition);
    }
    return true;
  }

  #condition(letter: HeaderLetter, not: boolean, word: string): Match | 'faulty' | null {
    // Most addresses are one rule's own.
    if (letter === 's' || letter === 'd') return readCondition(letter, not, word, this.#family);
    const key = `${not ? '!' : ''}${letter}${word}`;
    const known = this.#conditions.get(key);
    if (known !== undefined) return known;
    const read = readCondition(letter, not, word, this.#family);
    if (read !== 'faulty' && this.#conditions.size < REMEMBERED) this.#conditions.set(key, read);
    return read;
  }

  /** What follows `-m`. */
  #match(): Match | null {
    const start = this.#at;
    const end = this.#pieceEnd();
    if (end === null) return null;
    const piece = this.#line.slice(start, end);
    const known = this.#matches.get(piece);
    if (known !== undefined) return known;
    this.#at = start;
    const loaded = this.#loaded('match', start - 3, end);
    if (loaded === null) return null;
    let sound = true;
    const match = matchOf(loaded, this.#line, this.#family, () => {
      sound = false;
    });
    if (!sound) return null;
    if (loaded.name !== 'comment' && this.#matches.size < REMEMBERED) this.#matches.set(piece, match);
    return match;
  }

  /** `-j NAME options`, `-g NAME`, or none; the last of the line. */
  #target(): Target | null {
    if (this.#at > this.#line.length) return NO_TARGET;
    const target = this.#skip('-g ') ? this.#goto() : this.#skip('-j ') ? this.#action() : null;
    return this.#at > this.#line.length ? target : null;
  }

  #goto(): Target | null {
    const chain = this.#word();
    return chain === null ? null : { kind: 'jump', chain: this.#nameOf(chain), goto: true };
  }

  #action(): Target | null {
    const start = this.#at;
    const end = this.#line.length;
    const piece = this.#line.slice(start);
    const known = this.#targets.get(piece);
    if (known !== undefined) {
      this.#at = end + 1;
      return known;
    }
    const loaded = this.#loaded('target', start - 3, end);
    if (loaded === null) return null;
    let sound = true;
    const read = targetOf(loaded, this.#line, this.#family, () => {
      sound = false;
    });
    if (!sound) return null;
    const target = read.kind === 'jump' ? { ...read, chain: this.#nameOf(read.chain) } : read;
    if (this.#targets.size < REMEMBERED) this.#targets.set(piece, target);
    return target;
  }

  /** The chain's own string, if it is declared: one in memory, and quick to look up. */
  #nameOf(chain: string): string {
    return this.#chains.get(chain)?.name ?? chain;
  }

  /** The extension named here with its options up to `end`; null if it does not know one, or words are left. */
  #loaded(what: Loaded['what'], start: number, end: number): Loaded | null {
    const name = this.#word();
    if (name === null) return null;
    const syntax = what === 'match' ? matchSyntax(name) : targetSyntax(name);
    if (syntax === null && what === 'match') return null;
    const pieces = [{ start, end: this.#at - 1 }];
    const options: Option[] = [];
    while (this.#at <= end) {
      const option = this.#option(syntax?.options ?? {});
      if (option === null) return null;
      options.push(option);
      pieces.push({ start: option.start, end: option.end });
    }
    return { what, name, syntax, pieces, options };
  }

  #option(known: NonNullable<Loaded['syntax']>['options']): Option | null {
    const start = this.#at;
    const not = this.#skip('! ');
    if (!this.#line.startsWith('--', this.#at)) return null;
    const from = this.#at + 2;
    const end = this.#wordEnd(from);
    if (end === null) return null;
    const name = this.#line.slice(from, end);
    const arity = Object.hasOwn(known, name) ? known[name] : undefined;
    if (typeof arity !== 'number') return null;
    this.#at = end + 1;
    const words: string[] = [];
    for (let i = 0; i < arity; i++) {
      const word = this.#word();
      if (word === null) return null;
      words.push(word);
    }
    return { name, not, words, start, end: this.#at - 1 };
  }

  /** Where the extension's name and options end that begin here: before the next option of one letter, or at the line's end. */
  #pieceEnd(): number | null {
    const line = this.#line;
    let at = this.#at;
    while (at < line.length) {
      if (line.charCodeAt(at) === DASH && line.charCodeAt(at + 1) !== DASH) break;
      const end = this.#wordEnd(at);
      if (end === null) return null;
      at = end + 1;
    }
    this.#at = at;
    return at - 1;
  }

  #skip(text: string): boolean {
    if (!this.#line.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** `-f` takes no word: the blank behind it. */
  #nothing(): '' | null {
    if (this.#at < this.#line.length && this.#line.charCodeAt(this.#at) !== BLANK) return null;
    this.#at++;
    return '';
  }

  /** Takes a word and the blank behind it; null where an option, a counter or nothing stands. */
  #word(): string | null {
    const start = this.#at;
    const first = this.#line.charCodeAt(start);
    if (first === DASH || first === BANG || start >= this.#line.length) return null;
    const end = this.#wordEnd(start);
    if (end === null || end === start) return null;
    this.#at = end + 1;
    return unquote(this.#line.slice(start, end));
  }

  /** Where the word that begins here ends; null for one in quotes that do not close at its end. */
  #wordEnd(start: number): number | null {
    const line = this.#line;
    if (line.charCodeAt(start) === QUOTE) {
      const end = quotedEnd(line, start);
      return end > 0 && (end === line.length || line.charCodeAt(end) === BLANK) ? end : null;
    }
    const end = line.indexOf(' ', start);
    return end < 0 ? line.length : end;
  }
}

const OPTIONS = { s: '-s ', d: '-d ', i: '-i ', o: '-o ', p: '-p ' } as const;
/** Blanks that part words as a blank does, and are never printed outside quotes. */
const OTHER_BLANK = /[\t\r\n]/;
