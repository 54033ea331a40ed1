/**
 * What a match extension's file tells: its options in the save form, its words in a listing, its printing.
 * Its meaning is the simulator's.
 */
import type { Match } from '../../model/match.ts';
import type { Options } from '../line/options.ts';
import type { Tail } from '../line/tail.ts';

/** An option's number of words, or the option whose other name it is. */
export type OptionTable = Readonly<Record<string, number | string>>;

export interface Printer<M> {
  /** The save form, from `-m` on. */
  print(match: M): string;
}

export interface MatchSyntax<M extends Match = Match> extends Printer<M> {
  /** What `-m` calls it. */
  readonly names: readonly string[];
  /** Without dashes. */
  readonly options: OptionTable;
  /** The words that a listing of it may begin with, a `!` before them aside. */
  readonly heads: readonly string[];
  /** Null if what the extension must be told is missing; values that do not parse are the options' faults. */
  fromSave(options: Options, name: string): M | null;
  /** Null if the words are not its; the tail is set back then. */
  fromList(tail: Tail): M | null;
}

/** The parts that are there, one blank between. */
export function words(...parts: readonly (string | number | null | false | undefined)[]): string {
  return parts
    .filter((part) => part !== null && part !== false && part !== undefined && part !== '')
    .join(' ');
}

/** `!` where inverted. */
export function bang(not: boolean | undefined): string | null {
  return not ? '!' : null;
}
