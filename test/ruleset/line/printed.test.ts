/** Law: a save line that the fast reader takes is what the general reader makes of it; it takes what iptables prints. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Family } from '../../../src/model/address.ts';
import { PrintedReader } from '../../../src/ruleset/line/printed.ts';
import { printRule } from '../../../src/ruleset/print.ts';
import { parseSaveRule } from '../../../src/ruleset/rule-line.ts';
import { savedText } from '../../../src/ruleset/save-text.ts';
import { randomRule } from './arbitrary.ts';
import { linesOf, mangled, PAIRS } from './mangled.ts';

const SAVED = linesOf('.save', /^(?:\[\d+:\d+\] )?-A /);
const LINES = [...SAVED, ...PAIRS.map(({ save }) => save)];
const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];
const CHAINS = new Map(['KUBE-SERVICES', 'FOO'].map((name) => [name, { name }]));

/** Reads the line twice, so that the second answer is a remembered one; says whether it was taken. */
function check(line: string, family: Family, reader: PrintedReader): boolean {
  const first = reader.read(line);
  if (first === null) return false;
  const rules = parseSaveRule(line, { family, table: 'filter' });
  const text = savedText(line, first.chain);
  const { chain, matches, target, counters } = first;
  const rule = { chain, matches, target, counters };
  expect(rules).toEqual([{ ...rule, command: 'append', number: null, damaged: false, problems: [] }]);
  expect(first.text).toBe(text);
  expect(reader.read(line)).toEqual(first);
  return true;
}

test.each(FAMILIES)('real lines: %s', (family) => {
  const reader = new PrintedReader(family, CHAINS);
  for (const line of LINES) check(line, family, reader);
});

test('nearly all that iptables-save printed is taken', () => {
  const v4 = SAVED.filter((line) => !/[0-9a-f]*::|ipv6|icmp6/.test(line));
  const reader = new PrintedReader('ipv4', CHAINS);
  const left = v4.filter((line) => reader.read(line) === null);
  expect(v4.length).toBeGreaterThan(1000);
  expect(left.length / v4.length).toBeLessThan(0.03);
});

test.each(FAMILIES)('random rules as they are printed: %s', (family) => {
  const reader = new PrintedReader(family, CHAINS);
  let taken = 0;
  fc.assert(
    fc.property(randomRule(family), ({ matches, target }) => {
      const line = `[3:180] ${printRule({ matches, target }, 'FOO', family)}`;
      if (check(line, family, reader)) taken++;
    }),
    { numRuns: 1000 },
  );
  expect(taken).toBeGreaterThan(800);
});

test('lines with their words mixed up, and bad values in known shapes', () => {
  const readers = { ipv4: new PrintedReader('ipv4', CHAINS), ipv6: new PrintedReader('ipv6', CHAINS) };
  let taken = 0;
  fc.assert(
    fc.property(mangled(LINES), fc.constantFrom(...FAMILIES), (text, family) => {
      const line = text.trim();
      if (check(line, family, readers[family])) taken++;
    }),
    { numRuns: 20_000 },
  );
  expect(taken).toBeGreaterThan(2000);
});

test('any text behind a rule', () => {
  const reader = new PrintedReader('ipv4', CHAINS);
  const text = fc.string({ unit: fc.constantFrom(...' -!"\\[]:,/=abAj01\t\n😀'), maxLength: 24 });
  const start = fc.constantFrom(
    '-A FOO ',
    '-A FOO -m comment --comment ',
    '-A FOO -p tcp -m tcp --dport 80 -j ',
  );
  fc.assert(
    fc.property(start, text, (rule, more) => {
      check((rule + more).trim(), 'ipv4', reader);
    }),
    { numRuns: 5000 },
  );
});
