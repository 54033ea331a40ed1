/** What reports remember of names and numbers of the input has an end, and what finds no room is counted. */
import { describe, expect, test } from 'vitest';
import { diagnostic } from '../../src/model/diagnostic.ts';
import type { Step, Walk } from '../../src/model/walk.ts';
import { FlowGraph } from '../../src/report/flow-graph.ts';
import { Groups } from '../../src/report/groups.ts';
import { PathTree } from '../../src/report/path-tree.ts';
import { perfettoRenderer } from '../../src/report/perfetto.ts';
import { Tally } from '../../src/report/tally.ts';
import { assemble, readCapture } from '../compare/capture.ts';

const { events, ruleset } = readCapture('service', 'rules.save');
const [first] = assemble(events, ruleset);

/** The first packet of the capture as another one: `change` makes its steps. */
function walk(
  n: number,
  change: (step: Step, i: number) => Step = (step) => step,
  more: Partial<Walk> = {},
): Walk {
  if (first === undefined) throw new Error('the capture has no packet');
  return { ...first, n, ...more, steps: first.steps.map(change) };
}

/** Its last line in a chain that only it has. */
function inChain(n: number): Walk {
  const last = (first?.steps.length ?? 0) - 1;
  return walk(n, (step, i) =>
    i === last ? { ...step, event: { ...step.event, chain: `chain${n}` } } : step,
  );
}

describe('groups', () => {
  test('of paths without end are found in linear time, and those that found room still count', () => {
    const timeOf = (count: number): number => {
      const groups = new Groups();
      const begin = process.cpuUsage();
      for (let n = 1; n <= count; n++) groups.add(inChain(n), []);
      const { user, system } = process.cpuUsage(begin);
      groups.add(inChain(1), []);
      expect(groups.sorted()).toHaveLength(500);
      expect(groups.sorted()[0]?.count).toBe(2);
      expect(groups.beyond).toBe(count - 500);
      return user + system;
    };
    timeOf(5000);
    // What is to be told apart is 8 from 64.
    expect(timeOf(40_000) / timeOf(5000)).toBeLessThan(30);
  });

  test('a path that may not grow the tree has a number only if the tree holds it', () => {
    const tree = new PathTree();
    const [a, b] = [inChain(1).steps, inChain(2).steps];
    expect(tree.numberOf(a, false)).toBeNull();
    const number = tree.numberOf(a, true);
    expect(number).not.toBeNull();
    expect(tree.numberOf(b, false)).toBeNull();
    expect(tree.numberOf(a, false)).toBe(number);
    expect(tree.numberOf(b, true)).not.toBe(number);
  });
});

test('rule numbers fill a flow graph to its limit, and then walks are counted as beyond', () => {
  const graph = new FlowGraph();
  const [step] = first?.steps ?? [];
  if (step === undefined) throw new Error('the packet has no step');
  for (let n = 1; n <= 1100; n++) {
    const numbered = (_: unknown, i: number): Step => ({
      ...step,
      event: { ...step.event, number: n * 100 + i },
    });
    graph.add({ ...walk(n), decidedBy: null, steps: Array.from({ length: 100 }, numbered) });
  }
  const rules = graph.nodes().reduce((sum, node) => sum + node.rules.size, 0);
  expect(rules).toBe(99_900);
  expect(graph.beyond).toBe(101);
  expect(graph.walks).toBe(1100);
});

test('hosts beyond ten thousand are one process in a trace', () => {
  const renderer = perfettoRenderer();
  let text = '';
  for (let n = 1; n <= 10_003; n++) {
    const all = renderer.push({ type: 'walk', walk: walk(n, (step) => step, { host: `node${n}` }) });
    if (n === 1 || n >= 10_000) text += all;
  }
  const processes = (
    JSON.parse(`${text}${[...renderer.end()].join('')}`) as { traceEvents: { name: string; pid: number }[] }
  ).traceEvents.filter(({ name }) => name === 'process_name');
  expect(processes.map((each) => JSON.stringify(each))).toEqual([
    expect.stringContaining('"node1"'),
    expect.stringContaining('"node10000"'),
    expect.stringContaining('"other hosts"'),
  ]);
  expect(new Set(processes.map(({ pid }) => pid)).size).toBe(3);
});

test('losses within a walk are those between its lines, in the order of the log', () => {
  const file = first?.steps[0]?.event.file ?? '';
  const lossAt = (of: string, line: number) =>
    diagnostic('log.lost-repeated', { file: of, line, column: 1 }, { count: 3 });
  const losses = [
    lossAt('before', 7),
    lossAt(file, 10),
    lossAt(file, 11),
    lossAt(file, 12),
    lossAt(file, 14),
    lossAt('after', 1),
  ];
  const tally = new Tally();
  for (const loss of losses) tally.addDiagnostic(loss);
  const found = tally.lossesWithin(
    walk(1, (step, i) => ({ ...step, event: { ...step.event, line: i === 0 ? 10 : 13 } })),
  );
  expect(found.map(({ at }) => at.line)).toEqual([11, 12]);
});
