/** Logs as the kernel wrote them: each packet's lines are one walk, with and without rules. */
import { describe, expect, test } from 'vitest';
import { EMPTY_RULESET } from '../../src/model/ruleset.ts';
import { assemble, stepNames } from './assembling.ts';
import { CAPTURE_NAMES, readCapture, readRules } from './capture.ts';

describe.each(CAPTURE_NAMES)('%s', (name) => {
  const capture = readCapture(name);
  const truth = capture.truth.filter((packet) => packet.lines.length > 0);

  test.each(['rules.save', 'rules.list', null] as const)('%s', (rules) => {
    const ruleset = rules === null ? EMPTY_RULESET : readRules(capture, rules);
    const { walks, diagnostics } = assemble(capture.events, { ruleset });
    const found = walks.map((walk) => ({
      lines: walk.steps.map((step) => step.event.line),
      steps: stepNames(walk),
    }));
    const byFirstLine = (a: { lines: readonly number[] }, b: { lines: readonly number[] }) =>
      (a.lines[0] ?? 0) - (b.lines[0] ?? 0);
    expect(found.sort(byFirstLine)).toEqual(
      truth.map(({ lines, steps }) => ({ lines, steps })).sort(byFirstLine),
    );
    expect(diagnostics).toEqual([]);
    expect(walks.flatMap((walk) => walk.gaps)).toEqual([]);
    // Numbered by the place of the first line, without holes.
    const inOrder = [...walks].sort((a, b) => a.n - b.n);
    expect(inOrder.map((walk) => walk.n)).toEqual(truth.map((_, i) => i + 1));
    const firstLines = inOrder.map((walk) => walk.steps[0]?.event.line ?? 0);
    expect(firstLines).toEqual([...firstLines].sort((a, b) => a - b));
  });
});

test('each ICMP error of the fuzz captures is known to be called forth by its packet, and nothing else is', () => {
  let errors = 0;
  for (const name of CAPTURE_NAMES.filter((each) => each.startsWith('fuzz/'))) {
    const capture = readCapture(name);
    const { walks } = assemble(capture.events, { ruleset: readRules(capture, 'rules.save') });
    const firstLine = (n: number | null) => walks.find((walk) => walk.n === n)?.steps[0]?.event.line ?? null;
    for (const { n, error, lines } of capture.truth) {
      if (lines.length === 0) continue;
      const cause = error ? capture.truth.find((other) => other.n === n && !other.error) : undefined;
      const walk = walks.find((each) => each.steps[0]?.event.line === lines[0]);
      expect(firstLine(walk?.causedBy ?? null), `${name} line ${lines[0]}`).toBe(cause?.lines[0] ?? null);
      if (error) errors++;
    }
  }
  expect(errors).toBe(125);
});
