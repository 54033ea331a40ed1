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
import { targetSyntax } from '../targets/index.ts';
import { exactCounters } from './counters.ts';
import type { Loaded } from './extensions.ts';
import { HEADER_LETTERS, type HeaderLetter, readCondition } from './header.ts';
import { matchOf, targetOf } from './interpret.ts';
import type { Option } from './options.ts';
import { LONGEST_RULE } from './shapes.ts';
import { Words } from './words.ts';

/** Pieces remembered of each sort: a large rule set's most frequent ones come early. */
const REMEMBERED = 8192;

const NO_TARGET: Target = { kind: 'none' };
const NO_OPTIONS: NonNullable<Loaded['syntax']>['options'] = {};

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
  readonly #words = new Words();
  readonly #found: Match[] = [];
  /** Whether nothing was complained of in this line. */
  #isSound = true;

  /** @param chains those declared so far */
  constructor(family: Family, chains: ReadonlyMap<string, { readonly name: string }>) {
    this.#family = family;
    this.#chains = chains;
  }

  /** Null: not a line of this kind. */
  read(line: string): PrintedLine | null {
    const words = this.#words;
    const found = this.#found;
    if (line.length > LONGEST_RULE || !words.open(line)) return null;
    this.#isSound = true;
    found.length = 0;
    const counters = line.startsWith('[') ? this.#counters() : null;
    const start = words.at;
    if (counters === undefined || !words.skip('-A ') || line.startsWith('"', words.at)) return null;
    const chain = words.word();
    if (chain === null || !this.#header()) return null;
    while (words.skip('-m ')) {
      const match = this.#match();
      if (match === null) return null;
      found.push(match);
    }
    const target = this.#target();
    if (target === null) return null;
    // A copy is as long as it must be, an array that grew has room for sixteen more.
    const matches = found.slice();
    return { chain, matches, target, counters, text: start === 0 ? line : line.slice(start) };
  }

  /** `[12:720] `; undefined if it is none. */
  #counters(): Counters | undefined {
    const words = this.#words;
    if (words.skip('[0:0] ')) return exactCounters('0', '0') ?? undefined;
    const { line } = words;
    const colon = line.indexOf(':');
    const end = line.indexOf('] ');
    words.at = end + 2;
    return exactCounters(line.slice(1, colon), line.slice(colon + 1, end)) ?? undefined;
  }

  /** Source, destination, interfaces, protocol, fragment: each at most once, in the kernel's order. */
  #header(): boolean {
    const words = this.#words;
    for (const letter of HEADER_LETTERS) {
      const start = words.at;
      const not = words.skip('! ');
      const isThere = letter === 'f' ? words.flag('-f') : words.skip(OPTIONS[letter]);
      if (!isThere) {
        words.at = start;
        continue;
      }
      const word = letter === 'f' ? '' : words.word();
      const condition = word === null ? 'faulty' : this.#condition(letter, not, word);
      if (condition === 'faulty') return false;
      if (condition !== null) this.#found.push(condition);
    }
    return true;
  }

  #condition(letter: HeaderLetter, not: boolean, word: string): Match | 'faulty' | null {
    if (letter === 's' || letter === 'd') {
      // `-s a,b` makes two rules. Most addresses are one rule's own.
      return word.includes(',') ? 'faulty' : readCondition(letter, not, word, this.#family);
    }
    const key = `${not ? '!' : ''}${letter}${word}`;
    const known = this.#conditions.get(key);
    if (known !== undefined) return known;
    const read = readCondition(letter, not, word, this.#family);
    if (read !== 'faulty' && this.#conditions.size < REMEMBERED) this.#conditions.set(key, read);
    return read;
  }

  /** What follows `-m`. */
  #match(): Match | null {
    const comment = this.#comment();
    if (comment !== null) return comment;
    const start = this.#words.at;
    const piece = this.#words.piece();
    const known = piece === null ? null : this.#matches.get(piece);
    if (piece === null || known !== undefined) return known ?? null;
    this.#words.at = start;
    const loaded = this.#loaded('match', start + piece.length);
    if (loaded === null) return null;
    const match = matchOf(loaded, this.#words.line, this.#family, this.#complain);
    if (!this.#isSound) return null;
    if (this.#matches.size < REMEMBERED) this.#matches.set(piece, match);
    return match;
  }

  /** A comment, which most rules have and which is mostly one rule's own: nothing to look up. */
  #comment(): Match | null {
    const words = this.#words;
    const { at, line } = words;
    if (!words.skip('comment --comment ')) return null;
    const text = words.word();
    if (text !== null && !line.startsWith('--', words.at) && !line.startsWith('!', words.at))
      return { kind: 'comment', text };
    words.at = at;
    return null;
  }

  /** `-j NAME options`, `-g NAME`, or none: what the line ends with. */
  #target(): Target | null {
    const words = this.#words;
    if (words.atEnd()) return NO_TARGET;
    const target = words.skip('-g ') ? this.#goto() : words.skip('-j ') ? this.#action() : null;
    return words.atEnd() ? target : null;
  }

  #goto(): Target | null {
    const chain = this.#words.word();
    return chain === null ? null : { kind: 'jump', chain: this.#nameOf(chain), goto: true };
  }

  #action(): Target | null {
    const { line, at } = this.#words;
    const piece = line.slice(at);
    const known = this.#targets.get(piece);
    if (known !== undefined) {
      this.#words.at = line.length + 1;
      return known;
    }
    const loaded = this.#loaded('target', line.length);
    if (loaded === null) return null;
    const read = targetOf(loaded, line, this.#family, this.#complain);
    if (!this.#isSound) return null;
    const target = read.kind === 'jump' ? { ...read, chain: this.#nameOf(read.chain) } : read;
    if (this.#targets.size < REMEMBERED) this.#targets.set(piece, target);
    return target;
  }

  /** The chain's own string, if it is declared: one in memory, and quick to look up. */
  #nameOf(chain: string): string {
    return this.#chains.get(chain)?.name ?? chain;
  }

  /** The extension named here with its options up to `end`; null if it does not know one, or words are left. */
  #loaded(what: Loaded['what'], end: number): Loaded | null {
    const words = this.#words;
    const start = words.at - '-m '.length;
    const name = words.word();
    if (name === null) return null;
    const syntax = what === 'match' ? matchSyntax(name) : targetSyntax(name);
    if (syntax === null && what === 'match') return null;
    const pieces = [{ start, end: words.at - 1 }];
    const options: Option[] = [];
    while (words.at <= end) {
      const option = this.#option(syntax?.options ?? NO_OPTIONS);
      if (option === null) return null;
      options.push(option);
      pieces.push({ start: option.start, end: option.end });
    }
    return { what, name, syntax, pieces, options };
  }

  /** An option by its whole name, with as many words as it takes. */
  #option(known: typeof NO_OPTIONS): Option | null {
    const words = this.#words;
    const start = words.at;
    const not = words.skip('! ');
    const name = words.option();
    const arity = name !== null && Object.hasOwn(known, name) ? known[name] : undefined;
    if (name === null || typeof arity !== 'number') return null;
    const values: string[] = [];
    for (let i = 0; i < arity; i++) {
      const word = words.word();
      if (word === null) return null;
      values.push(word);
    }
    return { name, not, words: values, start, end: words.at - 1 };
  }

  readonly #complain = (): void => {
    this.#isSound = false;
  };
}

const OPTIONS = { s: '-s ', d: '-d ', i: '-i ', o: '-o ', p: '-p ' } as const;
