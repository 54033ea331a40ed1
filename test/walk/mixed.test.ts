/**
 * Logs made harder (mix.ts): packets interleaved, without IDs, doubled. Walks whose lines are alike to the letter
 * are interchangeable, so texts are compared.
 */
import { describe, expect, test } from 'vitest';
import { EMPTY_RULESET, type Ruleset } from '../../src/model/ruleset.ts';
import { assemble, eventsOf, textOf } from './assembling.ts';
import { CAPTURE_NAMES, readCapture, readRules } from './capture.ts';
import { countExact, mix, type PacketLines, packetsOf, randomOf, withoutId } from './mix.ts';

const IN_FLIGHT = 8;
const captures = CAPTURE_NAMES.map((name) => {
  const capture = readCapture(name);
  const packets = packetsOf(capture);
  const bare = packets.map((packet) => ({ ...packet, lines: packet.lines.map(withoutId) }));
  return { name, capture, packets, bare };
});

/** Number of packets, and of those whose walk is exact. */
function assembleMixed(
  packets: readonly PacketLines[],
  ruleset: Ruleset,
  seed: number,
  apart: boolean,
): { readonly packets: number; readonly exact: number } {
  const events = eventsOf(mix(packets, IN_FLIGHT, randomOf(seed), apart));
  const { walks } = assemble(events, { ruleset });
  const lines = walks.reduce((sum, walk) => sum + walk.steps.length, 0);
  expect(lines, 'each line is in one walk').toBe(events.length);
  const inOrder = [...walks].sort((a, b) => a.n - b.n);
  const firstLines = inOrder.map((walk) => walk.steps[0]?.event.line ?? 0);
  expect(inOrder.map((walk) => walk.n)).toEqual(walks.map((_, i) => i + 1));
  expect(firstLines, 'numbered by the first line').toEqual([...firstLines].sort((a, b) => a - b));
  const wanted = packets.map((packet) => packet.lines.join('\n'));
  return { packets: packets.length, exact: countExact(wanted, walks.map(textOf)) };
}

describe.each(captures)('$name, eight packets in flight, no IDs', ({ capture, bare }) => {
  test.each([
    ['rules.save', 20],
    ['rules.list', 5],
  ] as const)('%s', (file, rounds) => {
    const ruleset = readRules(capture, file);
    for (let seed = 1; seed <= rounds; seed++) {
      expect(assembleMixed(bare, ruleset, seed, true), `mix ${seed}`).toEqual({
        packets: bare.length,
        exact: bare.length,
      });
    }
  });
});

/** Share of exact walks over all captures. */
function share(
  packetsOfCapture: (capture: (typeof captures)[number]) => readonly PacketLines[],
  withRules: boolean,
  apart: boolean,
): number {
  let exact = 0;
  let packets = 0;
  for (const each of captures) {
    const ruleset = withRules ? readRules(each.capture, 'rules.save') : EMPTY_RULESET;
    for (let seed = 1; seed <= 3; seed++) {
      const result = assembleMixed(packetsOfCapture(each), ruleset, seed, apart);
      exact += result.exact;
      packets += result.packets;
    }
  }
  return exact / packets;
}

test('with their IDs, mixed at will, all walks are exact without rules (shuffling changes no walk)', () => {
  for (const { name, packets } of captures) {
    const tcpAndUdp = packets.filter((packet) => !packet.lines.some((line) => / ID=0 |FLOWLBL/.test(line)));
    for (let seed = 1; seed <= 3; seed++) {
      const result = assembleMixed(tcpAndUdp, EMPTY_RULESET, seed, false);
      expect(result.exact, `${name}, mix ${seed}`).toBe(result.packets);
    }
  }
});

test('packets of one connection may overlap: 99.5 % (identical packets that meet chance rules remain)', () => {
  expect(share(({ bare }) => bare, true, false)).toBeGreaterThanOrEqual(0.995);
});

test('twins, every packet sent twice: 99.5 %', () => {
  expect(share(({ bare }) => bare.flatMap((packet) => [packet, packet]), true, false)).toBeGreaterThanOrEqual(
    0.995,
  );
});

test('without rules: 99.5 %, overlapping connections 99 %, twins 95 %', () => {
  const twins = ({ bare }: (typeof captures)[number]) => bare.flatMap((packet) => [packet, packet]);
  expect(share(({ bare }) => bare, false, true)).toBeGreaterThanOrEqual(0.995);
  expect(share(({ bare }) => bare, false, false)).toBeGreaterThanOrEqual(0.99);
  expect(share(twins, false, false)).toBeGreaterThanOrEqual(0.95);
});
