/** A line about to be read, and how it may come after another: what follow.ts and its rooms hand about. */
import type { TraceEvent } from '../model/event.ts';
import type { Hook } from '../model/hook.ts';
import type { Way } from './habit.ts';
import type { ChainProgram } from './program.ts';
import type { Frame } from './stack.ts';

export interface Line {
  readonly event: TraceEvent;
  /** Its chain, compiled. */
  readonly chain: ChainProgram;
  /** Number of the event in the whole log, from 1: its age. */
  readonly serial: number;
}

/** How a line comes after another. */
export type Relation =
  /** As the rules (or, without rules, the kernel's words) say. */
  | 'exact'
  /** Not as the rules say, but as the kernel's words allow. */
  | 'unruly'
  /** With lines missing in between. */
  | 'gap'
  | 'none';

/** How a line comes after another, and where the walk is then. One object serves all calls of a group. */
export interface Move {
  relation: Relation;
  /** What is odd about it: to be added to the relation's own price. */
  cost: number;
  /** The call stack at the line. */
  frames: Frame | null;
  hook: Hook;
  /** False: the hook is a guess from the interfaces. */
  sure: boolean;
  way: Way;
}

export function newMove(): Move {
  return { relation: 'none', cost: 0, frames: null, hook: 'PREROUTING', sure: true, way: 'next' };
}

/** Whether a line numbered `number` can be the first of `chain` to match from rule `first` on. */
export function isFirstFrom(chain: ChainProgram, first: number, number: number): boolean {
  return number >= first && number <= chain.certainFrom(first);
}
