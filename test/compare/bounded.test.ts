/** Names are input: a host or a chain in every line must neither be kept for good nor cost a whole search. */
import { expect, test } from 'vitest';
import { Checker } from '../../src/compare/index.ts';
import { Room } from '../../src/compare/room.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { Walk } from '../../src/model/walk.ts';
import { openEvaluator } from '../../src/simulate/index.ts';
import { assemble, readCapture } from './capture.ts';

const { events, ruleset, context } = readCapture('service', 'rules.save');
const [first] = assemble(events, ruleset);

interface Tally {
  /** Evaluators that were opened, and packets that they ran. */
  readonly hosts: number;
  readonly runs: number;
  readonly walks: readonly Walk[];
  readonly findings: readonly Finding[];
}

function tallyOf(walks: Iterable<Walk>): Tally {
  let hosts = 0;
  let runs = 0;
  const checked: Walk[] = [];
  const findings: Finding[] = [];
  const evaluator = (): ReturnType<typeof openEvaluator> => {
    hosts++;
    const plain = openEvaluator(ruleset, context);
    const before = plain.run.bind(plain);
    const run: typeof plain.run = (...args) => {
      runs++;
      return before(...args);
    };
    return Object.defineProperty(plain, 'run', { value: run });
  };
  const checker = new Checker(
    { ruleset, context, evaluator },
    { walk: (walk) => void checked.push(walk), finding: (found) => void findings.push(found) },
  );
  for (const walk of walks) checker.push(walk);
  checker.end();
  return { hosts, runs, walks: checked, findings };
}

/** The first packet of the capture, later and later. */
function at(n: number, change: Partial<Walk>): Walk {
  if (first === undefined) throw new Error('the capture has no packet');
  const steps = (change.steps ?? first.steps).map((step, i) => ({
    ...step,
    event: { ...step.event, line: n * 100 + i, uptime: (step.event.uptime ?? 0) + n },
  }));
  return { ...first, ...change, n, steps };
}

function* some(count: number, change: (n: number) => Partial<Walk>): Iterable<Walk> {
  for (let n = 1; n <= count; n++) yield at(n, change(n));
}

test('of many hosts, those that are quiet are given up', () => {
  const names = (n: number): Partial<Walk> => ({ host: n % 2 === 0 ? 'busy' : `node${n % 3000}` });
  const { hosts, walks } = tallyOf(some(6000, names));
  // 1500 names come twice, and by the second time their first state is gone; the busy one stays.
  expect(hosts).toBe(1 + 3000);
  expect(walks.length).toBe(6000);
  expect(walks.every(({ check }) => check.status !== 'diverges')).toBe(true);
});

test('chains that the rules lack, another for each packet: most are looked at once', () => {
  const missing = (n: number): Partial<Walk> => ({
    steps: (first?.steps ?? []).map((step, i) =>
      i === 3
        ? { ...step, event: { ...step.event, chain: `chain${n}`, number: 2 }, place: { kind: 'missing' } }
        : step,
    ),
  });
  const { runs, walks, findings } = tallyOf(some(3000, missing));
  expect(walks.filter(({ check }) => check.status === 'diverges').length).toBe(3000);
  expect(walks.every(({ check }) => check.divergence?.at === 3)).toBe(true);
  expect(runs / 3000).toBeLessThan(12);
  expect(findings.length).toBeLessThanOrEqual(1100);
});

test('of many hosts, each remembers less, and never too little for an answer', () => {
  const room = new Room();
  const shares = [1, 16, 100, 256, 100_000].map((hosts) => {
    room.hosts = hosts;
    return room.share(64, 1024);
  });
  expect(shares).toEqual([64, 64, 10, 4, 4]);
});
