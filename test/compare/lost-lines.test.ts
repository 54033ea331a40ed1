/**
 * Law 5: dropping any lines from a log turns no agreeing walk into a diverging one. Lines go at random, few
 * or most of them; what is left is put together anew, as from a log that never had more.
 */
import { expect, describe as group, test } from 'vitest';
import type { TraceEvent } from '../../src/model/event.ts';
import { stepName } from '../../src/model/event.ts';
import { assemble, FUZZ, readCapture, SCENARIOS, walksOf } from './capture.ts';
import { check, describe } from './check.ts';
import { seeded } from './mutate.ts';

/** Lines that are dropped of a hundred. */
const RATES = [2, 10, 30, 60, 85];
const ROUNDS = Number(process.env['TRACE_ROUNDS'] ?? 1);

function drop(events: readonly TraceEvent[], rate: number, seed: number): TraceEvent[] {
  const random = seeded(seed);
  return events.filter(() => random(100) >= rate);
}

group.each([...SCENARIOS, ...FUZZ])('%s', (name) => {
  test.each(['rules.save', 'rules.list'] as const)('any lines dropped, %s', (form) => {
    const capture = readCapture(name, form);
    for (let round = 0; round < ROUNDS; round++) {
      for (const rate of RATES) {
        const seed = round * 100 + rate;
        const events = drop(capture.events, rate, seed);
        const checked = check(assemble(events, capture.ruleset), capture.ruleset, capture.context);
        const { walks } = checked;
        // Nor does what is lost by chance look like what packet after packet lacks.
        expect(checked.findings.filter(({ code }) => code.startsWith('check.all-'))).toEqual([]);
        const diverging = walks.filter(({ check: { status } }) => status === 'diverges');
        expect(diverging.map(describe), `${rate} % dropped, seed ${seed}`).toEqual([]);
        expect(walks.reduce((lines, { steps }) => lines + steps.length, 0)).toBe(events.length);
      }
    }
  });
});

test('what is missing is named, and where', () => {
  const capture = readCapture('pod-to-pod', 'rules.save');
  const [whole] = walksOf(capture);
  if (whole === undefined) throw new Error('no walk');
  const names = whole.steps.map(({ event }) => stepName(event));
  const gone = [0, 3, 4, 20];
  const steps = whole.steps.filter((_, i) => !gone.includes(i));
  const { walks } = check([{ ...whole, steps }], capture.ruleset, capture.context);
  const [walk] = walks;
  expect(walk?.check).toMatchObject({
    status: 'incomplete',
    assumptions: [],
    missing: [
      { after: -1, steps: [names[0]] },
      { after: 1, steps: [names[3], names[4]] },
      { after: 16, steps: [names[20]] },
    ],
  });
  expect(walk?.gaps).toEqual(walk?.check.missing);
  expect(walk?.disposition).toBe('forwarded');
});

test('a walk that breaks off is incomplete, and its end not known', () => {
  const capture = readCapture('pod-to-pod', 'rules.save');
  const [whole] = walksOf(capture);
  if (whole === undefined) throw new Error('no walk');
  const steps = whole.steps.slice(0, 40);
  const { walks } = check([{ ...whole, steps }], capture.ruleset, capture.context);
  expect(walks[0]?.check).toMatchObject({
    status: 'incomplete',
    missing: [{ after: 39, steps: whole.steps.slice(40).map(({ event }) => stepName(event)) }],
  });
  expect(['vanished', 'unknown']).toContain(walks[0]?.disposition);
});
