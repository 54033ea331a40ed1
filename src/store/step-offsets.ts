/**
 * Where and when the steps of a walk were logged → JSON of offsets from its first step, or null where that
 * follows by itself. Times are exact to the microsecond, as logs are; others become odd.
 */
import type { Step } from '../model/walk.ts';
import type { OddSteps } from './odd.ts';
import { difference } from './text-difference.ts';

/** JSON of the lines' offsets from the first; null if they follow one another. */
export function linesOf(steps: readonly Step[]): string | null {
  const start = steps[0]?.event.line ?? 0;
  let plain = true;
  let json = '[';
  for (const [i, { event }] of steps.entries()) {
    const offset = event.line - start;
    plain &&= offset === i;
    json += i === 0 ? offset : `,${offset}`;
  }
  return plain ? null : `${json}]`;
}

/** A time in microseconds. @param scale Microseconds in one of its units. */
export function micro(value: number | null, scale: number): number | null {
  return value === null ? null : Math.round(value * scale);
}

/** JSON of the offsets from the first, in microseconds; null if all are 0. A value that is lost so is odd. */
export function offsetsOf(
  steps: readonly Step[],
  field: 'uptime' | 'time',
  scale: number,
  odd: OddSteps,
): string | null {
  const start = micro(steps[0]?.event[field] ?? null, scale);
  let plain = true;
  let json = '[';
  for (const [i, { event }] of steps.entries()) {
    const value = event[field];
    const rounded = micro(value, scale);
    if (rounded === null ? start !== null : start === null || rounded / scale !== value) {
      odd.set(i, { [field]: value });
    }
    const offset = rounded === null || start === null ? 0 : rounded - start;
    plain &&= offset === 0;
    json += i === 0 ? offset : `,${offset}`;
  }
  return plain ? null : `${json}]`;
}

/** JSON of what makes each time as written of the one before; null if all are alike. */
export function stampsOf(steps: readonly Step[], odd: OddSteps): string | null {
  const start = steps[0]?.event.stamp ?? null;
  if (steps.every(({ event }) => event.stamp === start)) return null;
  const differences: string[] = [];
  let before = start ?? '';
  for (const [i, { event }] of steps.entries()) {
    if (event.stamp === null || start === null) odd.set(i, { stamp: event.stamp });
    const stamp = event.stamp ?? before;
    differences.push(difference(before, stamp));
    before = stamp;
  }
  return JSON.stringify(differences);
}
