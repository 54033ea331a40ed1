/** The forms for other programs: each well-formed, complete, and inert whatever the log and the rules hold. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { AnalysisRecord } from '../../src/model/analysis.ts';
import { finding } from '../../src/model/finding.ts';
import { analysisJsonSchema } from '../../src/report/json-schema.ts';
import { chain, rule } from '../make/walk.ts';
import { BENIGN, recordsOf, render, WORDS, walkOf } from '../make/words.ts';

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

  test.each([
    ['rules.past-end', 'failure'],
    ['check.all-end', 'skipped'],
    ['check.setting', null],
  ] as const)('junit: finding %s is %s', (code, outcome) => {
    const found: AnalysisRecord = { type: 'finding', finding: finding(code, { chain: 'KUBE' }, null) };
    const text = render('junit', [found, ...recordsOf(BENIGN).filter(({ type }) => type !== 'finding')]);
    if (outcome === null) expect(text).not.toContain(code);
    else expect(text).toMatch(new RegExp(`name="${code}"[^>]*>\\s*<${outcome} message="[^"]*KUBE`));
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
      'filter:FORWARD:rule:1',
      'filter:WEB:rule:2',
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
