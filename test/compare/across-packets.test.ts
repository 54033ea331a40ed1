/** What holds between packets: facts that cannot have changed, settings, tables that were not given, order. */
import fc from 'fast-check';
import { expect, describe as group, test } from 'vitest';
import { InOrder } from '../../src/compare/timeline.ts';
import { parseContext } from '../../src/context/index.ts';
import { LogReader } from '../../src/log/index.ts';
import type { TraceEvent } from '../../src/model/event.ts';
import type { Walk } from '../../src/model/walk.ts';
import { assemble, readCapture, readRules, walksOf } from './capture.ts';
import { type Checked, check } from './check.ts';

/** Checks hand-made lines: `table:chain:type:number`, the packet's ID and what is special about it. */
function checkLines(
  lines: readonly (readonly [step: string, id: number, packet: string])[],
  rules: string,
  context: Readonly<Record<string, string>>,
): Checked {
  const events: TraceEvent[] = [];
  const reader = new LogReader(
    { year: null, timezone: null },
    { event: (event) => void events.push(event), diagnostic: () => {} },
  );
  const texts = lines.map(([step, id, packet]) => {
    const out = step.includes('PREROUTING') ? '' : 'eth1';
    const ttl = out === '' ? 64 : 63;
    return `TRACE: ${step} IN=eth0 OUT=${out} MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 SRC=10.0.1.5 DST=10.0.2.7 LEN=40 TOS=0x00 PREC=0x00 TTL=${ttl} ID=${id} DF ${packet}`;
  });
  reader.push({ file: 'made.log', firstLine: 1, lines: texts });
  reader.end();
  const ruleset = readRules('rules.save', rules, events);
  const files = Object.entries(context).map(([file, text]) => ({ file, lines: text.split('\n') }));
  return check(assemble(events, ruleset), ruleset, parseContext(files).context);
}

const UDP = 'PROTO=UDP SPT=4000 DPT=53 LEN=20';
const RAW = `*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
[0:0] -A PREROUTING -j TRACE
COMMIT
`;

function filter(...rules: string[]): string {
  const lines = rules.map((rule) => `[0:0] -A FORWARD ${rule}`).join('\n');
  return `${RAW}*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${lines}\nCOMMIT\n`;
}

group('a fact that cannot have changed', () => {
  const rules = filter('-m set --match-set known src -j LOG', '-m set ! --match-set known src -j NFLOG');
  const walk = (id: number, rule: number): (readonly [string, number, string])[] => [
    ['raw:PREROUTING:policy:2', id, UDP],
    [`filter:FORWARD:rule:${rule}`, id, UDP],
    ['filter:FORWARD:policy:3', id, UDP],
  ];
  test('two packets that say the same agree', () => {
    const { walks } = checkLines([...walk(1, 1), ...walk(2, 1)], rules, {});
    expect(walks.map(({ check: { status } }) => status)).toEqual(['agrees', 'agrees']);
  });
  test('of two that contradict each other the later one diverges', () => {
    const { walks } = checkLines([...walk(1, 1), ...walk(2, 2)], rules, {});
    expect(walks.map(({ check: { status } }) => status)).toEqual(['agrees', 'diverges']);
    expect(walks[1]?.check.divergence).toEqual({
      at: 1,
      expected: 'filter:FORWARD:rule:1',
      observed: 'filter:FORWARD:rule:2',
      because: {
        rule: 'filter:FORWARD:1',
        condition: '10.0.1.5 is not in known',
        value: '10.0.1.5 is in known (packet 1)',
      },
    });
  });
  test('what a missing line might have said contradicts nothing', () => {
    const { walks } = checkLines(
      [...walk(1, 1), ...walk(2, 1).filter(([step]) => !step.includes('rule'))],
      rules,
      {},
    );
    expect(walks.map(({ check: { status } }) => status)).toEqual(['agrees', 'incomplete']);
  });
});

test('a setting that nobody saved and that a line contradicts is corrected, once, and is no assumption', () => {
  const rules = filter('-m conntrack --ctstate INVALID -j LOG');
  const ack = 'PROTO=TCP SPT=4000 DPT=80 SEQ=100 ACK=200 WINDOW=500 RES=0x00 ACK URGP=0';
  const lines = [1, 2].flatMap((id) => [
    ['raw:PREROUTING:policy:2', id, ack] as const,
    ['filter:FORWARD:rule:1', id, ack] as const,
    ['filter:FORWARD:policy:2', id, ack] as const,
  ]);
  const context = { 'conntrack.txt': 'conntrack v1.4.7 (conntrack-tools): 0 flow entries have been shown.' };
  const { walks, findings } = checkLines(lines, rules, context);
  expect(walks.map(({ check: { status } }) => status)).toEqual(['agrees', 'agrees']);
  expect(
    walks.flatMap(({ check: { assumptions } }) => assumptions.filter(({ kind }) => kind !== 'host')),
  ).toEqual([]);
  expect(findings.map(({ code, args }) => [code, args])).toEqual([
    ['check.setting', { fact: 'TCP connections are not picked up in the middle' }],
  ]);
});

test('what only an unseen earlier packet explains is an assumption that says so', () => {
  const rules = filter('-m conntrack --ctstate ESTABLISHED -j LOG');
  const lines = [
    ['raw:PREROUTING:policy:2', 1, UDP],
    ['filter:FORWARD:rule:1', 1, UDP],
    ['filter:FORWARD:policy:2', 1, UDP],
  ] as const;
  const none = { 'conntrack.txt': 'conntrack v1.4.7 (conntrack-tools): 0 flow entries have been shown.' };
  const [known] = checkLines(lines, rules, none).walks;
  expect(known?.check.status).toBe('agrees');
  expect(known?.check.assumptions.map(({ kind }) => kind)).toContain('unseen');
  const [unknown] = checkLines(lines, rules, {}).walks;
  expect(unknown?.check.status).toBe('agrees');
  expect(unknown?.check.assumptions.map(({ kind }) => kind)).toContain('conntrack');
});

test('an address is never excused by an unseen packet', () => {
  const rules = `${filter('-j LOG')}*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
[0:0] -A PREROUTING -d 10.0.9.9/32 -p udp -j DNAT --to-destination 10.0.2.8
COMMIT
`;
  // The first line shows 10.0.2.7, the second another address, to which no rule translates.
  const lines = [
    ['raw:PREROUTING:policy:2', 1, UDP],
    ['filter:FORWARD:rule:1', 1, UDP],
    ['filter:FORWARD:policy:2', 1, UDP],
  ] as const;
  const events = checkLines(lines, rules, {}).walks[0]?.steps.map(({ event }) => event) ?? [];
  const ruleset = readRules('rules.save', rules, events);
  const translatedTo = (last: string): Walk[] =>
    walksWith(events, (event) => event.table === 'filter', last).flatMap((changed) =>
      assemble(changed, ruleset),
    );
  for (const [to, status] of [
    ['10.0.2.8', 'agrees'],
    ['10.0.2.200', 'diverges'],
  ] as const) {
    for (const context of [{}, { 'conntrack.txt': 'conntrack v1.4.7 (conntrack-tools): 0 flow entries' }]) {
      const files = Object.entries(context).map(([file, text]) => ({ file, lines: [text] }));
      const { walks } = check(translatedTo(to), ruleset, parseContext(files).context);
      expect(
        walks.map(({ check: found }) => found.status),
        to,
      ).toEqual([status]);
    }
  }
});

function walksWith(
  events: readonly TraceEvent[],
  which: (event: TraceEvent) => boolean,
  dst: string,
): TraceEvent[][] {
  const reader = (text: string): TraceEvent[] => {
    const read: TraceEvent[] = [];
    const log = new LogReader(
      { year: null, timezone: null },
      { event: (event) => void read.push(event), diagnostic: () => {} },
    );
    log.push({ file: 'made.log', firstLine: 1, lines: [text] });
    return read;
  };
  return [
    events.flatMap((event, i) =>
      reader(which(event) ? event.text.replace(/DST=\S+/, `DST=${dst}`) : event.text).map((read) => ({
        ...read,
        line: i + 1,
      })),
    ),
  ];
}

group('tables that were not given', () => {
  const capture = readCapture('pod-to-pod', 'rules.save');
  const only = (...names: string[]): typeof capture.ruleset => ({
    tables: capture.ruleset.tables.filter(({ name }) => names.includes(name)),
    whole: [],
  });
  test('are unchecked, not wrong', () => {
    const ruleset = only('filter');
    const { walks } = check(walksOf(capture, ruleset), ruleset, capture.context);
    expect(new Set(walks.map(({ check: { status } }) => status))).toEqual(new Set(['agrees']));
    expect(walks[0]?.check.unchecked).toEqual(['raw', 'mangle', 'nat']);
  });
  test('a walk of which none was given is unchecked', () => {
    const ruleset = only();
    const { walks } = check(walksOf(capture, ruleset), ruleset, capture.context);
    expect(new Set(walks.map(({ check: { status } }) => status))).toEqual(new Set(['unchecked']));
  });
  test('what the given ones say is still held against the log', () => {
    const ruleset = only('filter');
    const walks = walksOf(capture, ruleset).map((walk) => ({
      ...walk,
      steps: walk.steps.map((step) =>
        step.event.table === 'filter' && step.event.chain === 'cali-FORWARD' && step.event.number === 2
          ? { ...step, event: { ...step.event, number: 3 } }
          : step,
      ),
    }));
    const checked = check(walks, ruleset, capture.context);
    expect(checked.walks[0]?.check.divergence).toMatchObject({
      at: 20,
      observed: 'filter:cali-FORWARD:rule:3',
    });
  });
});

group('order', () => {
  const walk = (n: number): Walk => ({
    ...(walksOf(readCapture('seed-same-node', 'rules.save'))[0] as Walk),
    n,
  });
  const [template] = [walk(0)];
  test('walks come out by their number, whatever the order of their ends', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8], { minLength: 8 }), (numbers) => {
        const out: number[] = [];
        const order = new InOrder(8, ({ n }) => void out.push(n));
        for (const n of numbers) order.push({ ...template, n } as Walk);
        order.end();
        expect(out).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      }),
    );
  });
  test('what is held is bounded, and nothing is lost', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 200 })),
        fc.integer({ min: 1, max: 5 }),
        (numbers, limit) => {
          const out: number[] = [];
          let held = 0;
          const order = new InOrder(limit, ({ n }) => void out.push(n));
          for (const [i, n] of numbers.entries()) {
            order.push({ ...template, n } as Walk);
            held = Math.max(held, i + 1 - out.length);
          }
          order.end();
          expect(out.toSorted((a, b) => a - b)).toEqual(numbers.toSorted((a, b) => a - b));
          expect(held).toBeLessThanOrEqual(limit);
        },
      ),
    );
  });
});
