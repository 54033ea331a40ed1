import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AnalysisRecord, Summary } from '../../src/model/analysis.ts';
import type { Check } from '../../src/model/check.ts';
import { diagnostic } from '../../src/model/diagnostic.ts';
import type { Walk } from '../../src/model/walk.ts';
import { openRenderer } from '../../src/report/index.ts';
import { PLAIN_STYLE, type Style } from '../../src/report/terminal/style.ts';
import { displayWidth } from '../../src/text/width.ts';
import { chain, packet, rule, step, tcp, walk } from '../make/walk.ts';

const LOUD: Style = {
  plain: (text) => text,
  strong: (text) => `\x1b[1m${text}\x1b[22m`,
  muted: (text) => `\x1b[2m${text}\x1b[22m`,
  code: (text) => `\x1b[36m${text}\x1b[39m`,
  good: (text) => `\x1b[32m${text}\x1b[39m`,
  bad: (text) => `\x1b[31m${text}\x1b[39m`,
  warn: (text) => `\x1b[33m${text}\x1b[39m`,
  change: (text) => `\x1b[35m${text}\x1b[39m`,
};

function summaryOf(walks: readonly Walk[]): Summary {
  const dispositions: Partial<Record<Walk['disposition'], number>> = {};
  const checks = { agrees: 0, diverges: 0, incomplete: 0, unchecked: 0 };
  for (const { disposition, check } of walks) {
    dispositions[disposition] = (dispositions[disposition] ?? 0) + 1;
    checks[check.status] += 1;
  }
  const lines = walks.reduce((sum, { steps }) => sum + steps.length, 0);
  return {
    lines,
    records: lines,
    traceLines: lines,
    unparsed: 0,
    notOurs: 0,
    walks: walks.length,
    dispositions,
    checks,
    partial: false,
  };
}

interface Setting {
  readonly width?: number;
  readonly style?: Style;
  readonly all?: boolean;
  readonly before?: readonly AnalysisRecord[];
}

function render(walks: readonly Walk[], setting: Setting = {}): string {
  const { width = Number.POSITIVE_INFINITY, style = PLAIN_STYLE, all = false, before = [] } = setting;
  const spool = () => ({ write: () => {}, read: () => [] });
  const renderer = openRenderer('text', { page: { width, style }, all, spool });
  const records: readonly AnalysisRecord[] = [
    ...before,
    ...walks.map((each): AnalysisRecord => ({ type: 'walk', walk: each })),
    { type: 'summary', summary: summaryOf(walks) },
  ];
  return records.map((record) => renderer.push(record)).join('') + [...renderer.end()].join('');
}

const JUMP = rule('filter', 1, '-A FORWARD -j cali-FORWARD', {
  kind: 'jump',
  chain: 'cali-FORWARD',
  goto: false,
});
const MARK = rule('filter', 1, '-A cali-FORWARD -j MARK --set-xmark 0x1/0x1', {
  kind: 'MARK',
  value: 1,
  mask: 1,
});
const TEST = rule(
  'filter',
  3,
  '-A cali-FORWARD -m mark --mark 0x1/0x1 -j DROP',
  { kind: 'verdict', verdict: 'DROP' },
  { matches: [{ kind: 'mark', not: false, mark: { value: 1, mask: 1 } }] },
);
const FORWARD = chain('FORWARD', [JUMP]);
const CALI = chain('cali-FORWARD', [MARK, MARK, TEST]);

/** FORWARD jumps to cali-FORWARD, which marks and drops. */
function droppedWalk(sport = 4000, dport = 80, n = 1): Walk {
  const at = (line: number, mark = 0) => ({
    line: line + n * 10,
    packet: packet({ src: '10.0.0.1', dst: '10.0.0.2', transport: tcp(sport, dport), out: 'eth1', mark }),
  });
  return walk(
    [
      step('filter:FORWARD:rule:1', 'FORWARD', {
        event: at(1),
        place: { kind: 'rule', rule: JUMP, chain: FORWARD },
      }),
      step('filter:cali-FORWARD:rule:1', 'FORWARD', {
        event: at(2),
        depth: 1,
        place: { kind: 'rule', rule: MARK, chain: CALI },
        changes: { mark: [0, 1] },
      }),
      step('filter:cali-FORWARD:rule:3', 'FORWARD', {
        event: at(3, 1),
        depth: 1,
        place: { kind: 'rule', rule: TEST, chain: CALI },
        markSetBy: 1,
      }),
    ],
    { n, disposition: 'dropped', decidedBy: 2 },
  );
}

test('one packet is its walk: verdict first, rules by call depth, changes and marks on their steps', () => {
  expect(
    render([droppedWalk()]),
  ).toBe(`#1  10.0.0.1:4000 → 10.0.0.2:80  TCP SYN: dropped by filter cali-FORWARD:3
    node1 · Jun 22 12:47:55 · uptime 1713.241250 · syslog.log:11–13 · 3 steps
    filter cali-FORWARD:3 is -A cali-FORWARD -m mark --mark 0x1/0x1 -j DROP  (rules.save:13)

      FORWARD filter
 11   FORWARD:1         -j cali-FORWARD
 12     cali-FORWARD:1  -j MARK --set-xmark 0x1/0x1
                        ↳ mark 0x0 → 0x1
 13 ▶   cali-FORWARD:3  -m mark --mark 0x1/0x1 -j DROP
                        ↳ mark 0x1: bits 0x1 set by filter cali-FORWARD:1

`);
});

describe('the ends of chains', () => {
  const drop = rule('filter', 2, '-A FORWARD -j DROP', { kind: 'verdict', verdict: 'DROP' });
  test.each([
    [
      'policy',
      step('filter:FORWARD:policy:2', 'FORWARD', { place: { kind: 'policy', chain: FORWARD } }),
      'FORWARD  policy ACCEPT',
    ],
    [
      'empty',
      step('filter:x:return:1', 'FORWARD', { place: { kind: 'return', chain: chain('x') } }),
      'x  empty chain',
    ],
    [
      'no match',
      step('filter:cali-FORWARD:return:4', 'FORWARD', { place: { kind: 'return', chain: CALI } }),
      'cali-FORWARD  end of chain, no rule matched',
    ],
    [
      'unconditional',
      step('filter:FORWARD:policy:2', 'FORWARD', { place: { kind: 'rule', rule: drop, chain: FORWARD } }),
      'FORWARD:2  -j DROP',
    ],
    [
      'unknown rule',
      step('filter:FORWARD:rule:9', 'FORWARD', { place: { kind: 'missing' } }),
      'FORWARD:9  rule 9: the rules given have no such rule',
    ],
    ['no rules', step('filter:FORWARD:rule:9', 'FORWARD'), 'FORWARD:9  rule'],
  ])('%s', (_, only, shown) => {
    expect(render([walk([only])])).toContain(`  1   ${shown}\n`);
  });

  test('a chain in which a rule matched just ends', () => {
    const [jump, mark] = droppedWalk().steps;
    if (jump === undefined || mark === undefined) throw new Error('steps');
    const end = step('filter:cali-FORWARD:return:4', 'FORWARD', {
      depth: 1,
      place: { kind: 'return', chain: CALI },
    });
    expect(render([walk([jump, mark, end])])).toMatch(/cali-FORWARD +end of chain\n/);
    expect(render([walk([jump, end])])).toMatch(/cali-FORWARD +end of chain, no rule matched\n/);
  });

  test('says what the log calls an unconditional rule', () => {
    const only = step('filter:FORWARD:policy:2', 'FORWARD', {
      place: { kind: 'rule', rule: drop, chain: FORWARD },
    });
    expect(render([walk([only])])).toContain('the log says policy:2');
  });
});

test('a rewrite names who did it, and what no rule did is said so', () => {
  const dnat = rule('nat', 1, '-A KUBE-SEP -j DNAT --to-destination 10.9.9.9:8080', {
    kind: 'DNAT',
    addresses: null,
    ports: null,
    portBase: null,
    random: false,
    randomFully: false,
    persistent: false,
  });
  const seen = packet({ src: '10.0.0.1', dst: '10.32.0.139', transport: tcp(4000, 80) });
  const text = render([
    walk([
      step('nat:KUBE-SEP:rule:1', 'PREROUTING', {
        event: { packet: seen },
        place: { kind: 'rule', rule: dnat, chain: chain('KUBE-SEP', [dnat]) },
        changes: { dst: ['10.32.0.139', '10.9.9.9'], dport: [80, 8080] },
        between: { ttl: [64, 63], out: ['', 'eth1'] },
      }),
    ]),
  ]);
  expect(text).toContain('↳ dst 10.32.0.139:80 → 10.9.9.9:8080 by DNAT\n');
  expect(text).toContain('↳ ttl 64 → 63 by forwarding\n');
  expect(text).not.toContain('out ');
});

describe('what is missing stands where it is missing', () => {
  const rows = (text: string): string[] => text.split('\n').filter((row) => /^ {1,4}\d+ |^ {6}… /.test(row));

  test.each([
    [-1, 0],
    [0, 1],
    [2, 3],
  ])('a gap after step %i', (after, place) => {
    const gaps = [{ after, steps: ['raw:PREROUTING:policy:3', 'mangle:PREROUTING:policy:1'] }];
    const row = rows(render([{ ...droppedWalk(), gaps }]))[place];
    expect(row).toContain('… 2 lines are missing here: raw:PREROUTING:policy:3, mangle:PREROUTING:policy:1');
  });

  test('a loss of the log, between the lines around it', () => {
    const at = { file: 'syslog.log', line: 12, column: 1 };
    const text = render([droppedWalk()], {
      before: [{ type: 'diagnostic', diagnostic: diagnostic('log.lost-messages', at, { count: 236 }) }],
    });
    expect(rows(text)[1]).toMatch(/^ 12 {3}… .*236/);
    expect(rows(text)[2]).toMatch(/^ 12 {5}cali-FORWARD:1/);
  });
});

describe('a divergence', () => {
  const check: Check = {
    status: 'diverges',
    unchecked: [],
    assumptions: [],
    missing: [],
    divergence: {
      at: 2,
      expected: 'filter:cali-FORWARD:rule:2',
      observed: 'filter:cali-FORWARD:rule:3',
      because: { rule: 'filter:cali-FORWARD:3', condition: '-p tcp', value: 'udp' },
    },
  };
  const table = {
    family: 'ipv4',
    name: 'filter',
    form: 'save',
    file: 'rules.save',
    settledBy: null,
    chains: new Map([['cali-FORWARD', CALI]]),
    complete: true,
  } as const;
  const before: readonly AnalysisRecord[] = [{ type: 'rules', ruleset: { tables: [table], whole: [] } }];

  test.each([120, 60])('shows expected beside observed in %i columns, and the reason', (width) => {
    const text = render([{ ...droppedWalk(), check }], { width, before });
    expect(text).toMatch(/not what the rules\s+say/);
    expect(text).toMatch(/diverges from the rules at step 3 \(syslog.log:13\)/);
    expect(text.replace(/\s+/g, ' ')).toMatch(
      /3 (?:the rules say )?filter:cali-FORWARD:rule:2 .*filter:cali-FORWARD:rule:3/,
    );
    expect(text.replace(/\s+/g, ' ')).toContain(
      'because: filter:cali-FORWARD:3 asks -p tcp, the packet has udp',
    );
    expect(text.replace(/\s+/g, ' ')).toContain('the rules say: -A cali-FORWARD -j MARK');
  });

  test.each([
    // The rule that was to come: the packet has what it asks.
    ['filter:cali-FORWARD:2', '-p udp', 'udp', '2 would match: it asks -p udp, and the packet has udp'],
    [
      'filter:cali-FORWARD:2',
      '-j MARK',
      'went on in nat:A',
      '2 says -j MARK, but the packet went on in nat:A',
    ],
  ])('the reason in %s: %s', (rule, condition, value, said) => {
    const divergence = {
      at: 2,
      expected: 'filter:cali-FORWARD:rule:2',
      observed: 'filter:cali-FORWARD:rule:3',
    };
    const told = { ...check, divergence: { ...divergence, because: { rule, condition, value } } };
    expect(render([{ ...droppedWalk(), check: told }], { before })).toContain(
      `because: filter:cali-FORWARD:${said}`,
    );
  });

  test('after the last step', () => {
    const divergence = { at: 3, expected: 'filter:FORWARD:policy:2', observed: null, because: null };
    const text = render([{ ...droppedWalk(), check: { ...check, divergence } }]);
    expect(text).toContain('diverges from the rules after the last step');
    expect(text).toMatch(/filter:FORWARD:policy:2 +nothing more/);
  });
});

describe('a long log', () => {
  const many = [
    droppedWalk(4001, 80, 1),
    walk(droppedWalk(1, 22).steps.slice(0, 1), { n: 2, disposition: 'forwarded' }),
    droppedWalk(4003, 80, 3),
    droppedWalk(4002, 80, 4),
  ];

  test('begins with what happened, groups equal walks, and puts trouble first', () => {
    const text = render(many);
    expect(text).toMatch(/^4 packets: 1 forwarded, 3 dropped\n/);
    expect(text).toMatch(/3 {2}dropped {2}filter cali-FORWARD:3 {2}-A cali-FORWARD/);
    expect(text).toContain(
      '#1 ×3  10.0.0.1:4001–4003 → 10.0.0.2:80  TCP SYN: dropped by filter cali-FORWARD:3',
    );
    expect(text).toContain('3 packets like this: #1 #3 #4; shown is #1');
    expect(text.indexOf('#1 ×3')).toBeLessThan(text.indexOf('#2  '));
    expect(text.match(/^#/gm)).toHaveLength(2);
  });

  test('with --all tells each, the summary last', () => {
    const text = render(many, { all: true });
    expect(text.match(/^#\d/gm)).toEqual(['#1', '#2', '#3', '#4']);
    expect(text.indexOf('4 packets')).toBeGreaterThan(text.indexOf('#4'));
  });

  test.each<[string, (one: Walk) => Walk]>([
    ['disposition', (one) => ({ ...one, disposition: 'unknown', decidedBy: null })],
    ['destination', () => droppedWalk(4000, 443, 9)],
    ['steps', (one) => ({ ...one, steps: one.steps.slice(0, 2) })],
    [
      'assumptions',
      (one) => ({ ...one, check: { ...one.check, assumptions: [{ at: 0, kind: 'set', fact: 'x' }] } }),
    ],
    ['gaps', (one) => ({ ...one, gaps: [{ after: 0, steps: [] }] })],
    ['host', (one) => ({ ...one, host: 'node2' })],
  ])('walks of another %s are another group', (_, other) => {
    const text = render([droppedWalk(4000, 80, 1), { ...other(droppedWalk(4000, 80, 2)), n: 2 }]);
    expect(text).not.toContain('×');
  });

  test('keeps counting when there is no room for more kinds', () => {
    const walks = Array.from({ length: 700 }, (_, i) => droppedWalk(4000, i + 1, i + 1));
    const text = render(walks);
    expect(text).toMatch(/^700 packets: 700 dropped/);
    expect(text).toContain('200 packets of further kinds');
    expect(text.match(/^#/gm)).toHaveLength(500);
  });
});

test('tables without rules are named once', () => {
  const check: Check = {
    status: 'agrees',
    unchecked: ['raw', 'mangle'],
    assumptions: [],
    missing: [],
    divergence: null,
  };
  const text = render([
    { ...droppedWalk(4000, 80, 1), check },
    { ...droppedWalk(4000, 81, 2), check },
  ]);
  expect(text.match(/rules were not given: mangle, raw/g)).toHaveLength(1);
  expect(text).toContain('held against the rules: 2 agree');
});

test('colour adds nothing and takes nothing', () => {
  const plain = render([droppedWalk(4000, 80, 1), droppedWalk(4001, 81, 2)], { width: 80 });
  const loud = render([droppedWalk(4000, 80, 1), droppedWalk(4001, 81, 2)], { width: 80, style: LOUD });
  expect(loud).not.toBe(plain);
  expect(stripVTControlCharacters(loud)).toBe(plain);
});

test('no text of the input reaches the terminal as anything but text, and lines fit', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
    fc.constantFrom(
      '\x1b]0;x\x07',
      '\x9b2J',
      'a\rb',
      '\u202etxt.exe',
      '\n#9  all is well',
      '中文'.repeat(30),
      'x'.repeat(200),
    ),
  );
  fc.assert(
    fc.property(
      hostile,
      hostile,
      hostile,
      hostile,
      fc.integer({ min: 80, max: 140 }),
      (a, b, c, d, width) => {
        const evil = rule(
          'filter',
          2,
          `-A ${a} -m comment --comment ${b} -j ${c}`,
          { kind: 'jump', chain: c, goto: false },
          { chain: a },
        );
        const place = {
          kind: 'rule',
          rule: { ...evil, source: { ...evil.source, file: d } },
          chain: chain(a, [evil, evil]),
        } as const;
        const event = { chain: a, host: b, stamp: c, file: d, packet: packet({ in: a, out: b }) };
        const steps = [
          step('filter:x:rule:2', 'FORWARD', { event, place }),
          step('filter:x:rule:2', 'FORWARD', { event }),
        ];
        const check: Check = {
          status: 'diverges',
          unchecked: [],
          assumptions: [{ at: 0, kind: 'set', fact: a }],
          missing: [],
          divergence: { at: 1, expected: b, observed: c, because: { rule: a, condition: b, value: c } },
        };
        const found = diagnostic('log.refused', { file: d, line: 3, column: 5 }, { why: a }, b + c + d, 3);
        const text = render(
          [walk(steps, { host: b, check, disposition: 'dropped', decidedBy: 0 }), walk(steps, { n: 2 })],
          {
            width,
            before: [{ type: 'diagnostic', diagnostic: found }],
          },
        );
        for (const line of text.split('\n')) {
          expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u);
          expect(displayWidth(line), line).toBeLessThanOrEqual(width);
        }
      },
    ),
    { numRuns: 150 },
  );
});
