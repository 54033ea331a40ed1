/**
 * The captured scenarios predicted: each walk's packet as its first line shows it, in order of first lines.
 * Where a rule leaves something to chance the kernel's path is among those predicted, else it is the only one.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LogReader } from '../../src/log/index.ts';
import { stepName, type TraceEvent } from '../../src/model/event.ts';
import { type PacketSpec, specOfPacket } from '../../src/model/packet-spec.ts';
import type { Ruleset } from '../../src/model/ruleset.ts';
import { simulate } from '../../src/simulate/index.ts';
import { CAPTURES, FORMS, linesOf, namesOf, readContext, readRules } from './captures.ts';

const SCENARIOS = [
  'seed-same-node',
  'pod-to-pod',
  'service',
  'nodeport',
  'denied',
  'whole-connection',
  'docker-bridge',
  'ipip-ping/node1',
  'ipip-ping/node2',
] as const;

function readEvents(folder: string): ReadonlyMap<number, TraceEvent> {
  const events = new Map<number, TraceEvent>();
  const reader = new LogReader(
    { year: null, timezone: null },
    { event: (event) => void events.set(event.line, event), diagnostic: () => {} },
  );
  const file = folder.endsWith('seed-same-node') ? 'syslog.log' : 'trace.log';
  reader.push({ file, firstLine: 1, lines: linesOf(join(folder, file)) });
  reader.end();
  return events;
}

interface TruthWalk {
  readonly steps: readonly string[];
  readonly lines: readonly number[];
}

function readWalks(folder: string, events: ReadonlyMap<number, TraceEvent>): readonly TruthWalk[] {
  // The seed is one packet's walk from its first line to its last.
  if (!existsSync(join(folder, 'walks.jsonl'))) {
    return [{ steps: [...events.values()].map(stepName), lines: [...events.keys()] }];
  }
  return readFileSync(join(folder, 'walks.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): TruthWalk => JSON.parse(line))
    .toSorted((a, b) => (a.lines[0] ?? 0) - (b.lines[0] ?? 0));
}

function leavesToChance({ tables }: Ruleset): boolean {
  const chance = ['statistic-random', 'statistic-nth', 'limit', 'hashlimit', 'recent'];
  const rules = tables.flatMap(({ chains }) => [...chains.values()].flatMap((chain) => chain.rules));
  return rules.some(({ matches }) => matches.some(({ kind }) => chance.includes(kind)));
}

/** A fresh packet's mark is 0; one that the tunnel inherited from its inner packet, or lost, is as shown. */
function packetOf(event: TraceEvent): PacketSpec {
  const spec = specOfPacket(event.packet);
  return { ...spec, mark: event.packet.in === '' ? event.packet.mark : 0 };
}

describe.each(SCENARIOS)('%s', (name) => {
  test.each(FORMS)('from %s', (form) => {
    const folder = join(CAPTURES, name);
    const events = readEvents(folder);
    const walks = readWalks(folder, events);
    const ruleset = readRules(folder, form);
    const certain =
      existsSync(join(folder, 'conntrack.txt')) && !leavesToChance(ruleset) && form === 'rules.save';
    const packets = walks.map(({ lines: [first] }) => {
      const event = events.get(first ?? 0);
      if (event === undefined) throw new RangeError(`no line ${first}`);
      return packetOf(event);
    });
    const wrong: unknown[] = [];
    for (const { n, paths, more } of simulate(ruleset, readContext(folder), packets)) {
      const steps = paths.map((path) => namesOf(path.steps).join(' '));
      const wanted = walks[n]?.steps.join(' ') ?? '';
      const assumed = paths.flatMap((path) => path.assumptions);
      if (certain && (steps.length > 1 || assumed.length > 0)) wrong.push({ n, steps, assumed });
      if (!steps.includes(wanted) || more) wrong.push({ n, wanted, steps, packet: packets[n] });
    }
    expect(wrong).toEqual([]);
  });
});
