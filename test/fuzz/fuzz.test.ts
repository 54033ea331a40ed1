/** A short turn of the fuzzer (bench/fuzz.ts runs it for hours): every target, the same seeds each time. */
import { describe, expect, test } from 'vitest';
import { Dice } from '../kernel/generate/dice.ts';
import { newCount, TARGETS, tryOne, WHOLE } from './fuzz.ts';
import { inputFor } from './target.ts';

describe.each(TARGETS.map((target) => ({ name: target.name, target })))('$name', ({ target }) => {
  const inputs = WHOLE.has(target.name) ? 12 : 250;

  test(`${inputs} inputs: nothing is thrown, nothing hangs, every promise is kept`, async () => {
    const count = newCount();
    for (let seed = 1; seed <= inputs; seed++) {
      const failure = await tryOne(target, seed, count);
      expect(failure === null ? null : `seed ${failure.seed}: ${failure.error}\n${failure.text}`).toBe(null);
    }
    expect(count.inputs).toBe(inputs);
  });
});

test('a seed is one input', () => {
  for (const target of TARGETS) {
    expect(inputFor(target, new Dice(7))).toEqual(inputFor(target, new Dice(7)));
  }
});
