/** Records of journalctl and dmesg in their structured forms, as tools write, pass on and cut them. */
import { describe, expect, test } from 'vitest';
import { stepName } from '../../src/model/event.ts';
import { readLines } from './read.ts';

const BODY =
  'IN=ra OUT= SRC=10.71.1.2 DST=10.71.2.2 LEN=30 TOS=0x00 PREC=0x00 TTL=63 ID=1 PROTO=UDP SPT=1 DPT=53 LEN=10';
const LINE = `TRACE: filter:chäin\\x:rule:1 ${BODY} `;
const STEP = 'filter:chäin\\x:rule:1';
const FIELDS = {
  _HOSTNAME: 'h1',
  PRIORITY: '4',
  __REALTIME_TIMESTAMP: '1714550419455688',
  _SOURCE_MONOTONIC_TIMESTAMP: '25088574',
};
const EVENT = { host: 'h1', level: 4, uptime: 25.088574, time: 1714550419455.688, stamp: '1714550419455688' };

const pretty = (value: unknown): string[] => JSON.stringify(value, null, '\t').split('\n');
const bytes = (text: string): number[] => [...new TextEncoder().encode(text)];

describe('one record in every form', () => {
  test.each<[string, readonly string[], number]>([
    ['json', [JSON.stringify({ ...FIELDS, MESSAGE: LINE })], 1],
    ['json, the message as bytes', [JSON.stringify({ MESSAGE: bytes(LINE), ...FIELDS })], 1],
    ['json-sse', [`data: ${JSON.stringify({ ...FIELDS, MESSAGE: LINE })}`, ''], 1],
    ['json-pretty', pretty({ ...FIELDS, MESSAGE: LINE }), 6],
    ['json-pretty, the message as bytes on many lines', pretty({ MESSAGE: bytes(LINE), ...FIELDS }), 2],
    ['a list of json, as jq -s gives', pretty([{ ...FIELDS, MESSAGE: LINE }]), 7],
    [
      'export',
      [...Object.entries(FIELDS).map(([key, value]) => `${key}=${value}`), `MESSAGE=${LINE}`, ''],
      5,
    ],
    [
      'export, the file ends',
      [`MESSAGE=${LINE}`, ...Object.entries(FIELDS).map(([key, value]) => `${key}=${value}`)],
      1,
    ],
  ])('%s', (_, lines, line) => {
    const { events, counts, diagnostics } = readLines(lines, { timezone: '+09:00' });
    expect(events.map(stepName)).toEqual([STEP]);
    expect(events).toMatchObject([{ ...EVENT, line, text: LINE.trimEnd() }]);
    expect(counts).toMatchObject({ records: 1, lines: lines.length });
    expect(diagnostics).toEqual([]);
  });

  test('verbose', () => {
    const lines = [
      'Wed 2024-05-01 10:00:19.455688 CEST [s=92787ae7;i=179;b=49c9;m=17edd04;t=6175fe0b37ec8;x=f503]',
      '    _HOSTNAME=h1',
      '    PRIORITY=4',
      '    _SOURCE_MONOTONIC_TIMESTAMP=25088574',
      `    MESSAGE=${LINE}`,
    ];
    const { events, counts } = readLines([...lines, ...lines]);
    const stamp = 'Wed 2024-05-01 10:00:19.455688 CEST';
    expect(events).toMatchObject([
      { ...EVENT, stamp, line: 5 },
      { ...EVENT, stamp, line: 10 },
    ]);
    expect(counts).toMatchObject({ records: 2, notOurs: 0 });
  });

  test('dmesg -J, and what jq makes of it', () => {
    const messages = [
      { pri: 4, time: 25.088574, msg: LINE },
      { pri: 6, time: 26, msg: 'usb 1-1: new device' },
    ];
    const asWritten = [
      '{',
      '   "dmesg": [',
      '      {',
      '         "pri": 4,',
      '         "time":    25.088574,',
      `         "msg": ${JSON.stringify(LINE)}`,
      '      },{',
      '         "pri": 6,',
      '         "time":    26.000000,',
      '         "msg": "usb 1-1: new device"',
      '      }',
      '   ]',
      '}',
    ];
    const forms = [
      asWritten,
      pretty({ dmesg: messages }),
      messages.map((m) => JSON.stringify(m)),
      messages.flatMap(pretty),
    ];
    for (const lines of forms) {
      const { events, counts, diagnostics } = readLines(lines);
      expect(events).toMatchObject([{ uptime: 25.088574, level: 4, host: null, time: null }]);
      expect([counts.records, counts.notOurs, diagnostics]).toEqual([2, 1, []]);
    }
  });
});

describe('export values in binary', () => {
  /** Key, length in eight bytes, value, as bytes that were read as UTF-8. */
  function binary(key: string, value: string): string[] {
    const content = new TextEncoder().encode(value);
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(content.length), true);
    const all = new Uint8Array([...length, ...content]);
    return [key, ...new TextDecoder().decode(all).split('\n')];
  }

  test.each([
    ['short', 'TRACE: raw:OUTPUT:rule:1 x'],
    ['over 127 bytes: the length is no UTF-8', LINE],
    ['266 bytes: the length holds a newline', LINE.padEnd(265)],
  ])('a message, %s', (_, message) => {
    const { events, counts } = readLines(['_HOSTNAME=h1', ...binary('MESSAGE', message), 'PRIORITY=4', '']);
    expect(counts.records).toBe(1);
    expect(events.length).toBe(message.startsWith(LINE) ? 1 : 0);
    for (const event of events) expect(event).toMatchObject({ host: 'h1', level: 4, chain: 'chäin\\x' });
  });

  test('another field’s value that holds newlines and blank lines', () => {
    const lines = [
      '_HOSTNAME=h1',
      ...binary('_SELINUX_CONTEXT', 'unconfined\n\n\nx'),
      `MESSAGE=${LINE}`,
      '',
      `MESSAGE=${LINE}`,
      '',
    ];
    expect(readLines(lines).counts).toMatchObject({ records: 2, traceLines: 2 });
  });
});

describe('structured records that are damaged', () => {
  test('a file that begins and ends in mid-record', () => {
    const lines = pretty({ ...FIELDS, MESSAGE: LINE });
    const { events, counts } = readLines([...lines.slice(3), ...lines, ...lines.slice(0, 6)]);
    expect(events.map(({ host }) => host)).toEqual([null, 'h1', 'h1']);
    expect(counts.unparsed).toBe(0);
  });

  test('a json line that is cut is used as far as it goes, or reported', () => {
    const whole = JSON.stringify({ _HOSTNAME: 'h1', MESSAGE: LINE.replace('\\', ''), PRIORITY: '4' });
    for (const end of [
      whole.length - 1,
      whole.indexOf(' DPT='),
      whole.indexOf('SRC='),
      whole.indexOf(':rule'),
    ]) {
      const { counts, diagnostics } = readLines([whole.slice(0, end)]);
      expect(counts.traceLines + counts.unparsed, whole.slice(0, end)).toBe(1);
      expect(diagnostics.length).toBe(1);
    }
  });

  test('plain lines right behind a record', () => {
    const plain = `[    1.000000] ${LINE}`;
    for (const lines of [
      pretty({ MESSAGE: LINE }),
      [`MESSAGE=${LINE}`],
      [`data: ${JSON.stringify({ MESSAGE: LINE })}`],
    ]) {
      expect(readLines([...lines, plain]).events.map(({ uptime }) => uptime)).toEqual([null, 1]);
    }
  });

  test('a message that is refused has the column of the line', () => {
    const bad = LINE.replace('TTL=63', 'TTL=6x').replace('\\', '');
    const lines = pretty({ PRIORITY: '4', MESSAGE: bad });
    const { diagnostics } = readLines(lines);
    const [{ at } = { at: { line: 0, column: 0 } }] = diagnostics;
    expect(lines[at.line - 1]?.slice(at.column - 1)).toMatch(/^TTL=6x /);
  });
});
