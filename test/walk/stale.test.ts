/**
 * Rules that are not the ones that were traced: one rule deleted, inserted, moved or with another target. The walk
 * must hold together all the same, or nobody can say where kernel and rules part.
 */
import { expect, test } from 'vitest';
import type { Rule, Ruleset } from '../../src/model/ruleset.ts';
import type { Target } from '../../src/model/target.ts';
import { assemble } from './assembling.ts';
import { CAPTURE_NAMES, readCapture, readRules } from './capture.ts';
import { randomOf } from './mix.ts';

const verdict = (name: 'ACCEPT' | 'DROP' | 'RETURN'): Target => ({ kind: 'verdict', verdict: name });
const MARK: Target = { kind: 'MARK', value: 4, mask: 0xff };

/** What is done to the rules of a chain at a place. */
const MUTATIONS: Readonly<Record<string, (rules: Rule[], at: number, rule: Rule) => void>> = {
  'one deleted': (rules, at) => rules.splice(at, 1),
  'one inserted': (rules, at, rule) => rules.splice(at, 0, { ...rule, matches: [], target: MARK }),
  'the first moved to another place': (rules, at) => rules.splice(at, 0, ...rules.splice(0, 1)),
  'one accepts': (rules, at, rule) => rules.splice(at, 1, { ...rule, target: verdict('ACCEPT') }),
  'one drops': (rules, at, rule) => rules.splice(at, 1, { ...rule, target: verdict('DROP') }),
  'one returns': (rules, at, rule) => rules.splice(at, 1, { ...rule, target: verdict('RETURN') }),
  'one marks': (rules, at, rule) => rules.splice(at, 1, { ...rule, target: MARK }),
};

function mutate(ruleset: Ruleset, mutation: string, random: () => number): Ruleset {
  const chains = ruleset.tables.flatMap((table) =>
    [...table.chains.values()].filter((chain) => chain.rules.length > 0).map((chain) => ({ table, chain })),
  );
  const place = chains[Math.floor(random() * chains.length)];
  if (place === undefined) throw new Error('no rules');
  const { table, chain } = place;
  const at = Math.floor(random() * chain.rules.length);
  const rules = [...chain.rules];
  const rule = rules[at];
  if (rule === undefined) throw new Error('no rule');
  MUTATIONS[mutation]?.(rules, at, rule);
  const numbered = rules.map((each, i) => ({ ...each, number: i + 1 }));
  const mutated = { ...table, chains: new Map(table.chains).set(chain.name, { ...chain, rules: numbered }) };
  return { ...ruleset, tables: ruleset.tables.map((each) => (each === table ? mutated : each)) };
}

test.each(Object.keys(MUTATIONS))('%s', (mutation) => {
  const random = randomOf(11);
  let packets = 0;
  let whole = 0;
  for (const name of CAPTURE_NAMES) {
    const capture = readCapture(name);
    const ruleset = readRules(capture, 'rules.save');
    const truth = new Set(capture.truth.map(({ lines }) => lines.join()));
    truth.delete('');
    for (let i = 0; i < 5; i++) {
      const { walks } = assemble(capture.events, { ruleset: mutate(ruleset, mutation, random) });
      const found = walks.map((walk) => walk.steps.map((step) => step.event.line).join());
      packets += truth.size;
      whole += found.filter((lines) => truth.has(lines)).length;
    }
  }
  expect(whole / packets).toBeGreaterThanOrEqual(0.99);
});
