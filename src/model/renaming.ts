/**
 * Numbers of one packet against those of another that is to be like it but for them: ports, ICMP ids. One
 * to one: where the one has a number again, the other has its counterpart again. Grows as it is asked.
 */
export class Renaming {
  readonly #from: number[] = [];
  readonly #to: number[] = [];

  /** @param fixed numbers that stand for themselves */
  constructor(fixed: readonly number[] = []) {
    for (const number of fixed) this.relates(number, number);
  }

  /** Whether `to` can stand for `from`; if so, it does from now on. */
  relates(from: number | null | undefined, to: number | null | undefined): boolean {
    if (from === null || from === undefined || to === null || to === undefined) return from === to;
    for (let i = 0; i < this.#from.length; i++) {
      if (this.#from[i] === from) return this.#to[i] === to;
      if (this.#to[i] === to) return false;
    }
    this.#from.push(from);
    this.#to.push(to);
    return true;
  }

  /** What stands for the number. */
  of(from: number | undefined): number | undefined {
    return from === undefined ? undefined : (this.#to[this.#from.indexOf(from)] ?? from);
  }

  /** Whether each number and what stands for it are the same in the eyes of `same`. */
  every(same: (from: number, to: number) => boolean): boolean {
    return this.#from.every((from, i) => same(from, this.#to[i] ?? from));
  }
}
