/**
 * Rules that were not yet (or no more) those of the log, where no line contradicts them: packets only end, or
 * lack a line, packet after packet at one place. Lost lines must not look like it.
 */
import { expect, describe as group, test } from 'vitest';
import type { TraceEvent } from '../../src/model/event.ts';
import type { Finding } from '../../src/model/finding.ts';
import { assemble, type Capture, readCapture, readRules, rulesText, walksOf } from './capture.ts';
import { check } from './check.ts';
import { seeded } from './mutate.ts';

const DROP = '-m mark --mark 0x0/0x20000 -j DROP';
const DENIED = readCapture('denied', 'rules.save');
const SAVED = rulesText('denied', 'rules.save');

function lacks(findings: readonly Finding[]): readonly unknown[] {
  return findings
    .filter(({ code }) => code.startsWith('check.all-'))
    .map(({ code, args: { table, chain, number, what, count, next }, at }) => [
      code.slice('check.all-'.length),
      `${table}:${chain}:${number}`,
      what,
      count,
      next,
      at?.line,
    ]);
}

function checkWith(capture: Capture, rules: string, only: (n: number) => boolean = () => true): Finding[] {
  const ruleset = readRules('rules.save', rules, capture.events);
  const walks = walksOf(capture, ruleset).filter(({ n }) => only(n));
  const again = walks.map((walk, i) => ({ ...walk, n: i + 1 }));
  return [...check(again, ruleset, capture.context).findings];
}

group('a rule that dropped is none in the rules given', () => {
  test.each([
    ['it accepts', SAVED.replace(DROP, DROP.replace('DROP', 'ACCEPT'))],
    ['it returns', SAVED.replace(DROP, DROP.replace('DROP', 'RETURN'))],
    ['it only counts', SAVED.replace(` ${DROP}`, ' -m mark --mark 0x0/0x20000')],
    ['it marks', SAVED.replace(DROP, DROP.replace('DROP', 'MARK --set-xmark 0x1/0x1'))],
  ])('%s', (_, rules) => {
    expect(rules).not.toBe(SAVED);
    expect(lacks(checkWith(DENIED, rules))).toEqual([
      ['end', 'filter:cali-tw-cali5cb173fd42f:7', 'rule', 12, expect.any(String), 234],
    ]);
  });

  test.each([
    ['FORWARD', 39],
    ['INPUT', 15],
    ['OUTPUT', 6],
  ])('a policy that dropped: mangle %s', (chain, count) => {
    const name = 'fuzz/deterministic/case-0002';
    const [before = '', mangle = ''] = rulesText(name, 'rules.save').split('*mangle');
    const rules = `${before}*mangle${mangle.replace(`:${chain} DROP`, `:${chain} ACCEPT`)}`;
    expect(lacks(checkWith(readCapture(name, 'rules.save'), rules))).toEqual([
      [
        'end',
        expect.stringMatching(`^mangle:${chain}:`),
        'policy',
        count,
        expect.any(String),
        expect.any(Number),
      ],
    ]);
  });

  test('two packets are too few, and so is one place that another packet passes', () => {
    const rules = SAVED.replace(DROP, DROP.replace('DROP', 'ACCEPT'));
    expect(lacks(checkWith(DENIED, rules, (n) => n < 9))).toEqual([]);
    expect(lacks(checkWith(DENIED, rules, (n) => n < 11))).not.toEqual([]);
  });

  test('the rules as they were give no word of it', () => {
    expect(checkWith(DENIED, SAVED)).toEqual([]);
  });
});

group('a rule that prints a line and lets packets go on', () => {
  const INVERTED = SAVED.replace('-m addrtype --dst-type LOCAL', '-m addrtype ! --dst-type LOCAL');
  const LINE = 'nat:KUBE-SERVICES:rule:11';

  test('no packet of the log has its line', () => {
    expect(INVERTED).not.toBe(SAVED);
    expect(lacks(checkWith(DENIED, INVERTED))).toEqual([['lack', 'nat:PREROUTING:2', 'rule', 18, LINE, 15]]);
  });

  test('the first line of all', () => {
    const walks = walksOf(DENIED).map((walk) => ({ ...walk, steps: walk.steps.slice(1) }));
    const found = lacks(check(walks, DENIED.ruleset, DENIED.context).findings);
    expect(found).toEqual([['lack', 'raw::0', 'begin', 24, 'raw:PREROUTING:rule:2', 2]]);
  });

  test('the lines of a table are filtered out', () => {
    const walks = walksOf(DENIED).map((walk) => ({
      ...walk,
      steps: walk.steps.filter(({ event }) => event.table !== 'mangle'),
    }));
    const found = lacks(check(walks, DENIED.ruleset, DENIED.context).findings);
    expect(found.map((item) => (item as string[])[4])).toEqual([
      'mangle:PREROUTING:rule:1',
      'mangle:FORWARD:policy:1',
      'mangle:POSTROUTING:policy:1',
    ]);
  });
});

/** The same packet again and again, each a second after the one before. */
function repeated(events: readonly TraceEvent[], times: number): TraceEvent[] {
  return Array.from({ length: times }, (_, i) =>
    events.map((event) => ({
      ...event,
      line: event.line + i * events.length,
      uptime: event.uptime === null ? null : event.uptime + i,
      packet: { ...event.packet, id: (event.packet.id ?? 0) + i },
    })),
  ).flat();
}

group('lost lines', () => {
  const capture = readCapture('pod-to-pod', 'rules.save');
  const events = repeated(capture.events.slice(0, capture.lines[0]?.length), 60);
  const checked = (kept: readonly TraceEvent[]): readonly unknown[] =>
    lacks(check(assemble(kept, capture.ruleset), capture.ruleset, capture.context).findings);

  test.each([1, 5, 20, 50, 80])('%i %% of the lines of a packet that comes 60 times', (rate) => {
    const random = seeded(rate);
    expect(checked(events.filter(() => random(100) >= rate))).toEqual([]);
  });

  test('the end of the log is lost', () => {
    for (const end of [7, 30, 48]) expect(checked(events.slice(0, -end))).toEqual([]);
  });

  test('what follows one line is always lost: nobody can tell this from a rule that drops', () => {
    const length = events.length / 60;
    expect(checked(events.filter((_, i) => i % length < 40))).toHaveLength(1);
  });
});
