/** Logs with lines missing: walks go on over the gap, the gap is named, nothing is invented. */
import { describe, expect, test } from 'vitest';
import { EMPTY_RULESET, type Ruleset } from '../../src/model/ruleset.ts';
import type { Walk } from '../../src/model/walk.ts';
import { assemble, eventsOf, stepNames, textOf } from './assembling.ts';
import { CAPTURE_NAMES, readCapture, readRules } from './capture.ts';
import { countExact, mix, packetsOf, randomOf } from './mix.ts';

const captures = CAPTURE_NAMES.map((name) => ({ name, capture: readCapture(name) }));

/** A packet of which some lines were lost. */
interface Thinned {
  readonly whole: readonly string[];
  readonly lines: readonly string[];
  readonly connections: ReadonlySet<string>;
}

function thin(capture: (typeof captures)[number]['capture'], lost: number, random: () => number): Thinned[] {
  return packetsOf(capture)
    .map(({ lines, connections }) => ({
      whole: lines,
      lines: lines.filter(() => random() >= lost),
      connections,
    }))
    .filter(({ lines }) => lines.length > 0);
}

function assembleThinned(
  packets: readonly Thinned[],
  ruleset: Ruleset,
  inFlight: number,
  random: () => number,
) {
  const { walks } = assemble(eventsOf(mix(packets, inFlight, random, true)), { ruleset });
  return walks;
}

describe.each([0.05, 0.2])('%s of the lines lost', (lost) => {
  test.each([
    ['with rules, as logged', true, 1, 0.995],
    ['with rules, eight in flight', true, 8, 0.995],
    ['without rules, as logged', false, 1, 0.99],
    ['without rules, eight in flight', false, 8, 0.99],
  ] as const)('%s', (_, withRules, inFlight, least) => {
    let packets = 0;
    let exact = 0;
    for (const { capture } of captures) {
      const random = randomOf(lost * 100);
      const thinned = thin(capture, lost, random);
      const ruleset = withRules ? readRules(capture, 'rules.save') : EMPTY_RULESET;
      const walks = assembleThinned(thinned, ruleset, inFlight, random);
      packets += thinned.length;
      exact += countExact(
        thinned.map((packet) => packet.lines.join('\n')),
        walks.map(textOf),
      );
    }
    expect(exact / packets).toBeGreaterThanOrEqual(least);
  });
});

/** The steps of a walk with what its gaps name put in. */
function filled(walk: Walk): string[] {
  const missing = new Map(walk.gaps.map(({ after, steps }) => [after, steps]));
  return [
    ...(missing.get(-1) ?? []),
    ...stepNames(walk).flatMap((name, i) => [name, ...(missing.get(i) ?? [])]),
  ];
}

/** Whether `part` is `whole` with some left out. */
function isWithin(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0;
  for (const step of whole) if (part[at] === step) at++;
  return at === part.length;
}

test('what a gap names was there', () => {
  let named = 0;
  for (const { name, capture } of captures) {
    const random = randomOf(7);
    const thinned = thin(capture, 0.15, random);
    const whole = new Map(thinned.map((packet) => [packet.lines.join('\n'), packet.whole]));
    for (const walk of assembleThinned(thinned, readRules(capture, 'rules.save'), 1, random)) {
      const lines = whole.get(textOf(walk));
      if (lines === undefined) continue;
      const steps = eventsOf(lines).map(
        ({ table, chain, type, number }) => `${table}:${chain}:${type}:${number}`,
      );
      expect(isWithin(filled(walk), steps), `${name}: ${filled(walk).join(' ')}`).toBe(true);
      named += walk.gaps.reduce((sum, gap) => sum + gap.steps.length, 0);
    }
  }
  expect(named).toBeGreaterThan(300);
});

test('a log may begin and end anywhere', () => {
  for (const { name, capture } of captures) {
    const ruleset = readRules(capture, 'rules.save');
    const { events } = capture;
    const random = randomOf(3);
    for (let i = 0; i < 10; i++) {
      const from = Math.floor(random() * events.length);
      const to = from + Math.floor(random() * (events.length - from));
      const piece = events.slice(from, to);
      const { walks } = assemble(piece, { ruleset });
      const wanted = capture.truth.map(({ lines }) =>
        lines.filter((line) => piece.some((event) => event.line === line)).join(),
      );
      const found = walks.map((walk) => walk.steps.map((step) => step.event.line).join());
      expect(found.sort(), `${name} ${from} to ${to}`).toEqual(wanted.filter((lines) => lines !== '').sort());
    }
  }
});
