/**
 * What follows the destination of a row → conditions and target. Matches print in the rule's order, then the
 * target prints its options. Nothing is escaped in a comment, so it may end at any ` *​/`: the first one after
 * which all words are understood, else the one that leaves the fewest (reference: no scan for patterns over the
 * whole tail, a comment may look like anything).
 */
import type { Family } from '../../model/address.ts';
import type { Match } from '../../model/match.ts';
import type { Target } from '../../model/target.ts';
import { foreignOptions, readForeign } from '../matches/foreign.ts';
import { listedSyntaxes } from '../matches/index.ts';
import type { RuleProblem } from '../rule-line.ts';
import { targetSyntax } from '../targets/index.ts';
import { Tail } from './tail.ts';

export interface TailContext {
  readonly line: string;
  /** Where the tail begins. */
  readonly at: number;
  readonly family: Family;
  /** The target column; undefined if it is blank. */
  readonly target: string | undefined;
  readonly goto: boolean;
}

export interface TailReading {
  readonly matches: readonly Match[];
  readonly target: Target;
  readonly problems: readonly RuleProblem[];
  /** Words that nobody knows and values that do not parse. */
  readonly unread: number;
  /** What is asked of a packet and done with it, comments aside: equal texts mean the same. */
  meaning(): string;
}

/** Longest comment, in bytes: XT_MAX_COMMENT_LEN less the NUL. */
export const LONGEST_COMMENT = 255;

export function readTail(context: TailContext): TailReading {
  const reader = new TailReader(context);
  /* From the last comment to the first, so that none waits for those after it. */
  const { line, at } = context;
  for (let open = line.lastIndexOf('/* '); open > at; open = line.lastIndexOf('/* ', open - 1))
    reader.readFrom(open);
  return reader.readFrom(at);
}

class TailReader {
  readonly #context: TailContext;
  readonly #tail: Tail;
  readonly #known = new Map<number, TailReading>();

  constructor(context: TailContext) {
    this.#context = context;
    this.#tail = new Tail(context.line, context.at, context.family);
  }

  readFrom(start: number): TailReading {
    const known = this.#known.get(start);
    if (known !== undefined) return known;
    const reading = this.#read(start);
    this.#known.set(start, reading);
    return reading;
  }

  #read(start: number): TailReading {
    const tail = this.#tail;
    const found = new Found(this.#context.line);
    for (let at = tail.skipBlanks(start); ; at = tail.skipBlanks(at)) {
      const known = at > start ? this.#known.get(at) : undefined;
      if (known !== undefined) return found.followedBy(known);
      const end = this.#target(at, found);
      if (end !== null) return found.reading(end);
      const ends = commentEnds(tail.text, at);
      if (ends.length > 1) return this.#chooseEnd(at, ends, found);
      const [only] = ends;
      if (only !== undefined) {
        found.add(commentOf(tail.text, at, only));
        at = only + 3;
        continue;
      }
      at = this.#match(at, found) ?? found.leave(at, wordEnd(tail.text, at));
    }
  }

  /** The target, if what is left from here on is its words and nothing else. */
  #target(at: number, found: Found): Target | null {
    const { target: name, goto } = this.#context;
    const atEnd = at >= this.#context.line.length;
    if (name === undefined) return atEnd ? { kind: 'none' } : null;
    const syntax = goto ? null : targetSyntax(name);
    if (syntax === null) {
      if (!atEnd) return null;
      const text = found.takeTrailing();
      return text === null
        ? { kind: 'jump', chain: name, goto }
        : { kind: 'unknown', name, text: foreignOptions(name, text), why: 'extension' };
    }
    const tail = this.#tail;
    tail.at = at;
    tail.faulty = false;
    const target = syntax.fromList(tail, name);
    if (target !== null && tail.atEnd() && !tail.faulty) return target;
    if (!atEnd && (target === null || !tail.atEnd())) return null;
    const text = found.takeTrailing() ?? tail.text.slice(at).trimEnd();
    found.complain('rule.value', at, tail.text.trimEnd().length, { what: `${name} ${text}`.trimEnd() });
    return { kind: 'unknown', name, text, why: 'value' };
  }

  /** Takes one match; null if no extension knows the words. */
  #match(at: number, found: Found): number | null {
    const tail = this.#tail;
    for (const syntax of listedSyntaxes(headAt(tail.text, at))) {
      tail.at = at;
      tail.faulty = false;
      const match = syntax.fromList(tail);
      if (match === null || tail.at === at) continue;
      if (tail.faulty) found.unknown(syntax.names[0] ?? '', at, tail.at);
      else found.add(match);
      return tail.at;
    }
    tail.at = at;
    const foreign = readForeign(tail);
    if (foreign === null) return null;
    found.add(foreign);
    found.complain('rule.extension', at, tail.at, { name: foreign.name });
    return tail.at;
  }

  #chooseEnd(at: number, ends: readonly number[], found: Found): TailReading {
    const text = this.#tail.text;
    const readings = ends.map((end) => ({ end, rest: this.readFrom(end + 3) }));
    const least = Math.min(...readings.map(({ rest }) => rest.unread));
    const best = readings.filter(({ rest }) => rest.unread === least);
    const [first, ...others] = best;
    if (first === undefined) return found.reading({ kind: 'none' });
    found.add(commentOf(text, at, first.end));
    if (others.some(({ rest }) => rest.meaning() !== first.rest.meaning())) {
      found.complain('rule.ambiguous', at, first.end + 3, {});
    }
    return found.followedBy(first.rest);
  }
}

/** What has been read so far. */
class Found {
  readonly #line: string;
  readonly #matches: Match[] = [];
  readonly #problems: RuleProblem[] = [];
  /** A run of words that nobody knows, just before the reading place. */
  #run: { readonly start: number; readonly end: number; readonly words: number } | null = null;
  #unread = 0;

  constructor(line: string) {
    this.#line = line;
  }

  add(match: Match): void {
    this.#closeRun();
    this.#matches.push(match);
  }

  leave(start: number, end: number): number {
    this.#run = { start: this.#run?.start ?? start, end, words: (this.#run?.words ?? 0) + 1 };
    return end;
  }

  unknown(name: string, start: number, end: number): void {
    const text = this.#line.slice(start, end);
    this.add({ kind: 'unknown', name, text, why: 'value' });
    this.complain('rule.value', start, end, { what: text });
    this.#unread++;
  }

  complain(code: RuleProblem['code'], start: number, end: number, args: RuleProblem['args']): void {
    this.#problems.push({ code, column: start + 1, length: Math.max(1, end - start), args });
  }

  /** The text of the unknown words just before here: they may be the target's. */
  takeTrailing(): string | null {
    if (this.#run === null) return null;
    const { start, end, words } = this.#run;
    const text = this.#line.slice(start, end);
    this.#run = null;
    this.#unread += words;
    this.complain('rule.words', start, end, { words: text });
    return text;
  }

  #closeRun(): void {
    const text = this.takeTrailing();
    if (text === null) return;
    const missing = /^UNKNOWN match `([^']*)'$/.exec(text);
    const name = missing?.[1] ?? text.split(/\s/).find((word) => word !== '!') ?? '';
    this.#matches.push({ kind: 'unknown', name, text, why: 'extension' });
  }

  reading(target: Target): TailReading {
    this.#closeRun();
    const meaning = once(() => this.#meaning() + JSON.stringify(target));
    return { matches: this.#matches, target, problems: this.#problems, unread: this.#unread, meaning };
  }

  followedBy(rest: TailReading): TailReading {
    this.#closeRun();
    return {
      matches: [...this.#matches, ...rest.matches],
      target: rest.target,
      problems: [...this.#problems, ...rest.problems],
      unread: this.#unread + rest.unread,
      meaning: once(() => this.#meaning() + rest.meaning()),
    };
  }

  #meaning(): string {
    const asked = this.#matches.filter(({ kind }) => kind !== 'comment');
    return asked.map((match) => JSON.stringify(match)).join('');
  }
}

/** Where the comment that opens at `at` may end: offsets of ` *​/`. Empty if none opens there. */
function commentEnds(text: string, at: number): readonly number[] {
  if (!text.startsWith('/* ', at)) return [];
  const ends: number[] = [];
  for (let end = text.indexOf(' */', at + 3); end >= 0; end = text.indexOf(' */', end + 1)) {
    if (end - at - 3 > LONGEST_COMMENT) break;
    if (/^(?:\s|$)/.test(text.slice(end + 3, end + 14))) ends.push(end);
  }
  return ends;
}

function commentOf(text: string, at: number, end: number): Match {
  return { kind: 'comment', text: text.slice(at + 3, end) };
}

/** Ends at the blanks that Tail skips: at any other, as U+00A0, no word would ever be taken. */
function wordEnd(text: string, at: number): number {
  BLANK.lastIndex = at;
  return BLANK.exec(text)?.index ?? text.length;
}
const BLANK = /[ \t\r\n]/g;

/** The word that says whose match begins here: `tcp`, `recent:`, `#conn`, `MAC`. */
function headAt(text: string, at: number): string {
  HEAD.lastIndex = at;
  return HEAD.exec(text)?.[1] ?? '';
}
const HEAD = /(?:!\s*)?(#conn|MAC(?=[0-9A-Fa-f]{2}:)|\S+)/y;

function once(make: () => string): () => string {
  let made: string | null = null;
  return () => {
    made ??= make();
    return made;
  };
}
