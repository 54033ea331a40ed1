/** Which table a listing is: by heading, flag, chains, targets, log, elimination. */
import { describe, expect, test } from 'vitest';
import { builtin, FILTER, listing, MANGLE, NAT, RAW, row, user } from './listing.ts';
import { codesOf, outlineOf, settleText, type TextOptions } from './settle-text.ts';

interface Case {
  readonly name: string;
  readonly text: string;
  readonly options?: TextOptions;
  readonly log?: readonly string[];
  /** Tables as `nat by chains`, in order. */
  readonly expected: readonly string[];
  readonly codes?: readonly string[];
}

const CASES: readonly Case[] = [
  {
    name: 'the five tables one after another',
    text: listing(...RAW, ...MANGLE, ...NAT, ...FILTER),
    expected: ['raw by chains', 'mangle by chains', 'nat by chains', 'filter by chains'],
  },
  {
    name: 'no blank line between tables',
    text: [RAW, NAT, FILTER].map((t) => listing(...t)).join(''),
    expected: ['raw by chains', 'nat by chains', 'filter by chains'],
  },
  { name: 'filter alone', text: listing(...FILTER), expected: ['filter by chains'] },
  {
    name: 'nat of kernels before 2.6.36',
    text: listing(builtin('PREROUTING'), builtin('POSTROUTING'), builtin('OUTPUT')),
    expected: ['nat by chains'],
  },
  {
    name: 'a prompt names it',
    text: `root@h:~# iptables -t security -nvL\n${listing(...FILTER)}`,
    expected: ['security by heading'],
  },
  {
    name: 'a prompt without -t means filter',
    text: `$ sudo iptables -L\n${listing(builtin('FORWARD'))}`,
    expected: ['filter by heading'],
  },
  {
    name: 'headings of several kinds',
    text: `=== raw ===\n${listing(builtin('PREROUTING'))}\nTable: nat\n${listing(builtin('OUTPUT'))}\nmangle表\n${listing(builtin('OUTPUT'))}\n### The filter table\n${listing(builtin('OUTPUT'))}`,
    expected: ['raw by heading', 'nat by heading', 'mangle by heading', 'filter by heading'],
  },
  {
    name: 'a Markdown fence and a heading above it',
    text: `## NAT\n\n\`\`\`\n${listing(builtin('PREROUTING'))}\`\`\`\n`,
    expected: ['nat by heading'],
  },
  {
    name: 'one command line with two listings',
    text: `# iptables -L; iptables -t nat -L\n${listing(...FILTER)}${listing(...NAT)}`,
    expected: ['filter by heading', 'nat by heading'],
  },
  {
    name: 'a heading that the chains contradict',
    text: `table filter\n${listing(...NAT)}`,
    expected: ['nat by chains'],
    codes: ['ruleset.wrong-table'],
  },
  {
    name: 'a line that names two tables says nothing',
    text: `the nat table and the raw table\n${listing(builtin('OUTPUT'))}`,
    expected: [],
    codes: ['ruleset.ambiguous-table'],
  },
  {
    name: 'the flag',
    text: listing(builtin('FORWARD')),
    options: { table: 'mangle' },
    expected: ['mangle by flag'],
  },
  {
    name: 'a flag that can not be',
    text: listing(...NAT),
    options: { table: 'filter' },
    expected: ['nat by chains'],
    codes: ['ruleset.wrong-table'],
  },
  {
    name: 'a chain by a target',
    text: listing(builtin('FORWARD', row('REJECT', 'reject-with icmp-port-unreachable'))),
    expected: ['filter by targets'],
  },
  {
    name: 'user chains by a target',
    text: listing(user('KUBE-SEP-X', 1, row('DNAT', 'to:10.0.0.1:80'))),
    expected: ['nat by targets'],
  },
  {
    name: 'two chains of nat that look like raw',
    text: listing(builtin('PREROUTING', row('DNAT', 'to:10.0.0.1')), builtin('OUTPUT')),
    expected: ['nat by targets'],
  },
  {
    name: 'a user chain that is called like a target of another table',
    text: listing(builtin('PREROUTING', row('SNAT')), builtin('OUTPUT'), user('SNAT', 1)),
    expected: ['raw by chains'],
    codes: ['rule.value'],
  },
  {
    name: 'one chain, four tables',
    text: listing(builtin('OUTPUT')),
    expected: [],
    codes: ['ruleset.ambiguous-table'],
  },
  {
    name: 'one chain, the log knows',
    text: listing(builtin('OUTPUT')),
    log: ['nat:OUTPUT', 'nat:PREROUTING'],
    expected: ['nat by log'],
  },
  {
    name: 'one chain, the log knows it in two tables',
    text: listing(builtin('OUTPUT')),
    log: ['nat:OUTPUT', 'filter:OUTPUT'],
    expected: [],
    codes: ['ruleset.ambiguous-table'],
  },
  {
    name: 'a chain name of two tables, its jumps of one',
    text: listing(user('DOCKER', 2, row('DOCKER-CT'))),
    log: ['nat:DOCKER', 'filter:DOCKER', 'filter:DOCKER-CT'],
    expected: ['filter by log'],
  },
  {
    name: 'the other family in the log is no evidence',
    text: listing(user('DOCKER', 2, row('ACCEPT'))),
    log: ['6:nat:DOCKER'],
    expected: [],
    codes: ['ruleset.ambiguous-table'],
  },
  {
    name: 'elimination',
    text: listing(...MANGLE, builtin('PREROUTING', row('MARK', 'MARK set 0x1'))) + listing(...RAW),
    expected: ['mangle by chains', 'nat by elimination', 'raw by chains'],
  },
  {
    name: 'filter and security, REJECT in the first',
    text: listing(builtin('INPUT', row('REJECT', 'reject-with tcp-reset')), ...FILTER.slice(1), ...FILTER),
    expected: ['filter by targets', 'security by elimination'],
  },
  {
    name: 'security first, SECMARK in it',
    text: listing(builtin('INPUT', row('SECMARK', 'SECMARK selctx a')), ...FILTER.slice(1), ...FILTER),
    expected: ['security by targets', 'filter by chains'],
  },
  {
    name: 'filter and an empty security',
    text: listing(builtin('INPUT', row('DROP')), ...FILTER.slice(1), ...FILTER),
    expected: ['filter by chains', 'security by elimination'],
  },
  {
    name: 'filter and security by their order only',
    text: listing(
      builtin('INPUT', row('DROP')),
      ...FILTER.slice(1),
      builtin('INPUT', row('ACCEPT')),
      ...FILTER.slice(1),
    ),
    expected: ['filter by chains', 'security by elimination'],
    codes: ['ruleset.guessed-order'],
  },
  {
    name: 'security first, the log knows',
    text: listing(...FILTER, user('SEC', 0), ...FILTER, user('FIL', 0)),
    log: ['security:SEC', 'filter:FIL'],
    expected: ['security by log', 'filter by log'],
  },
  {
    name: 'filter twice is one table',
    text: listing(...FILTER, user('A', 0), ...FILTER, user('A', 0)),
    expected: ['filter by chains'],
  },
  {
    name: 'filter twice is one table, whatever the log has',
    text: listing(...FILTER, user('A', 0), ...FILTER, user('A', 0)),
    log: ['security:INPUT', 'filter:A'],
    expected: ['filter by log'],
  },
  {
    name: 'filter twice, empty, but the log has security',
    text: listing(...FILTER, ...FILTER),
    log: ['security:INPUT', 'filter:INPUT'],
    expected: ['filter by chains', 'security by log'],
  },
  {
    name: 'chains of two tables that stand like one',
    text: listing(
      builtin('FORWARD', row('REJECT', 'reject-with icmp-port-unreachable')),
      builtin('POSTROUTING', row('MASQUERADE')),
    ),
    expected: ['filter by targets', 'nat by targets'],
  },
  {
    name: '-S of two tables',
    text: '-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n-N A\n-A INPUT -j A\n-P PREROUTING ACCEPT\n-P INPUT ACCEPT\n-P OUTPUT ACCEPT\n-P POSTROUTING ACCEPT\n-N A\n',
    expected: ['filter by chains', 'nat by chains'],
  },
  { name: '-S of one chain by its target', text: '-N A\n-A A -j MASQUERADE\n', expected: ['nat by targets'] },
];

describe('the table of a listing', () => {
  test.each(CASES)('$name', ({ text, options, log, expected, codes }) => {
    const settled = settleText(text, options, log);
    expect(settled.ruleset.tables.map((table) => `${table.name} by ${table.settledBy}`)).toEqual(expected);
    expect(codesOf(settled)).toEqual(codes ?? []);
  });

  test('an open listing names its chains and offers the flag', () => {
    const [problem] = settleText(listing(builtin('OUTPUT'), user('A', 0)), { file: 'x.txt' }).diagnostics;
    expect(problem?.args).toMatchObject({
      chains: 'OUTPUT, A',
      tables: 'raw, mangle, nat, filter, security',
      flag: '--rules TABLE=x.txt',
    });
  });

  test('two tables with one chain name keep their own', () => {
    const { ruleset } = settleText(
      listing(...NAT, user('DOCKER', 1, row('RETURN'))) +
        listing(...FILTER, user('DOCKER', 1, row('DROP'), row('DROP'))),
    );
    expect(outlineOf(ruleset)).toEqual([
      'nat list by chains: PREROUTING 0, INPUT 0, OUTPUT 0, POSTROUTING 0, DOCKER 1',
      'filter list by chains: INPUT 0, FORWARD 0, OUTPUT 0, DOCKER 2',
    ]);
  });
});
