/**
 * Seeded chance: the same seed throws the same dice on every machine (Marsaglia's xorshift, seeded by a
 * multiplicative hash). Anything random in the lab comes from here.
 */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 1;
    for (let i = 0; i < 8; i++) this.#next();
  }

  #next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor((this.#next() / 2 ** 32) * end);
  }

  /** A whole number between the two, both included. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  chance(probability: number): boolean {
    return this.#next() / 2 ** 32 < probability;
  }

  /** One of the values. @throws Error if there are none. */
  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new Error('nothing to pick from');
    return value;
  }

  /** One of the values, each as often as its weight says. */
  weigh<T extends { readonly weight: number }>(values: readonly T[]): T {
    let left = this.below(values.reduce((sum, { weight }) => sum + weight, 0));
    for (const value of values) {
      left -= value.weight;
      if (left < 0) return value;
    }
    return this.pick(values);
  }

  /** Some of the values, in order, at least `least`. */
  some<T>(values: readonly T[], least = 1, most = values.length): readonly T[] {
    const wanted = this.between(least, Math.min(most, values.length));
    const left = [...values];
    while (left.length > wanted) left.splice(this.below(left.length), 1);
    return left;
  }

  /** `! ` or nothing. */
  not(probability = 0.25): string {
    return this.chance(probability) ? '! ' : '';
  }
}
