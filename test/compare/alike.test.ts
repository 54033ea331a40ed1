/**
 * Law of the fast path: a walk that is taken to be like an earlier one gets the check that it would have got
 * by running the rules. Captures go by several times, with other ports and ids each time, whole and with
 * lines lost, under the rules that were traced and under changed ones.
 */
import { readFileSync } from 'node:fs';
import { expect, describe as group, test } from 'vitest';
import { Checker } from '../../src/compare/index.ts';
import { LogReader } from '../../src/log/index.ts';
import type { Context } from '../../src/model/context.ts';
import type { TraceEvent } from '../../src/model/event.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { Ruleset } from '../../src/model/ruleset.ts';
import type { Walk } from '../../src/model/walk.ts';
import { openEvaluator } from '../../src/simulate/index.ts';
import { assemble, FUZZ, readCapture, readRules, rulesText, SCENARIOS } from './capture.ts';
import { ruleMutations, seeded } from './mutate.ts';

const ROUNDS = 4;
/** Changed rule sets tried for each capture. */
const CHANGED = Number(process.env['TRACE_ROUNDS'] ?? 1) * 3;

/** The log over and over; a round's free ports, ids and times are its own. */
function again(name: string, rules: string): TraceEvent[] {
  const log = name === 'seed-same-node' ? 'syslog.log' : 'trace.log';
  const text = readFileSync(new URL(`../data/captures/${name}/${log}`, import.meta.url), 'utf8');
  const lines = text.trimEnd().split('\n');
  const shifted = Array.from({ length: ROUNDS }, (_, round) =>
    lines.map((line) =>
      line
        .replace(/\[ *(\d+)\.(\d+)\]/, (_all, s, us) => `[${Number(s) + round * 60}.${us}]`)
        .replace(/ ID=([1-9]\d*) /, (_all, id) => ` ID=${((Number(id) + round * 977) % 65_535) + 1} `)
        .replace(/(SPT|DPT|CODE=0 ID)=(\d+)/g, (all, key, n) => {
          const port = Number(n);
          const isFree = port > 1023 && !new RegExp(`\\b${port}\\b`).test(rules);
          return isFree ? `${key}=${1024 + ((port - 1024 + round * 1009) % 64_000)}` : all;
        }),
    ),
  ).flat();
  const events: TraceEvent[] = [];
  const reader = new LogReader(
    { year: null, timezone: null },
    { event: (event) => void events.push(event), diagnostic: () => {} },
  );
  reader.push({ file: log, firstLine: 1, lines: shifted });
  reader.end();
  return events;
}

/** What the check says, and how many walks it took from earlier ones. */
function check(walks: readonly Walk[], ruleset: Ruleset, context: Context, alike: boolean) {
  const checked: Walk[] = [];
  const findings: Finding[] = [];
  let taken = 0;
  const checker = new Checker(
    {
      ruleset,
      context,
      alike,
      evaluator: () => {
        const evaluator = openEvaluator(ruleset, context);
        return {
          run: (...asked) => evaluator.run(...asked),
          repeat: (...asked) => {
            const run = evaluator.repeat(...asked);
            if (run !== null) taken++;
            return run;
          },
          under: (other) => evaluator.under(other),
          forgetSavedConnections: () => evaluator.forgetSavedConnections(),
        };
      },
    },
    { walk: (walk) => void checked.push(walk), finding: (found) => void findings.push(found) },
  );
  for (const walk of walks) checker.push(walk);
  checker.end();
  return { said: { checked, findings }, taken };
}

/** Scenarios in which packets of one kind come again; in the others hardly two are alike. */
const REPETITIVE = new Set(['service', 'nodeport', 'whole-connection']);
const SOME_FUZZ = FUZZ.filter((_, i) => i % 5 === 0);

group.each([...SCENARIOS, ...SOME_FUZZ])('%s', (name) => {
  const { context } = readCapture(name, 'rules.save');
  const rules = rulesText(name, 'rules.save');
  const events = again(name, rules);

  function expectSame(log: readonly TraceEvent[], text: string): number {
    const ruleset = readRules('rules.save', text, events);
    const walks = assemble(log, ruleset);
    const plain = check(walks, ruleset, context, false);
    const fast = check(walks, ruleset, context, true);
    expect(fast.said).toEqual(plain.said);
    expect(plain.taken).toBe(0);
    return fast.taken;
  }

  test('whole', () => {
    const taken = expectSame(events, rules);
    if (REPETITIVE.has(name)) expect(taken).toBeGreaterThan(10);
  });

  test.each([2, 10, 30])('%i in a hundred lines lost', (rate) => {
    const random = seeded(rate);
    expectSame(
      events.filter(() => random(100) >= rate),
      rules,
    );
  });

  test('rules changed', () => {
    const random = seeded(7);
    const mutations = ruleMutations(rules);
    for (let i = 0; i < CHANGED && mutations.length > 0; i++) {
      expectSame(events, mutations[random(mutations.length)]?.text ?? rules);
    }
  });
});
