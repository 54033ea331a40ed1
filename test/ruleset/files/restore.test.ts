/** Restore files that people write: commands are carried out as iptables-restore would. */
import { describe, expect, test } from 'vitest';
import { codesOf, outlineOf, settleText } from './settle-text.ts';

/** The rules of INPUT, after `*filter`, a chain FOO and these lines. */
function inputRules(lines: readonly string[]): { rules: readonly string[]; codes: readonly string[] } {
  const settled = settleText(
    ['*filter', ':INPUT ACCEPT [0:0]', ':FOO - [0:0]', ...lines, 'COMMIT'].join('\n'),
  );
  const rules = settled.ruleset.tables[0]?.chains.get('INPUT')?.rules ?? [];
  rules.forEach((rule, i) => {
    expect(rule.number).toBe(i + 1);
  });
  return { rules: rules.map((rule) => rule.text), codes: codesOf(settled) };
}

const A = '-A INPUT -s 10.0.0.1/32 -j ACCEPT';
const B = '-A INPUT -s 10.0.0.2/32 -j DROP';
const C = '-A INPUT -s 10.0.0.3/32 -j FOO';

interface Case {
  readonly name: string;
  readonly lines: readonly string[];
  readonly rules: readonly string[];
  readonly codes?: readonly string[];
}

const CASES: readonly Case[] = [
  { name: 'append', lines: [A, B], rules: [A, B] },
  { name: 'insert at the top', lines: [A, B.replace('-A INPUT', '-I INPUT')], rules: [B, A] },
  { name: 'insert at a place', lines: [A, B, C.replace('-A INPUT', '-I INPUT 2')], rules: [A, C, B] },
  { name: 'insert at the end', lines: [A, B.replace('-A INPUT', '-I INPUT 2')], rules: [A, B] },
  {
    name: 'insert beyond the end',
    lines: [A, B.replace('-A INPUT', '-I INPUT 7')],
    rules: [A, B],
    codes: ['ruleset.bad-command'],
  },
  { name: 'replace', lines: [A, B, C.replace('-A INPUT', '-R INPUT 1')], rules: [C, B] },
  {
    name: 'replace what is not there',
    lines: [A, C.replace('-A INPUT', '-R INPUT 2')],
    rules: [A],
    codes: ['ruleset.bad-command'],
  },
  { name: 'delete by number', lines: [A, B, C, '-D INPUT 2'], rules: [A, C] },
  {
    name: 'delete by rule: the first that is equal',
    lines: [A, B, A, '-D INPUT -s 10.0.0.1 -j ACCEPT'],
    rules: [B, A],
  },
  {
    name: 'delete what is not there',
    lines: [A, '-D INPUT -j QUEUE'],
    rules: [A],
    codes: ['ruleset.bad-command'],
  },
  { name: 'flush a chain', lines: [A, B, '-F INPUT', C], rules: [C] },
  { name: 'flush all', lines: [A, B, '-F'], rules: [] },
  { name: 'check changes nothing', lines: [A, A.replace('-A', '-C')], rules: [A] },
  { name: 'list changes nothing', lines: [A, '-L', '-S INPUT'], rules: [A] },
  { name: 'long names', lines: [A.replace('-A', '--append'), B.replace('-A', '--insert')], rules: [B, A] },
  { name: 'a long name shortened', lines: ['--new BAR', A, '--flush INPUT'], rules: [] },
  {
    name: 'counters in front and behind',
    lines: [`[3:4] ${A}`, `${B} -c 5 6`, '-A INPUT -c 7 8 -j FOO'],
    rules: [A, B, '-A INPUT -j FOO'],
  },
  {
    name: '-c in a comment is text',
    lines: ['-A INPUT -m comment --comment "x -c 1 2 -j" -j DROP'],
    rules: ['-A INPUT -m comment --comment "x -c 1 2 -j" -j DROP'],
  },
  {
    name: 'several sources make several rules',
    lines: [B, '-A INPUT -s 10.0.0.4,10.0.0.5 -j DROP'],
    rules: [B, '-A INPUT -s 10.0.0.4/32 -j DROP', '-A INPUT -s 10.0.0.5/32 -j DROP'],
  },
  {
    name: 'several sources inserted: the last is first',
    lines: [B, '-I INPUT -s 10.0.0.4,10.0.0.5 -j DROP'],
    rules: ['-A INPUT -s 10.0.0.5/32 -j DROP', '-A INPUT -s 10.0.0.4/32 -j DROP', B],
  },
  { name: 'a chain renamed', lines: ['-E FOO BAR', '-A INPUT -j BAR'], rules: ['-A INPUT -j BAR'] },
  { name: 'an empty chain deleted', lines: ['-N BAR', '-X BAR', A], rules: [A] },
  {
    name: 'a chain with rules is not deleted',
    lines: ['-A FOO -j DROP', '-X FOO', C],
    rules: [C],
    codes: ['ruleset.bad-command'],
  },
  {
    name: 'no chain declared',
    lines: ['-A BAR -j DROP', '-A INPUT -j BAR'],
    rules: ['-A INPUT -j BAR'],
    codes: ['ruleset.undeclared-chain'],
  },
  {
    name: 'a chain declared twice',
    lines: [':FOO - [0:0]', C],
    rules: [C],
    codes: ['ruleset.duplicate-chain'],
  },
  {
    name: 'a policy for a user chain',
    lines: [':BAR DROP [0:0]', A],
    rules: [A],
    codes: ['ruleset.bad-command'],
  },
  {
    name: 'a rule that names no chain',
    lines: ['-A', A],
    rules: [A],
    codes: ['rule.damaged', 'ruleset.bad-command'],
  },
];

describe('commands of a restore file', () => {
  test.each(CASES)('$name', ({ lines, rules, codes }) => {
    expect(inputRules(lines)).toEqual({ rules, codes: codes ?? [] });
  });
});

test('policies and counters', () => {
  const text =
    '*filter\n:INPUT DROP [12:720]\n:FORWARD -\n-P FORWARD DROP\n:A -\n[1:60] -A A -j DROP\n-Z A\nCOMMIT\n';
  const chains = settleText(text).ruleset.tables[0]?.chains;
  expect(chains?.get('INPUT')).toMatchObject({
    policy: 'DROP',
    counters: { packets: { from: 12n }, bytes: { to: 720n } },
  });
  expect(chains?.get('FORWARD')).toMatchObject({ policy: 'DROP', counters: null });
  expect(chains?.get('OUTPUT')).toMatchObject({ policy: 'ACCEPT', source: null });
  expect(chains?.get('A')?.rules[0]?.counters?.bytes).toEqual({ from: 0n, to: 0n });
});

test('-S -v', () => {
  const text =
    '-P INPUT DROP -c 12 720\n-P FORWARD ACCEPT -c 0 0\n-P OUTPUT ACCEPT -c 1 60\n-N A\n-A INPUT -s 10.0.0.1/32 -c 3 180 -j A\n';
  const settled = settleText(text);
  expect(outlineOf(settled.ruleset)).toEqual(['filter S by chains: INPUT 1, FORWARD 0, OUTPUT 0, A 0']);
  const input = settled.ruleset.tables[0]?.chains.get('INPUT');
  expect(input).toMatchObject({ policy: 'DROP', counters: { packets: { from: 12n } } });
  expect(input?.rules[0]).toMatchObject({
    text: '-A INPUT -s 10.0.0.1/32 -j A',
    counters: { packets: { from: 3n, to: 3n } },
  });
});
