/**
 * Numbers walks by the place of their first line, although where a walk begins may be settled later than
 * that: while the readings of some lines differ, later walks wait for their number.
 */

/** The beginning of a walk, or of what may turn out to be one. */
export class Start {
  /** The walk's number; 0 while an earlier start is not settled. */
  n = 0;
  /** Null: not settled; false: no walk begins here after all. */
  real: boolean | null = null;
  /** The start of the walk whose packet called this one forth. */
  readonly cause: Start | null;
  /** Called once when the number is known, if the walk ended before. */
  whenNumbered: (() => void) | null = null;

  constructor(cause: Start | null) {
    this.cause = cause;
  }
}

export class Numbering {
  #count = 0;
  #queue: Start[] = [];

  /** A walk certainly begins here. */
  open(cause: Start | null): Start {
    const start = new Start(cause);
    start.real = true;
    if (this.#queue.length === 0) start.n = ++this.#count;
    else this.#queue.push(start);
    return start;
  }

  /** A walk may begin here: `settle` will say. */
  propose(cause: Start | null): Start {
    const start = new Start(cause);
    this.#queue.push(start);
    return start;
  }

  settle(start: Start, real: boolean): void {
    start.real = real;
    if (this.#queue[0] !== start) return;
    const known = this.#queue.findIndex((other) => other.real === null);
    const settled = this.#queue.splice(0, known < 0 ? this.#queue.length : known);
    for (const each of settled) {
      if (each.real === false) continue;
      each.n = ++this.#count;
      each.whenNumbered?.();
      each.whenNumbered = null;
    }
  }
}
