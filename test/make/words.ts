/** An analysis whose every text from outside is given: for tests that hostile text is inert in a format. */
import fc from 'fast-check';
import type { AnalysisRecord } from '../../src/model/analysis.ts';
import { diagnostic } from '../../src/model/diagnostic.ts';
import { finding } from '../../src/model/finding.ts';
import type { Walk } from '../../src/model/walk.ts';
import { type Format, openRenderer } from '../../src/report/index.ts';
import { PLAIN_STYLE } from '../../src/report/terminal/style.ts';
import { chain, packet, rule, step, tcp, walk } from './walk.ts';

export interface Words {
  readonly file: string;
  readonly host: string;
  readonly chain: string;
  readonly text: string;
  readonly port: string;
}
export const BENIGN: Words = { file: 'a.log', host: 'node1', chain: 'WEB', text: 'x', port: 'eth0' };

/** A walk that jumps into a chain, changes the mark and diverges, all with these words. */
export function walkOf(words: Words): Walk {
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

/** A walk, a diagnostic, a finding and the summary. */
export function recordsOf(words: Words): readonly AnalysisRecord[] {
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

/** The whole output of a format, 100 columns wide. */
export function render(format: Format, records: readonly AnalysisRecord[]): string {
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
export const WORDS = fc.record({
  file: HOSTILE,
  host: HOSTILE,
  chain: HOSTILE,
  text: HOSTILE,
  port: HOSTILE,
});
