/**
 * Walks in the order of their first lines, and what each left behind in the order of last lines: a stream
 * of walks in the order of their ends → the order in which conntrack met the packets. Memory is bounded:
 * past the limit the earliest walk goes on without those that are still open.
 */
import type { TraceEvent } from '../model/event.ts';
import type { Walk } from '../model/walk.ts';

/** Where an event stands among all events of the log. */
export interface Position {
  readonly file: number;
  readonly line: number;
}

export function isBefore(a: Position, b: Position): boolean {
  return a.file < b.file || (a.file === b.file && a.line < b.line);
}

/** Files are read one after another: the one whose walks come first stands first. */
export class Positions {
  readonly #files = new Map<string, number>();

  of({ file, line }: TraceEvent): Position {
    let index = this.#files.get(file);
    if (index === undefined) {
      index = this.#files.size;
      this.#files.set(file, index);
    }
    return { file: index, line };
  }
}

/** Gives walks out by ascending `n`. */
export class InOrder {
  readonly #limit: number;
  readonly #give: (walk: Walk) => void;
  readonly #held = new Map<number, Walk>();
  #next = 1;
  /** How often the limit was reached. */
  forced = 0;

  /** @param limit walks that are held back at most */
  constructor(limit: number, give: (walk: Walk) => void) {
    this.#limit = limit;
    this.#give = give;
  }

  push(walk: Walk): void {
    // One that comes after its turn was let pass: nothing can be held back for it any more.
    if (walk.n < this.#next) {
      this.#give(walk);
      return;
    }
    this.#held.set(walk.n, walk);
    this.#drain();
    if (this.#held.size > this.#limit) {
      this.forced++;
      this.#next = Math.min(...this.#held.keys());
      this.#drain();
    }
  }

  end(): void {
    for (const n of [...this.#held.keys()].sort((a, b) => a - b)) {
      const walk = this.#held.get(n);
      if (walk !== undefined) this.#give(walk);
    }
    this.#held.clear();
  }

  #drain(): void {
    for (let walk = this.#held.get(this.#next); walk !== undefined; walk = this.#held.get(this.#next)) {
      this.#held.delete(this.#next);
      this.#next++;
      this.#give(walk);
    }
  }
}
