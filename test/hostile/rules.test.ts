/**
 * Rule sets of a hostile shape, held against a real log: no hang, a result for what is sound, and a word about the
 * rest. Times are of the processor and generous: what they tell apart is linear from not.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { analyze } from '../../src/analyze.ts';
import type { AnalysisRecord } from '../../src/model/analysis.ts';
import type { LineBatch } from '../../src/model/source.ts';
import { parsePacket, simulateEach } from '../../src/simulate/index.ts';
import { settle } from '../fuzz/rules-targets.ts';

const LOG = readFileSync(new URL('../data/captures/seed-same-node/syslog.log', import.meta.url), 'utf8');

const HEAD = ['*filter', ':INPUT ACCEPT [0:0]', ':FORWARD ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]'];

function save(rules: readonly string[], chains: readonly string[]): string {
  return [...HEAD, ...chains.map((name) => `:${name} - [0:0]`), ...rules, 'COMMIT', ''].join('\n');
}

const count = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i);
const names = (n: number): readonly string[] => count(n).map((i) => `C${i}`);

async function* batch(lines: readonly string[]): AsyncGenerator<LineBatch> {
  yield { file: 'syslog.log', firstLine: 1, lines };
}

async function analyzed(rules: string): Promise<readonly AnalysisRecord[]> {
  const records: AnalysisRecord[] = [];
  const input = {
    logs: batch(LOG.trimEnd().split('\n')),
    rules: [{ file: 'rules.save', lines: rules.split('\n'), table: null, family: null }],
    contexts: [],
    options: { year: null, timezone: null },
  };
  for await (const some of analyze(input)) records.push(...some);
  return records;
}

const DEEP = 10_000;
const CASES: Readonly<Record<string, { readonly rules: string; readonly says: readonly string[] }>> = {
  'a chain that calls itself': {
    rules: save(['-A FORWARD -j X', '-A X -j X', '-A X -g X'], ['X']),
    says: ['ruleset.loop'],
  },
  'a circle of gotos, asking at each turn': {
    rules: save(
      ['-A FORWARD -j X', '-A X -m set --match-set s src -g Y', '-A X -g Y', '-A Y -g X'],
      ['X', 'Y'],
    ),
    says: ['ruleset.loop'],
  },
  'jumps ten thousand deep': {
    rules: save(
      [
        '-A FORWARD -j C0',
        ...count(DEEP - 1).map((i) => `-A C${i} -j C${i + 1}`),
        `-A C${DEEP - 1} -j ACCEPT`,
      ],
      names(DEEP),
    ),
    says: [],
  },
  'a circle of ten thousand jumps': {
    rules: save(
      ['-A FORWARD -j C0', ...count(DEEP).map((i) => `-A C${i} -j C${(i + 1) % DEEP}`)],
      names(DEEP),
    ),
    says: ['ruleset.loop'],
  },
  'jumps that double': {
    rules: save(
      ['-A FORWARD -j C0', ...count(63).flatMap((i) => [`-A C${i} -j C${i + 1}`, `-A C${i} -j C${i + 1}`])],
      names(64),
    ),
    says: [],
  },
  'a rule of ten thousand matches': {
    rules: save(
      [`-A FORWARD ${'-m mark --mark 0x1/0x1 '.repeat(10_000)}-j ACCEPT`, '-A FORWARD -j DROP'],
      [],
    ),
    says: [],
  },
  'a rule of ten thousand comments and a multiport of sixty thousand ports': {
    rules: save(
      [
        `-A FORWARD ${'-m comment --comment "x" '.repeat(10_000)}-j ACCEPT`,
        `-A FORWARD -p tcp -m multiport --dports ${count(60_000).join(',')} -j DROP`,
      ],
      [],
    ),
    says: [],
  },
};

describe.each(Object.entries(CASES))('%s', (_, { rules, says }) => {
  test('against a log: every line in the walk, and what is wrong is said', async () => {
    const records = await analyzed(rules);
    const summary = records.at(-1);
    expect(summary).toMatchObject({ type: 'summary', summary: { lines: 49, traceLines: 49, walks: 1 } });
    const codes = records.flatMap((record) => (record.type === 'diagnostic' ? [record.diagnostic.code] : []));
    for (const code of says) expect(codes).toContain(code);
  });

  test('a packet comes to an end in it', () => {
    const { packet } =
      parsePacket('in=eth0 src=10.0.0.1 dst=10.0.0.2 proto=tcp sport=1 dport=80 flags=syn').packet ?? {};
    if (packet === undefined) throw new Error('no packet');
    const { ruleset } = settle(rules);
    const context = {
      sets: null,
      interfaces: null,
      routes: null,
      routeFamilies: [],
      routingRules: null,
      connections: null,
      settings: new Map<string, string>(),
    };
    const [first] = [...simulateEach(ruleset, context, [packet])];
    expect(first?.prediction.paths.length).toBeGreaterThan(0);
  });
});

test('a hundred thousand chains are read, and told of', async () => {
  const many = 100_000;
  const rules = save(
    [
      ...count(many).map((i) => `-A FORWARD -s 10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32 -j C${i}`),
      ...count(many).map((i) => `-A C${i} -j ACCEPT`),
    ],
    names(many),
  );
  const { ruleset, diagnostics } = settle(rules);
  expect(diagnostics).toEqual([]);
  expect(ruleset.tables[0]?.chains.size).toBe(many + 3);
});
