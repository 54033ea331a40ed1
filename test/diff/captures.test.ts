/** Flows of two captures: what is not the rules' doing, ids, chosen ports, order, times, makes no difference. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { analyze } from '../../src/analyze.ts';
import { Capture, compareCaptures, compareRulesets } from '../../src/diff/index.ts';
import { type Difference, differs } from '../../src/model/difference.ts';

const CAPTURES = new URL('../data/captures', import.meta.url).pathname;
const CONTEXT = ['ipset.save', 'ip-addr.txt', 'ip-route.txt', 'ip-rule.txt', 'conntrack.txt'];

interface Edit {
  readonly log?: (text: string) => string;
  readonly rules?: (text: string) => string;
  readonly noRules?: boolean;
}

async function captureOf(name: string, { log, rules, noRules }: Edit = {}): Promise<Capture> {
  const read = (file: string, edit = (text: string): string => text): { file: string; lines: string[] } => ({
    file,
    lines: edit(readFileSync(join(CAPTURES, name, file), 'utf8')).split('\n'),
  });
  async function* logs() {
    yield { ...read('trace.log', log), firstLine: 1 };
  }
  const capture = new Capture();
  const records = analyze({
    logs: logs(),
    rules: noRules ? [] : [{ ...read('rules.save', rules), table: null, family: null }],
    contexts: CONTEXT.map((file) => read(file)),
    options: { year: null, timezone: null },
  });
  for await (const batch of records) for (const record of batch) capture.push(record);
  return capture;
}

async function compared(name: string, a: Edit, b: Edit): Promise<Difference> {
  const [before, after] = [await captureOf(name, a), await captureOf(name, b)];
  return compareCaptures(before, after, compareRulesets(before.ruleset, after.ruleset), {
    filtered: false,
    partial: false,
  });
}

/** The client's ports, the ids, host name and clock, as another run of the same would have them. */
const again = (text: string): string =>
  text
    .replace(/([SD]PT)=(4\d{4})\b/g, (_, name, port) => `${name}=${Number(port) + 7000}`)
    .replace(/ ID=(\d+) /g, (_, id) => ` ID=${(Number(id) + 4321) % 65536} `)
    .replaceAll(' node1 kernel', ' node7 kernel')
    .replace(/^Nov 20/gm, 'Nov 27');

test.each(['denied', 'service', 'nodeport', 'whole-connection'])('%s again is the same', async (name) => {
  const difference = await compared(name, {}, { log: again });
  expect(differs(difference)).toBe(false);
  expect(difference.counts.same + difference.counts.chance).toBeGreaterThan(0);
  expect(difference.packets.a).toBe(difference.packets.b);
});

test('an inserted rule that matches nothing renumbers the others, and is no other way', async () => {
  const rule = '[0:0] -A FORWARD -s 203.0.113.9/32 -j DROP\n';
  const rules = (text: string): string => text.replace(/^\[0:0\] -A FORWARD /m, `${rule}$&`);
  const log = (text: string): string =>
    text.replace(
      /filter:FORWARD:(rule|policy):(\d+)/g,
      (_, type, number) => `filter:FORWARD:${type}:${Number(number) + 1}`,
    );
  const difference = await compared('denied', {}, { rules, log });
  expect(difference.rules?.rules.map(({ kind }) => kind)).toEqual(['added']);
  expect(difference.counts).toMatchObject({ changed: 0, vanished: 0, appeared: 0, undecided: 0 });
  // Without the rules, a number is all there is.
  const blind = await compared('denied', { noRules: true }, { log, noRules: true });
  expect(blind.counts.changed).toBeGreaterThan(0);
});

test('lost lines decide nothing', async () => {
  const log = (text: string): string =>
    text
      .split('\n')
      .filter((_, i) => i % 9 !== 4)
      .join('\n');
  const difference = await compared('denied', {}, { log });
  expect(difference.counts.changed).toBe(0);
});

test('flows that one side lacks', async () => {
  const log = (text: string): string =>
    text
      .split('\n')
      .filter((line) => !/[SD]PT=22\b/.test(line))
      .join('\n');
  const there = await compared('denied', {}, { log });
  expect(there.flows.map(({ status, flow }) => [status, flow.port])).toEqual([['vanished', 22]]);
  const back = await compared('denied', { log }, {});
  expect(back.flows.map(({ status }) => status)).toEqual(['appeared']);
});
