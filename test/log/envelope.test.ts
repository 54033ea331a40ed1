/** What stands before a message: every form of docs/inputs.md, and that neighbours do not change what is read. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Clock, parseZone } from '../../src/log/clock.ts';
import { EnvelopeReader } from '../../src/log/envelope.ts';

const MESSAGE = 'TRACE: raw:OUTPUT:rule:1 IN= OUT=eth0';

interface Expected {
  readonly host?: string;
  readonly level?: number;
  readonly tag?: string;
  readonly stamp?: string;
  /** ISO 8601, with as many digits as there are. */
  readonly time?: string;
  readonly uptime?: number;
}

function readerIn(zone: string): EnvelopeReader {
  return new EnvelopeReader(new Clock(2024, parseZone(zone) ?? (() => 0)));
}

function fieldsOf(reader: EnvelopeReader): object {
  const { start, host, level, tag, stamp, time, uptime, sequence, found, unknownZone } = reader;
  return { start, host, level, tag, stamp, time, uptime, sequence, found, unknownZone };
}

/** Milliseconds with the fraction that Date cuts off. */
function millisecondsOf(text: string): number {
  const [, seconds = '', fraction = '0'] = /^(.*?)(?:\.(\d+))?Z$/.exec(text) ?? [];
  return Date.parse(`${seconds}Z`) + Number(fraction) / 10 ** (fraction.length - 3);
}

const may1 = '2024-05-01T08:00:16Z';
const FORMS: readonly (readonly [string, string, Expected])[] = [
  [
    'RFC 3164',
    'May  1 10:00:16 gw1 kernel: [   20.580566] ',
    { host: 'gw1', tag: 'kernel', stamp: 'May  1 10:00:16', time: may1, uptime: 20.580566 },
  ],
  [
    'RFC 3164, uptime of many digits',
    'May 11 10:00:16 gw1 kernel: [123456.000001] ',
    {
      host: 'gw1',
      tag: 'kernel',
      stamp: 'May 11 10:00:16',
      time: '2024-05-11T08:00:16Z',
      uptime: 123456.000001,
    },
  ],
  [
    'RFC 3164 without uptime',
    'May  1 10:00:16 gw1 kernel: ',
    { host: 'gw1', tag: 'kernel', stamp: 'May  1 10:00:16', time: may1 },
  ],
  [
    'RFC 3164 with a year',
    'May  1 2023 10:00:16 gw1 kernel: ',
    { host: 'gw1', tag: 'kernel', stamp: 'May  1 2023 10:00:16', time: '2023-05-01T08:00:16Z' },
  ],
  ['RFC 3164 without tag', 'May  1 10:00:16 gw1 ', { host: 'gw1', stamp: 'May  1 10:00:16', time: may1 }],
  [
    'RFC 3164 without tag, with uptime',
    'May  1 10:00:16 gw1 [   20.580566] ',
    { host: 'gw1', stamp: 'May  1 10:00:16', time: may1, uptime: 20.580566 },
  ],
  [
    'RFC 3164, blank eaten',
    'May 1 10:00:16 web01.local kernel: [20.580566] ',
    { host: 'web01.local', tag: 'kernel', stamp: 'May 1 10:00:16', time: may1, uptime: 20.580566 },
  ],
  [
    'RFC 3164 on the wire',
    '<4>May  1 10:00:16 gw1 kernel: ',
    { host: 'gw1', level: 4, tag: 'kernel', stamp: 'May  1 10:00:16', time: may1 },
  ],
  [
    'rsyslog ISO 8601',
    '2024-05-01T08:00:16.701478+00:00 gw1 kernel: [   20.580566] ',
    {
      host: 'gw1',
      tag: 'kernel',
      stamp: '2024-05-01T08:00:16.701478+00:00',
      time: '2024-05-01T08:00:16.701478Z',
      uptime: 20.580566,
    },
  ],
  [
    'ISO 8601 with Z',
    '2024-05-01T08:00:16Z gw1 kernel: ',
    { host: 'gw1', tag: 'kernel', stamp: '2024-05-01T08:00:16Z', time: may1 },
  ],
  [
    'ISO 8601 without zone',
    '2024-05-01 10:00:16 gw1 kernel: ',
    { host: 'gw1', tag: 'kernel', stamp: '2024-05-01 10:00:16', time: may1 },
  ],
  [
    'RFC 5424',
    '<4>1 2024-05-01T08:00:16.701478+00:00 gw1 kernel - - - [   20.580566] ',
    {
      host: 'gw1',
      level: 4,
      tag: 'kernel',
      stamp: '2024-05-01T08:00:16.701478+00:00',
      time: '2024-05-01T08:00:16.701478Z',
      uptime: 20.580566,
    },
  ],
  [
    'RFC 5424 with structured data',
    '<6>1 2024-05-01T08:00:16Z gw1 kernel - - [a@1 b="c\\]d"][e] ',
    { host: 'gw1', level: 6, tag: 'kernel', stamp: '2024-05-01T08:00:16Z', time: may1 },
  ],
  ['RFC 5424, all nil', '<4>1 - - - - - - ', { level: 4 }],
  [
    'journalctl short',
    'May 01 10:00:16 host kernel: ',
    { host: 'host', tag: 'kernel', stamp: 'May 01 10:00:16', time: may1 },
  ],
  [
    'journalctl --no-hostname',
    'May 01 10:00:16 kernel: ',
    { tag: 'kernel', stamp: 'May 01 10:00:16', time: may1 },
  ],
  [
    'short-precise',
    'May 01 10:00:16.455688 host kernel: ',
    { host: 'host', tag: 'kernel', stamp: 'May 01 10:00:16.455688', time: '2024-05-01T08:00:16.455688Z' },
  ],
  [
    'short-iso',
    '2024-05-01T10:00:16+0200 host kernel: ',
    { host: 'host', tag: 'kernel', stamp: '2024-05-01T10:00:16+0200', time: may1 },
  ],
  [
    'short-iso of newer systemd',
    '2024-05-01T10:00:16+02:00 host kernel: ',
    { host: 'host', tag: 'kernel', stamp: '2024-05-01T10:00:16+02:00', time: may1 },
  ],
  [
    'short-iso-precise',
    '2024-05-01T10:00:16.455688+0200 host kernel: ',
    {
      host: 'host',
      tag: 'kernel',
      stamp: '2024-05-01T10:00:16.455688+0200',
      time: '2024-05-01T08:00:16.455688Z',
    },
  ],
  [
    'short-full',
    'Wed 2024-05-01 11:00:16 EEST host kernel: ',
    { host: 'host', tag: 'kernel', stamp: 'Wed 2024-05-01 11:00:16 EEST', time: may1 },
  ],
  [
    'short-full, precise',
    'Wed 2024-05-01 05:00:16.5 -03 host kernel: ',
    { host: 'host', tag: 'kernel', stamp: 'Wed 2024-05-01 05:00:16.5 -03', time: '2024-05-01T08:00:16.5Z' },
  ],
  ['short-monotonic', '[   25.088574] host kernel: ', { host: 'host', tag: 'kernel', uptime: 25.088574 }],
  ['short-monotonic --no-hostname', '[   25.093176] kernel: ', { tag: 'kernel', uptime: 25.093176 }],
  [
    'short-unix',
    '1714550416.455688 host kernel: ',
    { host: 'host', tag: 'kernel', stamp: '1714550416.455688', time: '2024-05-01T08:00:16.455688Z' },
  ],
  ['cat, dmesg -t', '', {}],
  ['dmesg', '[   20.580566] ', { uptime: 20.580566 }],
  ['dmesg -T', '[Wed May  1 10:00:16 2024] ', { stamp: 'Wed May  1 10:00:16 2024', time: may1 }],
  ['dmesg -x', 'kern  :warn  : [   20.580566] ', { level: 4, uptime: 20.580566 }],
  [
    'dmesg -T -x',
    'kern  :debug : [Wed May  1 10:00:16 2024] ',
    { level: 7, stamp: 'Wed May  1 10:00:16 2024', time: may1 },
  ],
  [
    'dmesg --time-format iso',
    '2024-05-01T10:00:16,580566+02:00 ',
    { stamp: '2024-05-01T10:00:16,580566+02:00', time: '2024-05-01T08:00:16.580566Z' },
  ],
  ['dmesg --time-format reltime', '[  +0.001589] ', { stamp: '+0.001589' }],
  [
    'dmesg -H where the minute changed',
    '[May 1 10:00] ',
    { stamp: 'May 1 10:00', time: '2024-05-01T08:00:00Z' },
  ],
  ['dmesg --time-format delta', '[<    0.001589>] ', { stamp: '<    0.001589>' }],
  ['dmesg -d', '[   20.582155 <    0.001589>] ', { uptime: 20.582155 }],
  ['dmesg -r', '<4>[   20.580566] ', { level: 4, uptime: 20.580566 }],
  ['dmesg -r, facility daemon', '<30>[   20.580566] ', { level: 6, uptime: 20.580566 }],
  [
    'busybox syslogd',
    'May  1 10:00:16 host kern.warn kernel: [   20.580566] ',
    { host: 'host', level: 4, tag: 'kernel', stamp: 'May  1 10:00:16', time: may1, uptime: 20.580566 },
  ],
  [
    'OpenWrt logread',
    'Wed May  1 10:00:16 2024 kern.warn kernel: [   20.580566] ',
    { level: 4, tag: 'kernel', stamp: 'Wed May  1 10:00:16 2024', time: may1, uptime: 20.580566 },
  ],
  ['CONFIG_PRINTK_CALLER, task', '[   12.345678][  T123] ', { uptime: 12.345678 }],
  [
    'CONFIG_PRINTK_CALLER, CPU, behind syslog',
    'May  1 10:00:16 gw1 kernel: [   12.345678][    C1] ',
    { host: 'gw1', tag: 'kernel', stamp: 'May  1 10:00:16', time: may1, uptime: 12.345678 },
  ],
];

describe('forms', () => {
  test.each(FORMS)('%s', (_, head, expected) => {
    const reader = readerIn('Europe/Berlin');
    reader.read(head + MESSAGE);
    expect(fieldsOf(reader)).toEqual({
      start: head.length,
      host: expected.host ?? null,
      level: expected.level ?? null,
      tag: expected.tag ?? null,
      stamp: expected.stamp ?? null,
      time: expected.time === undefined ? null : millisecondsOf(expected.time),
      uptime: expected.uptime ?? null,
      sequence: -1,
      found: head !== '',
      unknownZone: null,
    });
  });

  test.each([
    ['4,372,25088351,-;', 4, 372],
    ['30,1,25088351,-,caller=T123;', 6, 1],
    ['4,18446744073709551615,25088351,c;', 4, 18_446_744_073_709_552_000],
  ])('/dev/kmsg %s', (head, level, sequence) => {
    const reader = readerIn('UTC');
    reader.read(head + MESSAGE);
    expect(reader).toMatchObject({ start: head.length, level, sequence, uptime: 25.088351, time: null });
  });

  test('a zone that is not known is named, and the time taken in the zone that was asked for', () => {
    const reader = readerIn('+02:00');
    reader.read(`Wed 2024-05-01 10:00:16 XYZT host kernel: ${MESSAGE}`);
    expect(reader).toMatchObject({ unknownZone: 'XYZT', time: Date.parse(may1) });
  });

  test.each([
    '[   20.580566 TRACE:',
    '[abc] TRACE:',
    '[Foo May  1 10:00:16 2024] x',
    'Mai  1 10:00:16 gw1 kernel: x',
    '<abc>x',
    '4,372;x',
    'TRACE: raw:OUTPUT:rule:1 IN=',
    'kern: something',
    '2024-13-45T99:99 x',
    '',
  ])('nothing of an envelope: %s', (line) => {
    const reader = readerIn('UTC');
    reader.read(line);
    expect(reader).toMatchObject({ start: 0, found: false, host: null, time: null, uptime: null });
  });
});

describe('neighbours change nothing', () => {
  const others = ['4,372,25088351,-;', '<4>', 'May  1 10:00:16 gw1 kern.warn ', '{"MESSAGE":"'];
  const head = fc.constantFrom(...FORMS.map(([, text]) => text), ...others);
  /** Neighbours that differ in a digit of second, fraction, uptime or host, or in nothing. */
  const varied = fc
    .tuple(head, fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 9 })), { maxLength: 2 }))
    .map(([text, changes]) => {
      const characters = [...text];
      for (const [at, digit] of changes) if (/\d/.test(characters[at] ?? '')) characters[at] = String(digit);
      return characters.join('');
    });

  test('in any order of forms each line reads as by itself', () => {
    fc.assert(
      fc.property(fc.array(varied, { minLength: 1, maxLength: 12 }), (heads) => {
        const together = readerIn('UTC');
        for (const text of heads.flatMap((one) => [one, one])) {
          together.read(text + MESSAGE);
          const alone = readerIn('UTC');
          alone.read(text + MESSAGE);
          // the year of a stamp without one leans on the times before it, and that is meant
          const { time } = /\b\d{4}\b|^\d{9}/.test(text) ? alone : together;
          expect(fieldsOf(together)).toEqual({ ...fieldsOf(alone), time });
        }
      }),
      { numRuns: 3000 },
    );
  });
});
