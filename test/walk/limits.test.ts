/** Memory is bounded by what is in flight; hostile and degenerate logs change results, never the bounds. */
import { describe, expect, test } from 'vitest';
import { EMPTY_RULESET } from '../../src/model/ruleset.ts';
import type { Walk } from '../../src/model/walk.ts';
import { Assembler, type AssemblerOptions } from '../../src/walk/index.ts';
import { eventsOf, stepNames, summaryOf } from './assembling.ts';

const MAC = 'MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00';

function line(place: string, id: number, out = '', more = ''): string {
  const ttl = out === '' ? 64 : 63;
  return `TRACE: ${place} IN=a OUT=${out} ${MAC} SRC=10.0.0.1 DST=10.0.1.1 LEN=30 TOS=0x00 PREC=0x00 TTL=${ttl} ID=${id} PROTO=UDP SPT=1000 DPT=53 LEN=10${more}`;
}

/** The lines of a forwarded packet. */
function packet(id: number): string[] {
  return [
    line('raw:PREROUTING:policy:1', id),
    line('mangle:PREROUTING:policy:1', id),
    line('mangle:FORWARD:policy:1', id, 'b'),
    line('filter:FORWARD:policy:1', id, 'b'),
    line('mangle:POSTROUTING:policy:1', id, 'b'),
  ];
}

class Run {
  readonly walks: Walk[] = [];
  readonly codes: string[] = [];
  readonly assembler: Assembler;

  constructor(options: Partial<AssemblerOptions> = {}) {
    this.assembler = new Assembler(
      { ruleset: EMPTY_RULESET, ...options },
      {
        walk: (walk) => this.walks.push(walk),
        diagnostic: ({ code }) => this.codes.push(code),
      },
    );
  }

  push(lines: readonly string[]): this {
    for (const event of eventsOf(lines)) this.assembler.push(event);
    return this;
  }

  end(): this {
    this.assembler.end();
    return this;
  }
}

describe('ages', () => {
  test('a walk that may be complete is given out while the log goes on', () => {
    const run = new Run({ quietEvents: 1024 }).push(packet(1));
    for (let id = 2; id < 400; id++) run.push(packet(id));
    expect(run.walks.length).toBeGreaterThan(100);
    expect(run.walks.slice(0, 3).map((walk) => walk.n)).toEqual([1, 2, 3]);
    expect(run.walks[0]?.disposition).toBe('forwarded');
  });

  test('a walk that must go on waits longer, but not for ever', () => {
    const run = new Run({ openEvents: 2048 }).push(packet(1).slice(0, 2));
    for (let id = 2; id < 300; id++) run.push(packet(id));
    expect(run.walks.some((walk) => walk.n === 1)).toBe(false);
    for (let id = 300; id < 700; id++) run.push(packet(id));
    expect(run.walks.filter((walk) => walk.n === 1).map(stepNames)).toEqual([
      ['raw:PREROUTING:policy:1', 'mangle:PREROUTING:policy:1'],
    ]);
  });

  test('an input that pauses gives out what may be complete', () => {
    const run = new Run().push(packet(1)).push(packet(2).slice(0, 3));
    run.assembler.idle();
    expect(run.walks.map((walk) => walk.n)).toEqual([1]);
    run.push(packet(2).slice(3)).end();
    expect(run.walks.map((walk) => walk.steps.length)).toEqual([5, 5]);
  });
});

test('too many walks under way: the oldest are given up, which is said once', () => {
  const run = new Run({ openWalks: 100 });
  for (let id = 1; id <= 300; id++) run.push(packet(id).slice(0, 1));
  expect(run.codes).toEqual(['walk.crowded']);
  expect(run.walks.length).toBeGreaterThanOrEqual(200);
  run.end();
  expect(run.walks.length).toBe(300);
  expect(run.walks.flatMap((walk) => walk.steps).length).toBe(300);
});

describe('equal packets without end', () => {
  const events = eventsOf(packet(0));

  test('one after another: as many walks, in bounded time and number under way', () => {
    const run = new Run();
    const start = performance.now();
    for (let i = 0; i < 10_000; i++) for (const event of events) run.assembler.push(event);
    expect(run.walks.length).toBeGreaterThan(9000);
    run.end();
    expect(run.walks.length).toBe(10_000);
    expect(new Set(run.walks.map((walk) => walk.steps.length))).toEqual(new Set([5]));
    // 50,000 lines; measured 0.7 s. Quadratic behaviour would take minutes.
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  test('that all vanish after PREROUTING', () => {
    const run = new Run();
    const [first, second] = events;
    if (first === undefined || second === undefined) throw new Error('no events');
    const start = performance.now();
    for (let i = 0; i < 10_000; i++) {
      run.assembler.push(first);
      run.assembler.push(second);
    }
    expect(run.walks.length).toBeGreaterThan(7000);
    run.end();
    expect(run.walks.reduce((sum, walk) => sum + walk.steps.length, 0)).toBe(20_000);
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  test('all at once: 1,000 in flight, each line still in one walk', () => {
    const run = new Run();
    for (const event of events) for (let i = 0; i < 1000; i++) run.assembler.push(event);
    run.end();
    expect(run.walks.reduce((sum, walk) => sum + walk.steps.length, 0)).toBe(5000);
  });
});

test('chain names are input: any number of them', () => {
  const run = new Run();
  const lines: string[] = [];
  for (let i = 0; i < 20_000; i++) lines.push(line(`filter:c${i}:rule:${i + 1}`, 7, 'b'));
  run.push(lines).end();
  expect(run.walks.reduce((sum, walk) => sum + walk.steps.length, 0)).toBe(20_000);
});

test('a chain that calls itself, in lines that no kernel wrote', () => {
  const lines = ['x:rule:1', 'x:rule:1', 'y:rule:2', 'x:rule:1', 'y:rule:2', 'x:return:9'].map((place) =>
    line(`filter:${place}`, 9, 'b'),
  );
  const run = new Run().push(lines).end();
  expect(run.walks.reduce((sum, walk) => sum + walk.steps.length, 0)).toBe(6);
});

describe('hosts', () => {
  const onHost = (host: string, lines: readonly string[]): string[] =>
    lines.map((text, i) => `May  1 08:00:16 ${host} kernel: [  100.00000${i}] ${text}`);

  test('the same packet on two hosts is two walks', () => {
    const one = onHost('one', packet(5));
    const two = onHost('two', packet(5));
    const run = new Run().push(one.flatMap((text, i) => [text, two[i] ?? ''])).end();
    expect(run.walks.map((walk) => `${walk.host} ${walk.steps.length}`).sort()).toEqual(['one 5', 'two 5']);
  });
});

describe('a log that says where it lost lines', () => {
  const lossAfter = (count: number): Run => {
    const run = new Run();
    const events = eventsOf(packet(0));
    for (const event of events.slice(0, count)) run.assembler.push(event);
    run.assembler.lost({
      code: 'log.refused',
      severity: 'warning',
      args: {},
      at: { file: 'trace.log', line: 1, column: 1 },
      excerpt: null,
    });
    return run;
  };

  test('a walk that stops there has not vanished', () => {
    const run = lossAfter(2).push(packet(77)).end();
    expect(run.walks.map((walk) => walk.disposition)).toEqual(['unknown', 'forwarded']);
  });

  test('a walk goes on behind it, however many lines are missing', () => {
    const run = lossAfter(2).push(packet(0).slice(4)).end();
    expect(run.walks.map(summaryOf)).toEqual([
      '1: raw:PREROUTING:policy:1 … mangle:POSTROUTING:policy:1 (3) PREROUTING POSTROUTING: forwarded gap after 1 []',
    ]);
  });
});
