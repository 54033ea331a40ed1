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

/**
 * Gives walks out by ascending `n`. Those held back stand in an array: a map that takes and loses a walk each
 * time leaves tables behind that keep whole walks alive until the old generation is collected.
 */
export class InOrder {
  readonly #limit: number;
  readonly #give: (walk: Walk) => void;
  /** The walk with number `#base + i` at place i, if it is held. */
  readonly #slots: (Walk | undefined)[] = [];
  #base = 1;
  #held = 0;
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
    const place = walk.n - this.#base;
    while (this.#slots.length <= place) this.#slots.push(undefined);
    if (this.#slots[place] === undefined) this.#held++;
    this.#slots[place] = walk;
    this.#drain();
    if (this.#held > this.#limit) {
      this.forced++;
      this.#skip();
      this.#drain();
    }
  }

  end(): void {
    while (this.#held > 0) {
      this.#skip();
      this.#drain();
    }
  }

  /** On to the first walk that is held. */
  #skip(): void {
    while (this.#slots[this.#next - this.#base] === undefined) this.#next++;
  }

  #drain(): void {
    for (;;) {
      const place = this.#next - this.#base;
      const walk = this.#slots[place];
      if (walk === undefined) break;
      this.#slots[place] = undefined;
      this.#held--;
      this.#next++;
      this.#give(walk);
    }
    const done = this.#next - this.#base;
    if (done < SLACK) return;
    this.#slots.splice(0, done);
    this.#base = this.#next;
  }
}

/** Empty places at the front before the rest moves up. */
const SLACK = 1024;
