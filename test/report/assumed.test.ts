/** What the check had to take from the log, told in every form: by what would have told it, and how to save that. */
import { expect, describe as group, test } from 'vitest';
import type { AnalysisRecord } from '../../src/model/analysis.ts';
import type { Assumption } from '../../src/model/check.ts';
import { type Format, openRenderer } from '../../src/report/index.ts';
import { PLAIN_STYLE } from '../../src/report/terminal/style.ts';
import { step, walk } from '../make/walk.ts';

const ASSUMED: readonly Assumption[] = [
  { at: 0, kind: 'set', fact: '10.0.0.5 is in web', settledBy: 'sets' },
  { at: 0, kind: 'conntrack', fact: 'it is the first packet of its connection', settledBy: 'connections' },
  { at: 0, kind: 'host', fact: '10.0.0.9 is forwarded', settledBy: 'routes' },
  { at: 0, kind: 'host', fact: '10.0.0.9 is reached by eth1', settledBy: 'routes' },
  { at: 0, kind: 'host', fact: 'eth0 has 10.0.0.1', settledBy: 'addresses' },
  { at: 0, kind: 'host', fact: 'table 7 counts', settledBy: 'routing-rules' },
  { at: 0, kind: 'host', fact: 'rp_filter is on', settledBy: 'settings' },
  { at: 0, kind: 'chance', fact: 'statistic random matched' },
];

function told(format: Format, assumptions: readonly Assumption[] = ASSUMED, width = 500): string {
  const check = {
    status: 'agrees',
    unchecked: [],
    assumptions,
    missing: [],
    divergence: null,
  } as const;
  const spool = () => {
    const all: string[] = [];
    return { write: (text: string) => void all.push(text), read: () => all };
  };
  const renderer = openRenderer(format, { page: { width, style: PLAIN_STYLE }, all: false, spool });
  const made = walk([step('raw:PREROUTING:policy:1', 'PREROUTING')], { check, disposition: 'forwarded' });
  const records: readonly AnalysisRecord[] = [
    { type: 'walk', walk: made },
    {
      type: 'summary',
      summary: {
        ...{ lines: 1, records: 1, traceLines: 1, unparsed: 0, notOurs: 0, walks: 1, partial: false },
        dispositions: { forwarded: 1 },
        checks: { agrees: 1, diverges: 0, incomplete: 0, unchecked: 0 },
      },
    },
  ];
  return records.map((record) => renderer.push(record)).join('') + [...renderer.end()].join('');
}

const COMMANDS = [
  'ipset save > ipset.save',
  'ip addr > ip-addr.txt',
  '(ip route show table all; ip -6 route show table all) > ip-route.txt',
  '(ip rule; ip -6 rule) > ip-rule.txt',
  'conntrack -L > conntrack.txt',
  'sysctl -a > sysctl.txt',
];

group.each(['text', 'report', 'markdown', 'html'] as const)('%s', (format) => {
  test.each(COMMANDS)('says how to make it: %s', (command) => {
    const text = format === 'html' ? told(format).replaceAll('&gt;', '>') : told(format);
    expect(text).toContain(command);
  });

  test('says nothing of files that would not have helped', () => {
    const text = told(format, [{ at: 0, kind: 'chance', fact: 'statistic random matched' }]);
    expect(text).toContain('statistic random matched');
    expect(text).not.toMatch(/save it while tracing|\.save|\.txt/);
  });
});

test('a line for each that would have told, facts of one together', () => {
  expect(told('text')).toContain(`
    agrees with the rules
    assumed (ipset.save would tell): 10.0.0.5 is in web
    assumed (conntrack.txt would tell): it is the first packet of its connection
    assumed (ip-route.txt would tell): 10.0.0.9 is forwarded; 10.0.0.9 is reached by eth1
    assumed (ip-addr.txt would tell): eth0 has 10.0.0.1
    assumed (ip-rule.txt would tell): table 7 counts
    assumed (sysctl.txt would tell): rp_filter is on
    assumed (chance): statistic random matched
`);
});

test('many facts are cut, and every line fits', () => {
  const many = Array.from({ length: 40 }, (_, i): Assumption => {
    return { at: 0, kind: 'set', fact: `10.0.0.${i} is in web`, settledBy: 'sets' };
  });
  const text = told('text', many, 60);
  expect(text).toMatch(/10\.0\.0\.4 is in web; and\s+35 more/);
  const facts = text.split('\n\n').find((part) => part.includes('35 more')) ?? '';
  for (const line of facts.split('\n')) expect(line.length).toBeLessThanOrEqual(60);
});

test('the machine contract names the file too', () => {
  const [record] = told('ndjson')
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text) as { check: { assumptions: readonly object[] } });
  expect(record?.check.assumptions[0]).toEqual({
    at: 0,
    kind: 'set',
    fact: '10.0.0.5 is in web',
    settledBy: 'ipset.save',
  });
  expect(record?.check.assumptions.at(-1)).toEqual({
    at: 0,
    kind: 'chance',
    fact: 'statistic random matched',
  });
});
