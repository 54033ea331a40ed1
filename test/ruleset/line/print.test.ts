/** Law 3: a printed rule parses back to the same rule, and what is read is never lost or thrown at. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Family } from '../../../src/model/address.ts';
import type { Match } from '../../../src/model/match.ts';
import type { Target } from '../../../src/model/target.ts';
import { lossesOf, printRule } from '../../../src/ruleset/print.ts';
import { parseListRule, parseSaveRule } from '../../../src/ruleset/rule-line.ts';
import { randomRule } from './arbitrary.ts';

const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];

test.each(FAMILIES)('parse ∘ print is identity: %s', (family) => {
  fc.assert(
    fc.property(randomRule(family), ({ matches, target, table }) => {
      const line = printRule({ matches, target }, 'FORWARD', family);
      const [parsed, ...others] = parseSaveRule(line, { family, table });
      expect(others, line).toEqual([]);
      expect(parsed?.problems, line).toEqual([]);
      expect({ chain: parsed?.chain, matches: parsed?.matches, target: parsed?.target }, line).toEqual({
        chain: 'FORWARD',
        matches,
        target,
      });
    }),
    { numRuns: 3000 },
  );
});

test('what iptables-save would print is printed alike, blanks and quotes included', () => {
  const lines = [
    '-A INPUT -p tcp -m comment --comment -j -j ACCEPT',
    '-A INPUT -m comment --comment "a \\"b\\" \\\\ \\\'c\\\' */ -j DROP" -j RETURN',
    '-A INPUT -m string --string "it\'s \\"x\\"" --algo bm --to 200 -j DROP',
    '-A INPUT -m nfacct --nfacct-name  x -j ACCEPT',
    '-A X ! -s 0.0.0.0/0 -d 10.0.0.0/255.0.255.0 -g Y',
  ];
  for (const line of lines) {
    const [rule] = parseSaveRule(line, { family: 'ipv4', table: 'filter' });
    if (rule === undefined) throw new Error(line);
    expect(printRule(rule, rule.chain ?? '')).toBe(line);
  }
});

test.each<[string, readonly Match[], Target, string, readonly string[]]>([
  [
    'interfaces of a listing without -v',
    [{ kind: 'unknown', name: 'in-interface', text: '', why: 'lost' }],
    { kind: 'verdict', verdict: 'ACCEPT' },
    '-A X -j ACCEPT',
    ['in-interface'],
  ],
  [
    'a host name that iptables would look up',
    [{ kind: 'unknown', name: 'source', text: '-s db.example', why: 'value' }],
    { kind: 'none' },
    '-A X -s db.example',
    [],
  ],
  [
    'words of a listing that nobody knows',
    [{ kind: 'unknown', name: 'foo', text: 'foo "x"', why: 'extension' }],
    { kind: 'verdict', verdict: 'DROP' },
    '-A X -m comment --comment "not in save form: foo \\"x\\"" -j DROP',
    ['foo'],
  ],
  [
    'options of a target that we do not know',
    [],
    { kind: 'unknown', name: 'FOO', text: '--bar 1', why: 'extension' },
    '-A X -j FOO --bar 1',
    [],
  ],
  [
    'a listing of a target that we do not know',
    [],
    { kind: 'unknown', name: 'FOO', text: 'bar 1', why: 'extension' },
    '-A X -j FOO',
    ['FOO'],
  ],
])('%s', (_what, matches, target, line, losses) => {
  expect(printRule({ matches, target }, 'X')).toBe(line);
  expect(lossesOf({ matches, target }).map(({ what }) => what)).toEqual(losses);
});

test('hostile lines are read, never thrown at', () => {
  const word = fc.constantFrom(
    ...[
      '-A',
      '-s',
      '!',
      '--comment',
      '"',
      '\\',
      '-j',
      '-m',
      'tcp',
      '--dport',
      '/*',
      '*/',
      '[goto]',
      '--',
      '0',
    ],
    ...[
      'anywhere',
      '::/0',
      '\u0000',
      '\t',
      '\n',
      'LOG',
      'prefix',
      '--x=',
      '[1:2]',
      '-p',
      'é',
      ' ',
      '  ',
      'limit:',
    ],
  );
  const line = fc
    .array(fc.oneof(word, fc.string({ maxLength: 6 })), { maxLength: 30 })
    .map((parts) => parts.join(' '));
  fc.assert(
    fc.property(line, (text) => {
      for (const rule of parseSaveRule(text, { family: 'ipv4', table: 'filter' })) {
        printRule(rule, 'X');
        expect(rule.damaged).toBe(rule.chain === null);
        for (const { column, length } of rule.problems) {
          expect(column).toBeGreaterThan(0);
          expect(length).toBeGreaterThan(0);
          expect(column).toBeLessThanOrEqual(text.length + 1);
        }
      }
      for (const layout of [null, { verbose: true, numbered: true }, { verbose: false, numbered: false }]) {
        printRule(parseListRule(text, { family: 'ipv6', layout }), 'X');
      }
    }),
    { numRuns: 3000 },
  );
});

test('a long hostile row takes no more than linear time', () => {
  const start = performance.now();
  const comment = `    0     0 ACCEPT  all  --  *  *  0.0.0.0/0  0.0.0.0/0  ${'/* a */ tcp '.repeat(1300)}`;
  const words = `    0     0 ACCEPT  all  --  *  *  0.0.0.0/0  0.0.0.0/0  ${'x '.repeat(8000)}`;
  for (const row of [comment, words]) {
    const rule = parseListRule(row, { family: 'ipv4', layout: { verbose: true, numbered: false } });
    expect(rule.damaged).toBe(false);
  }
  parseSaveRule(`-A X ${'--comment x '.repeat(1300)}`, { family: 'ipv4', table: 'filter' });
  expect(performance.now() - start).toBeLessThan(5000);
  const endless = parseListRule(comment.repeat(20), { family: 'ipv4', layout: null });
  expect(endless.damaged).toBe(true);
});
