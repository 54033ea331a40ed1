import fc from 'fast-check';
import { expect, test } from 'vitest';
import { uncheckedCheck } from '../../src/model/check.ts';
import { diagnostic } from '../../src/model/diagnostic.ts';
import { diagnosticRecord, summaryRecord, walkRecord } from '../../src/report/record.ts';
import { recordSchema, walkSchema } from '../../src/report/schema.ts';
import { chain, icmp, packet, rule, step, tcp, udp, walk } from '../make/walk.ts';

const MARK = '-A cali-PREROUTING -i cali+ -j MARK --set-xmark 0x40000/0x40000';

function contractWalk() {
  const seen = packet({
    in: 'cali84b7d149337',
    src: '10.200.77.209',
    dst: '10.200.77.216',
    length: 84,
    id: 23571,
    transport: icmp(8),
  });
  const marks = rule('raw', 2, MARK, { kind: 'MARK', value: 0x40000, mask: 0x40000 }, { line: 14 });
  return walk([
    step('raw:cali-PREROUTING:rule:2', 'PREROUTING', {
      depth: 1,
      place: { kind: 'rule', rule: marks, chain: chain('cali-PREROUTING', [marks, marks]) },
      changes: { mark: [0, 262144] },
      event: { packet: seen, line: 3, uptime: 1713.241263 },
    }),
  ]);
}

test('a walk is the contract’s object, key by key', () => {
  expect(JSON.stringify(walkRecord(contractWalk()))).toBe(
    '{"type":"walk","n":1,"host":"node1","family":"ipv4",' +
      '"packet":{"in":"cali84b7d149337","out":null,"src":"10.200.77.209","dst":"10.200.77.216","length":84,"ttl":64,' +
      '"id":23571,"protocol":"icmp","icmpType":8,"icmpCode":0,"mark":0},' +
      '"start":{"file":"syslog.log","line":3,"uptime":1713.241263,"time":null},' +
      '"steps":[{"file":"syslog.log","line":3,"hook":"PREROUTING","table":"raw","chain":"cali-PREROUTING","type":"rule",' +
      `"rule":2,"depth":1,"uptime":1713.241263,"text":"${MARK}",` +
      `"source":{"file":"rules.save","line":14,"text":"${MARK}"},"target":"MARK","changes":{"mark":[0,262144]}}],` +
      '"disposition":"forwarded","by":null,' +
      '"check":{"status":"unchecked","unchecked":[],"assumptions":[],"missing":[],"divergence":null}}',
  );
});

const accept = rule('filter', 2, '-A FORWARD -j ACCEPT', { kind: 'verdict', verdict: 'ACCEPT' });
const forward = chain('FORWARD', [accept], { policy: 'DROP' });

test.each([
  ['rule', { kind: 'rule', rule: accept, chain: forward }, 'ACCEPT', '-A FORWARD -j ACCEPT'],
  ['policy', { kind: 'policy', chain: forward }, 'DROP', null],
  ['return', { kind: 'return', chain: chain('cali-x') }, 'RETURN', null],
  ['missing', { kind: 'missing' }, null, null],
  ['ungiven', { kind: 'ungiven' }, null, null],
] as const)('a %s step names the target that ran', (_, place, target, text) => {
  const [first] = walkSchema.parse(
    walkRecord(walk([step('filter:FORWARD:policy:2', 'FORWARD', { place })])),
  ).steps;
  expect([first?.target, first?.text, first?.source === null]).toEqual([target, text, text === null]);
});

test('the deciding step is named as table:chain:number', () => {
  const steps = [step('filter:FORWARD:rule:1', 'FORWARD'), step('filter:x:y:rule:7', 'FORWARD')];
  const record = walkRecord(walk(steps, { disposition: 'dropped', decidedBy: 1 }));
  expect(record['by']).toBe('filter:x:y:7');
});

test('why a packet vanished, and which one called it forth, stand there if they are known', () => {
  const check = { ...uncheckedCheck([], []), ending: 'ttl-exceeded' } as const;
  const only = [step('raw:PREROUTING:policy:1', 'PREROUTING')];
  const record = walkRecord(walk(only, { disposition: 'vanished', check, causedBy: 3 }));
  expect(record).toMatchObject({ ending: 'ttl-exceeded', causedBy: 3 });
  expect(recordSchema.safeParse(record).error).toBeUndefined();
  expect(Object.keys(walkRecord(walk(only)))).not.toEqual(expect.arrayContaining(['ending']));
});

test.each([
  [
    'tcp',
    packet({ transport: tcp(4000, 80, 0x12) }),
    { protocol: 'tcp', sport: 4000, dport: 80, flags: ['ACK', 'SYN'] },
  ],
  ['udp', packet({ transport: udp(5000, 53) }), { protocol: 'udp', sport: 5000, dport: 53 }],
  ['icmp', packet({ transport: icmp(8, 0, 6656, 3) }), { icmpType: 8, icmpId: 6656, icmpSeq: 3 }],
  ['a protocol without a name', packet({ protocol: 89 }), { protocol: 89 }],
  ['no protocol', packet({}), { protocol: null }],
  [
    'ipv6',
    packet({ src: 'fd00::1', dst: 'fd00::2', protocol: 58, transport: icmp(128) }),
    { src: 'fd00::1', protocol: 'icmpv6' },
  ],
  [
    'a later fragment',
    packet({ protocol: 17, fragmentOffset: 1480, mf: true }),
    { fragment: 1480, mf: true },
  ],
  [
    'made here',
    packet({ in: '', out: 'eth0', uid: 1000, gid: 100 }),
    { in: null, out: 'eth0', uid: 1000, gid: 100 },
  ],
])('packet: %s', (_, seen, fields) => {
  const record = walkRecord(
    walk([step('raw:PREROUTING:policy:2', 'PREROUTING', { event: { packet: seen } })]),
  );
  expect(record['packet']).toMatchObject(fields);
  expect(recordSchema.safeParse(record).error).toBeUndefined();
});

test.each([
  [1714550416701.478, '2024-05-01T08:00:16.701478Z'],
  [1714550416701, '2024-05-01T08:00:16.701Z'],
  [1714550416000, '2024-05-01T08:00:16Z'],
  [null, null],
])('time %j is written %j', (time, text) => {
  const record = walkRecord(walk([step('raw:PREROUTING:policy:2', 'PREROUTING', { event: { time } })]));
  expect(record['start']).toMatchObject({ time: text });
});

test('a divergence keeps its parts', () => {
  const divergence = {
    at: 1,
    expected: 'filter:FORWARD:rule:3',
    observed: null,
    because: { rule: 'filter:FORWARD:3', condition: '-p tcp', value: 'udp' },
  };
  const check = { status: 'diverges', unchecked: ['raw'], assumptions: [], missing: [], divergence } as const;
  const record = walkRecord(walk([step('filter:FORWARD:rule:1', 'FORWARD')], { check }));
  expect(record['check']).toEqual(check);
  expect(recordSchema.safeParse(record).error).toBeUndefined();
});

test('diagnostics and summaries are the contract’s objects', () => {
  const found = diagnostic('log.refused', { file: 'syslog.log', line: 7, column: 12 }, { why: 'no number' });
  expect(JSON.stringify(diagnosticRecord(found))).toMatch(
    /^\{"type":"diagnostic","code":"log.refused","severity":"warning","file":"syslog.log","line":7,"column":12,"message":"[^"]+"\}$/,
  );
  const summary = {
    lines: 49,
    records: 49,
    traceLines: 49,
    unparsed: 0,
    notOurs: 0,
    walks: 1,
    dispositions: { forwarded: 1 },
    checks: { agrees: 1, diverges: 0, incomplete: 0, unchecked: 0 },
  };
  const text =
    '{"type":"summary","schemaVersion":1,"lines":49,"records":49,"traceLines":49,"unparsed":0,"notOurs":0,"walks":1,' +
    '"dispositions":{"forwarded":1},"checks":{"agrees":1,"diverges":0,"incomplete":0,"unchecked":0}';
  expect(JSON.stringify(summaryRecord({ ...summary, partial: false }))).toBe(`${text}}`);
  expect(JSON.stringify(summaryRecord({ ...summary, partial: true }))).toBe(`${text},"partial":true}`);
  expect(recordSchema.safeParse(summaryRecord({ ...summary, partial: true })).error).toBeUndefined();
});

test('whatever a chain is called, its walk is one line of valid JSON', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ unit: 'binary' }), (name, host) => {
      const first = step('raw:PREROUTING:rule:1', 'PREROUTING', { event: { chain: name } });
      const text = JSON.stringify(walkRecord(walk([first], { host })));
      expect(text).not.toContain('\n');
      expect(JSON.parse(text)).toMatchObject({ host, steps: [{ chain: name }] });
    }),
  );
});
