/** What is stored of an analysis is given back to the letter: every capture, from listings and from save files. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { analysed, CAPTURES, reading, store } from './capture.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const SCENARIOS: readonly (readonly [name: string, log: string, rules: string | null])[] = [
  ['seed-same-node', 'syslog.log', 'rules.list'],
  ['service', 'trace.log', 'rules.save'],
  ['service', 'trace.log', null],
  ['denied', 'trace.log', 'rules.list'],
  ['docker-bridge', 'trace.log', 'rules.save'],
  ['nodeport', 'trace.log', 'rules.save'],
  ['whole-connection', 'trace.log', 'rules.save'],
  ['ipip-ping/node1', 'trace.log', 'rules.save'],
  // Rules that are not those of the log: findings, divergences, places that are missing.
  ['seed-same-node', 'syslog.log', '../denied/rules.save'],
  ['ipip-ping/node1', 'trace.log', '../service/rules.list'],
];

test.each(SCENARIOS)('%s, %s with %s', async (name, log, rules) => {
  const here = join(CAPTURES, name);
  const analysis = await analysed([join(here, log)], rules === null ? [] : [join(here, rules)]);
  await expectSame(analysis);
});

test('every way to keep a log, every protocol, damage and loss', async () => {
  const logs: string[] = [];
  const formats = join(CAPTURES, 'formats');
  for (const { name } of readdirSync(formats, { withFileTypes: true }).filter((each) => each.isDirectory())) {
    for (const file of readdirSync(join(formats, name))) {
      if (name === '60-envelopes' || /\.log$/.test(file)) logs.push(join(formats, name, file));
    }
  }
  expect(logs.length).toBeGreaterThan(10);
  await expectSame(await analysed(logs));
  await expectSame(await analysed(logs, [], { year: 2024, timezone: '+05:30' }));
});

test.each(['deterministic', 'mixed6'])('random rules and packets, %s', async (kind) => {
  const cases = join(CAPTURES, 'fuzz', kind);
  for (const name of readdirSync(cases).slice(0, 3)) {
    const here = join(cases, name);
    if (!existsSync(join(here, 'trace.log'))) continue;
    await expectSame(await analysed([here]));
  }
});

async function expectSame(analysis: Awaited<ReturnType<typeof analysed>>): Promise<void> {
  const path = join(folder, `${Math.random()}.db`);
  const { analysis: number, as } = await store(path, analysis);
  expect(as).toBe('new');
  const again = await reading(path, (stored) => [...stored.records(number)]);
  expect(again.length).toBe(analysis.records.length);
  const wrong = analysis.records.findIndex((record, i) => !isDeepStrictEqual(again[i], record));
  if (wrong >= 0) expect(again[wrong]).toStrictEqual(analysis.records[wrong]);
}
