/**
 * What lines of unknown rules have been seen to lead to. A rule has one target, so one undisturbed walk tells
 * what most do: jump to a chain, go on, return, leave the table. Without rules this is soft knowledge: it ranks
 * readings and forbids none, for several namespaces may share a log, and lines may be lost.
 */
import type { ChainProgram } from './program.ts';

/** Where a line led. */
export type Way = 'next' | 'call' | 'back' | 'leave';

/** A way, the called chain, or `mixed` where it led to several. */
type Habit = Way | 'mixed' | ChainProgram;

export class Habits {
  readonly #byNumber: (Habit | undefined)[] = [];

  /** Whether the line has only ever led elsewhere. */
  contradicts(number: number, way: Way, to: ChainProgram): boolean {
    const habit = this.#byNumber[number];
    return habit !== undefined && habit !== 'mixed' && habit !== (way === 'call' ? to : way);
  }

  /** Notes that the line led there. */
  note(number: number, way: Way, to: ChainProgram): void {
    const habit = way === 'call' ? to : way;
    const known = this.#byNumber[number];
    if (known === habit || number > LARGEST) return;
    this.#byNumber[number] = known === undefined ? habit : 'mixed';
  }
}

/** Numbers of rules are input: a sparse array of any size would do, but not any number of them. */
const LARGEST = 1 << 20;
