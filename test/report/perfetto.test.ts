/**
 * The file for Perfetto, held against the rules of its importer as its source has them (trace_processor: the JSON
 * tokenizer and parser, the sorter, the slice tracker): nothing is dropped, every slice lies where it belongs.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AnalysisRecord } from '../../src/model/analysis.ts';
import { perfettoRenderer } from '../../src/report/perfetto.ts';
import { run } from '../make/stdio.ts';
import { step, walk } from '../make/walk.ts';

interface TraceEvent {
  readonly ph: string;
  readonly name: string;
  readonly cat?: string;
  readonly pid: number;
  readonly tid?: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly args?: { readonly name?: string };
}

interface Slice {
  readonly start: number;
  readonly duration: number;
  readonly depth: number;
  readonly name: string;
  readonly cat: string;
}

interface Imported {
  readonly slices: ReadonlyMap<string, readonly Slice[]>;
  readonly dropped: readonly string[];
}

/** Microseconds as text → nanoseconds: digits behind the third decimal are cut off. */
function nanosecondsOfText(text: string): number {
  const [whole = '', fraction = ''] = text.split('.');
  return Number(whole + fraction.padEnd(3, '0').slice(0, 3));
}

const isUint32 = (value: number | undefined): boolean =>
  value !== undefined && Number.isInteger(value) && value >= 0 && value <= 0xffffffff;

/** What the importer makes of a file; it throws where that would refuse the file or an event. */
function importTrace(text: string): Imported {
  const trace: { readonly traceEvents: readonly TraceEvent[] } = JSON.parse(text);
  expect(Object.keys(trace)).toEqual(['traceEvents']);
  const processes = new Map<number, string>();
  const threads = new Map<string, string>();
  const events: { readonly event: TraceEvent; readonly start: number; readonly duration: number }[] = [];
  for (const event of trace.traceEvents) {
    expect(isUint32(event.pid)).toBe(true);
    const key = `${event.pid} ${event.tid}`;
    if (event.ph === 'M') {
      if (event.name === 'process_name') processes.set(event.pid, event.args?.name ?? '');
      if (event.name === 'thread_name') threads.set(key, event.args?.name ?? '');
      continue;
    }
    expect(event.ph).toBe('X');
    expect(isUint32(event.tid)).toBe(true);
    expect(processes.get(event.pid)).not.toBe('');
    expect(threads.get(key)).not.toBe('');
    const times = [event.ts, event.dur].map((value) => {
      const exact = nanosecondsOfText(String(value));
      // Some versions read the number as it is written, some as a double: both must give the same.
      expect(Math.trunc((value ?? Number.NaN) * 1000)).toBe(exact);
      return exact;
    });
    events.push({ event, start: times[0] ?? 0, duration: times[1] ?? 0 });
  }
  // A thread is named by its number alone: one that is also a process' would name that one's main thread.
  const numbers = [...threads.keys()].map((key) => key.split(' ')[1]);
  expect(new Set(numbers).size).toBe(numbers.length);
  for (const pid of processes.keys()) expect(numbers).not.toContain(String(pid));

  const order = events.map((each, i) => ({ ...each, i }));
  order.sort((a, b) => a.start - b.start || b.duration - a.duration || a.i - b.i);
  const slices = new Map<string, Slice[]>();
  const stacks = new Map<string, Slice[]>();
  const dropped: string[] = [];
  for (const { event, start, duration } of order) {
    const key = `${event.pid} ${event.tid}`;
    const stack = stacks.get(key) ?? [];
    stacks.set(key, stack);
    let overlaps = false;
    for (let i = stack.length - 1; i >= 0; i--) {
      const open = stack[i];
      if (open === undefined) continue;
      const end = open.start + open.duration;
      if (end < start || (end === start && !(open.duration === 0 && duration === 0))) stack.pop();
      else if (start < end && start + duration > end) overlaps = true;
    }
    if (overlaps) {
      dropped.push(event.name);
      continue;
    }
    const slice = { start, duration, depth: stack.length, name: event.name, cat: event.cat ?? '' };
    stack.push(slice);
    slices.set(key, [...(slices.get(key) ?? []), slice]);
  }
  return { slices, dropped };
}

/** Packet, hook, table, step: each within the one before; steps follow each other without a gap. */
function checkNesting({ slices, dropped }: Imported): void {
  expect(dropped).toEqual([]);
  for (const track of slices.values()) {
    const [whole, ...parts] = track;
    expect(whole?.depth).toBe(0);
    const steps = track.filter(({ cat }) => cat === 'step');
    expect(parts.every(({ depth, cat }) => (cat === 'step' ? depth === 3 : depth === 1 || depth === 2))).toBe(
      true,
    );
    const hooks = parts.filter(({ depth }) => depth === 1);
    for (const cover of [hooks, parts.filter(({ depth }) => depth === 2), steps]) {
      expect(cover[0]?.start).toBe(whole?.start);
      cover.forEach((slice, i) => {
        const next = cover[i + 1]?.start ?? (whole?.start ?? 0) + (whole?.duration ?? 0);
        expect(slice.duration).toBeGreaterThan(0);
        expect(slice.start + slice.duration).toBe(next);
      });
    }
  }
}

const CAPTURES = new URL('../data/captures/', import.meta.url).pathname;
const FOLDERS = readdirSync(CAPTURES)
  .map((name) => join(CAPTURES, name))
  .filter((folder) => ['trace.log', 'syslog.log'].some((log) => existsSync(join(folder, log))));

describe('captures', () => {
  test.each(FOLDERS)('%s', async (folder) => {
    const { out } = await run([folder, '-q', '-f', 'perfetto']);
    const imported = importTrace(out);
    checkNesting(imported);
    const { out: plain } = await run([folder, '-q', '-f', 'ndjson']);
    const walks = plain
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ type }) => type === 'walk');
    const steps = [...imported.slices.values()].map(
      (track) => track.filter(({ cat }) => cat === 'step').length,
    );
    expect(imported.slices.size).toBe(walks.length);
    expect(steps.reduce((sum, count) => sum + count, 0)).toBe(
      walks.reduce((sum: number, each: { steps: unknown[] }) => sum + each.steps.length, 0),
    );
  });
});

test('whatever the clocks show: the same time twice, times that run back, none, several hosts', () => {
  const moment = fc.record({
    uptime: fc.oneof(
      fc.constant(null),
      fc.nat(2_000_000_000).map((micro) => micro / 1e6),
      fc.constant(1713.241442),
    ),
    // A month at most: what is exact ends at 104 days.
    time: fc.oneof(
      fc.constant(null),
      fc.nat(30 * 86_400_000).map((since) => 1.7e12 + since),
    ),
  });
  const packet = fc.record({
    host: fc.constantFrom(null, 'a', 'b'),
    moments: fc.array(moment, { minLength: 1, maxLength: 12 }),
  });
  const names = [
    ['raw:PREROUTING:policy:1', 'PREROUTING'],
    ['mangle:PREROUTING:policy:1', 'PREROUTING'],
    ['mangle:INPUT:policy:1', 'INPUT'],
    ['filter:INPUT:policy:1', 'INPUT'],
  ] as const;
  fc.assert(
    fc.property(fc.array(packet, { minLength: 1, maxLength: 4 }), fc.nat(1e9), (packets, later) => {
      // Beside lines that have no time at all, whose number is their time, only a fresh host is exact.
      const timed = packets.every(({ moments }) => moments.every(({ uptime }) => uptime !== null));
      const boot = timed ? later : 0;
      const renderer = perfettoRenderer();
      const records = packets.map(({ host, moments }, n): AnalysisRecord => {
        const steps = moments.map(({ uptime, time }, i) => {
          const [name, hook] = names[Math.min(i >> 1, 3)] ?? names[0];
          return step(name, hook, { event: { uptime: uptime && uptime + boot, time, line: i + 1, host } });
        });
        return { type: 'walk', walk: walk(steps, { n: n + 1, host }) };
      });
      const text = records.map((record) => renderer.push(record)).join('') + [...renderer.end()].join('');
      checkNesting(importTrace(text));
    }),
    { numRuns: 300 },
  );
});

test('a log without packets is a trace without events', () => {
  expect(importTrace([...perfettoRenderer().end()].join(''))).toEqual({ slices: new Map(), dropped: [] });
});
