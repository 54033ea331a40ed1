/**
 * Logs that lost lines at random, all the way through: no false divergence, and what is left of a packet is one walk that
 * names the steps it lost. Every capture whose truth is known, 1, 5 and 20 % of its lines gone.
 */
import { describe, expect, test } from 'vitest';
import { stepName, type TraceEvent } from '../../src/model/event.ts';
import type { Walk } from '../../src/model/walk.ts';
import { assemble, FUZZ, readCapture, SCENARIOS } from '../compare/capture.ts';
import { check } from '../compare/check.ts';
import { Dice } from '../kernel/generate/dice.ts';

const ROUNDS = Number(process.env['TRACE_ROUNDS'] ?? 1);
const NAMES = [...SCENARIOS, ...FUZZ];

/** How one loss ended, packet by packet. */
interface Tally {
  packets: number;
  /** Its remaining lines are one walk. */
  whole: number;
  /** And that names exactly the lines that were lost. */
  named: number;
  /** Captures where a walk diverges. */
  readonly diverging: string[];
}

function key(lines: readonly number[]): string {
  return lines.join(' ');
}

/** Of a packet: its lines in the log, those that are left, and the names of those that are not. */
function thin(lines: readonly number[], left: ReadonlySet<number>, byLine: ReadonlyMap<number, TraceEvent>) {
  const name = (line: number): string => {
    const event = byLine.get(line);
    return event === undefined ? '' : stepName(event);
  };
  return {
    left: lines.filter((line) => left.has(line)),
    lost: lines.filter((line) => !left.has(line)).map(name),
  };
}

function missingOf(walk: Walk): string[] {
  return walk.check.missing.flatMap(({ steps }) => steps);
}

function lose(name: string, percent: number, seed: number, tally: Tally): void {
  const capture = readCapture(name, 'rules.save');
  const dice = new Dice(seed);
  const events = capture.events.filter(() => !dice.chance(percent / 100));
  const left = new Set(events.map(({ line }) => line));
  const byLine = new Map(capture.events.map((event) => [event.line, event]));
  const { walks } = check(assemble(events, capture.ruleset), capture.ruleset, capture.context);
  if (walks.some((walk) => walk.check.status === 'diverges')) tally.diverging.push(`${name}, seed ${seed}`);
  const found = new Map(walks.map((walk) => [key(walk.steps.map(({ event }) => event.line)), walk]));
  for (const lines of capture.lines) {
    const packet = thin(lines, left, byLine);
    if (packet.left.length === 0) continue;
    tally.packets++;
    const walk = found.get(key(packet.left));
    if (walk === undefined) continue;
    tally.whole++;
    if (missingOf(walk).join(' ') === packet.lost.join(' ')) tally.named++;
  }
}

describe.each([
  // Of packets that end in silence, that they did and that their last lines were lost look alike.
  { percent: 1, whole: 0.995, named: 0.99 },
  { percent: 5, whole: 0.99, named: 0.98 },
  { percent: 20, whole: 0.99, named: 0.95 },
])('$percent % of the lines lost', ({ percent, whole, named }) => {
  test('no walk diverges, each is one, and says what it lost', () => {
    const tally: Tally = { packets: 0, whole: 0, named: 0, diverging: [] };
    for (let round = 0; round < ROUNDS; round++) {
      for (const name of NAMES) lose(name, percent, 1000 * percent + round, tally);
    }
    expect(tally.diverging).toEqual([]);
    const told = `${tally.whole} whole and ${tally.named} named of ${tally.packets}`;
    expect(tally.whole / tally.packets, told).toBeGreaterThanOrEqual(whole);
    expect(tally.named / tally.packets, told).toBeGreaterThanOrEqual(named);
    if (process.env['TRACE_TELL'] !== undefined) console.log(`${percent} %: ${told}`);
  });
});
