/**
 * Rules that were not yet (or no more) those of the log, where what differs is only that packets end: no
 * line contradicts the rules, but packet after packet ends at one place. Lost lines must not look like it.
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

function ends(findings: readonly Finding[]): readonly unknown[] {
  return findings
    .filter(({ code }) => code === 'check.all-end')
    .map(({ args: { table, chain, number, what, count }, at }) => [
      `${table}:${chain}:${number}`,
      what,
      count,
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
    expect(ends(checkWith(DENIED, rules))).toEqual([['filter:cali-tw-cali5cb173fd42f:7', 'rule', 12, 234]]);
  });

  test.each([
    ['FORWARD', 39],
    ['INPUT', 15],
    ['OUTPUT', 6],
  ])('a policy that dropped: mangle %s', (chain, count) => {
    const name = 'fuzz/deterministic/case-0002';
    const [before = '', mangle = ''] = rulesText(name, 'rules.save').split('*mangle');
    const rules = `${before}*mangle${mangle.replace(`:${chain} DROP`, `:${chain} ACCEPT`)}`;
    expect(ends(checkWith(readCapture(name, 'rules.save'), rules))).toEqual([
      [expect.stringMatching(`^mangle:${chain}:`), 'policy', count, expect.any(Number)],
    ]);
  });

  test('two packets are too few, and so is one place that another packet passes', () => {
    const rules = SAVED.replace(DROP, DROP.replace('DROP', 'ACCEPT'));
    expect(ends(checkWith(DENIED, rules, (n) => n < 9))).toEqual([]);
    expect(ends(checkWith(DENIED, rules, (n) => n < 11))).not.toEqual([]);
  });

  test('the rules as they were give no word of it', () => {
    expect(checkWith(DENIED, SAVED)).toEqual([]);
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
    ends(check(assemble(kept, capture.ruleset), capture.ruleset, capture.context).findings);

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
