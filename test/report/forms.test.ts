/** The forms for other programs: each well-formed, complete, and inert whatever the log and the rules hold. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { AnalysisRecord } from '../../src/model/analysis.ts';
import { diagnostic } from '../../src/model/diagnostic.ts';
import { finding } from '../../src/model/finding.ts';
import type { Walk } from '../../src/model/walk.ts';
import { type Format, openRenderer } from '../../src/report/index.ts';
import { analysisJsonSchema } from '../../src/report/json-schema.ts';
import { PLAIN_STYLE } from '../../src/report/terminal/style.ts';
import { chain, packet, rule, step, tcp, walk } from '../make/walk.ts';

interface Words {
  readonly file: string;
  readonly host: string;
  readonly chain: string;
  readonly text: string;
  readonly port: string;
}
const BENIGN: Words = { file: 'a.log', host: 'node1', chain: 'WEB', text: 'x', port: 'eth0' };

/** A walk that jumps into a chain, changes the mark and diverges, all with these words. */
function walkOf(words: Words): Walk {
  const jump = rule(
    'filter',
    1,
    `-A FORWARD -m comment --comment "${words.text}" -j ${words.chain}`,
    { kind: 'jump', chain: words.chain, goto: false },
    { source: { file: words.file, line: 7, column: 1, text: words.text } },
  );
  const drop = rule(
    'filter',
    2,
    `-A ${words.chain} -j DROP`,
    { kind: 'verdict', verdict: 'DROP' },
    { chain: words.chain },
  );
  const seen = packet({ in: words.port, transport: tcp(40000, 80) });
  const event = { file: words.file, host: words.host, packet: seen };
  return walk(
    [
      step('filter:FORWARD:rule:1', 'FORWARD', {
        event,
        place: { kind: 'rule', rule: jump, chain: chain('FORWARD', [jump]) },
      }),
      step(`filter:${'WEB'}:rule:2`, 'FORWARD', {
        event: { ...event, chain: words.chain, line: 2 },
        depth: 1,
        place: { kind: 'rule', rule: drop, chain: chain(words.chain, [drop]) },
        changes: { mark: [0, 1] },
      }),
    ],
    {
      host: words.host,
      disposition: 'dropped',
      decidedBy: 1,
      check: {
        status: 'diverges',
        unchecked: [],
        assumptions: [],
        missing: [],
        divergence: {
          at: 1,
          expected: `filter:${words.chain}:rule:1`,
          observed: `filter:${words.chain}:rule:2`,
          because: { rule: `filter:${words.chain}:1`, condition: words.text, value: words.text },
        },
      },
    },
  );
}

function recordsOf(words: Words): readonly AnalysisRecord[] {
  const at = { file: words.file, line: 3, column: 2 };
  return [
    { type: 'walk', walk: walkOf(words) },
    { type: 'diagnostic', diagnostic: diagnostic('io.failed', at, { why: words.text }, words.text) },
    {
      type: 'finding',
      finding: finding('rules.unknown-chain', { table: 'filter', chain: words.chain, count: 1 }, at),
    },
    {
      type: 'summary',
      summary: {
        lines: 2,
        records: 2,
        traceLines: 2,
        unparsed: 0,
        notOurs: 0,
        walks: 1,
        dispositions: { dropped: 1 },
        checks: { agrees: 0, diverges: 1, incomplete: 0, unchecked: 0 },
        partial: false,
      },
    },
  ];
}

function render(format: Format, records: readonly AnalysisRecord[]): string {
  const spool = () => {
    const held: string[] = [];
    return { write: (text: string) => void held.push(text), read: () => held };
  };
  const renderer = openRenderer(format, { page: { width: 100, style: PLAIN_STYLE }, all: false, spool });
  return records.map((record) => renderer.push(record)).join('') + [...renderer.end()].join('');
}

const HOSTILE = fc.oneof(
  fc.constantFrom(
    '"]; click n1 href "javascript:alert(1)"',
    '`**x**`',
    'a"\\N\\l<b>|x',
    ']]></system-out><script>',
    '[x](javascript:alert) {0}',
    '\x1b[31m\u202e\x07',
    '#quot;&quot;&#39;\ud800',
    'end',
    '..//%00?#:@',
  ),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
  fc.string({ unit: fc.constantFrom(...'"\'`<>[](){}#;|\\/&%-=\n\t .ax0'), minLength: 1, maxLength: 20 }),
);
const WORDS = fc.record({ file: HOSTILE, host: HOSTILE, chain: HOSTILE, text: HOSTILE, port: HOSTILE });

/** What is left when every text from outside is taken out: must not depend on it. */
const SKELETON: Readonly<Record<string, (text: string) => unknown>> = {
  junit: (text) => {
    for (const [, entity] of text.matchAll(/&([^;]*;?)/g))
      expect(entity).toMatch(/^(?:amp|lt|gt|quot|#39|#96);$/);
    return [...text.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replace(/"[^"]*"/g, '""'));
  },
  mermaid: (text) => text.replace(/"[^"`|{}\\]*"/g, '""').split('\n'),
  dot: (text) => text.replace(/"(?:[^"\\]|\\\\|\\l)*"/g, '""').split('\n'),
  sarif: (text) => {
    const log = JSON.parse(text);
    for (const { message } of log.runs[0].results) {
      expect(message.text.replace(/\\[\\[\]]|\{\{|\}\}/g, '')).not.toMatch(/[[\]{}\\]/);
    }
    return keysOf(log);
  },
  perfetto: (text) => keysOf(JSON.parse(text)),
};

function keysOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(keysOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, keysOf(each)]));
}

const FORMATS = ['junit', 'sarif', 'mermaid', 'dot', 'perfetto'] as const;

describe.each(FORMATS)('%s', (format) => {
  test('is inert: no text from outside changes its structure or hides in it', () => {
    const plain = SKELETON[format]?.(render(format, recordsOf(BENIGN)));
    fc.assert(
      fc.property(WORDS, (words) => {
        const text = render(format, recordsOf(words));
        expect(text).not.toMatch(/[^\P{C}\n]|[\u2028\u2029]/u);
        expect(SKELETON[format]?.(text)).toEqual(plain);
      }),
      { numRuns: 300 },
    );
  });

  test('is whole where there is nothing', () => {
    const text = render(format, recordsOf(BENIGN).slice(-1));
    if (format === 'sarif' || format === 'perfetto') expect(() => JSON.parse(text)).not.toThrow();
    expect(text).toMatch(/[}>\]\n]\n$|\n$/);
  });
});

describe('what they say', () => {
  test('sarif points at the rule that says otherwise, and from there at the log', () => {
    const drop = rule('filter', 1, '-A WEB -j DROP', { kind: 'verdict', verdict: 'DROP' }, { line: 9 });
    const web = chain('WEB', [drop]);
    const table = {
      family: 'ipv4',
      name: 'filter',
      form: 'save',
      file: 'rules.save',
      settledBy: null,
      chains: new Map([['WEB', web]]),
      complete: true,
    } as const;
    const records: readonly AnalysisRecord[] = [
      { type: 'rules', ruleset: { tables: [table], whole: ['ipv4'] } },
      ...recordsOf(BENIGN),
      ...recordsOf(BENIGN).slice(0, 1),
    ];
    const [, , divergence] = JSON.parse(render('sarif', records)).runs[0].results;
    expect(divergence).toMatchObject({
      ruleId: 'walk.diverges',
      level: 'error',
      locations: [
        { physicalLocation: { artifactLocation: { uri: 'rules.save' }, region: { startLine: 9 } } },
      ],
      relatedLocations: [
        { physicalLocation: { artifactLocation: { uri: 'a.log' }, region: { startLine: 2 } } },
      ],
    });
    expect(divergence.message.text).toMatch(
      /the rules say filter:WEB:rule:1, the kernel ran .*1 more packets alike/,
    );
  });

  test('junit counts what it tells', () => {
    const text = render('junit', recordsOf(BENIGN));
    expect(text).toContain('<testsuites name="trace-analyze" tests="3" failures="2" errors="1" skipped="0">');
    expect(text).toContain(
      '<testcase classname="node1" name="#1 10.0.0.1:40000 → 10.0.0.2:80 TCP SYN: dropped">',
    );
  });

  test('a diagram names what matched, who called and how it ended', () => {
    const text = render('mermaid', recordsOf(BENIGN));
    expect(text).toContain('n2["FORWARD<br/>1 WEB"]');
    expect(text).toContain('  n2 -->|"1"| n3\n');
    expect(text).toContain('  n3 ==>|"2"| n4\n');
    expect(text).toContain('n4(["dropped"])');
    expect(text).toContain('  class n4,n3 bad\n');
  });

  test('a mermaid diagram stays within what mermaid draws', () => {
    const crowd = Array.from({ length: 900 }, (_, i) =>
      walkOf({ ...BENIGN, chain: `${'W'.repeat(90)}${i}` }),
    );
    const text = render(
      'mermaid',
      crowd.map((each): AnalysisRecord => ({ type: 'walk', walk: each })),
    );
    expect(text.length).toBeLessThan(50_000);
    expect(text).toMatch(/left\["left out: \d+ rarer ways"\]/);
  });

  test('perfetto slices lie within each other, in rising time', () => {
    const { traceEvents } = JSON.parse(render('perfetto', recordsOf(BENIGN)));
    const slices = traceEvents.filter(({ ph }: { ph: string }) => ph === 'X');
    const [whole, ...parts] = slices;
    expect(slices.map(({ name }: { name: string }) => name)).toEqual([
      'dropped by filter:WEB:2',
      'FORWARD',
      'filter',
    ]);
    for (const { ts, dur } of parts) {
      expect(dur).toBeGreaterThan(0);
      expect(ts).toBeGreaterThanOrEqual(whole.ts);
      expect(ts + dur).toBeLessThanOrEqual(whole.ts + whole.dur + 1e-9);
    }
  });
});

test('the published schema takes what --format json prints, and refuses what it does not', async () => {
  const schema = z.fromJSONSchema((await analysisJsonSchema()) as Parameters<typeof z.fromJSONSchema>[0]);
  const printed = JSON.parse(render('json', recordsOf(BENIGN)));
  expect(schema.safeParse(printed).error).toBeUndefined();
  expect(schema.safeParse({ ...printed, walks: [{ ...printed.walks[0], n: 'one' }] }).success).toBe(false);
});
