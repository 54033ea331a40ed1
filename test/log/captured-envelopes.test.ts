/**
 * One forwarded packet (IP ID 8001; busybox: 8002) as every reader of the kernel log wrote it: each record of each
 * file with the host, level, uptime and time that its form has. The truth is what /dev/kmsg and journald recorded.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CAPTURES, linesOf } from './captured.ts';
import { readLines } from './read.ts';

const FOLDER = join(CAPTURES, 'formats/60-envelopes');

/** The TRACE records: uptime by the kernel's clock, time by journald's. */
const RECORDS = [
  ['raw:PREROUTING:policy:2', 25.086529],
  ['filter:FORWARD:rule:1', 25.088201],
  ['filter:chäin\\x:rule:1', 25.088351],
  ['filter:chäin\\x:rule:2', 25.088574],
  ['filter:chäin\\x:return:3', 25.088622],
  ['filter:FORWARD:policy:2', 25.093176],
] as const;
const uptimes = RECORDS.map(([, uptime]) => uptime);
/** journalctl -n 6 shows the last three of them. */
const LAST = RECORDS.slice(3);
const JOURNALD = ['.455688', '.455946', '.456099'].map((part) => `2024-05-01T08:00:19${part}Z`);
const IMKLOG = ['.448031', '.448292', '.448357', '.453306', '.453341', '.453348'].map(
  (part) => `2024-05-01T08:00:19${part}Z`,
);
const seconds = (count: number, time = '2024-05-01T08:00:19Z'): string[] =>
  Array.from({ length: count }, () => time);

interface Expected {
  /** Records that are no TRACE lines. */
  readonly others: number;
  readonly host?: string;
  readonly level?: number;
  readonly uptimes?: readonly number[];
  readonly times?: readonly string[];
  readonly records?: readonly (readonly [string, number])[];
  readonly id?: number;
}

const dmesg: Expected = { others: 2, uptimes };
const journal: Expected = { others: 3, host: 'kfguest', records: LAST };
const structured: Expected = { ...journal, level: 4, uptimes: uptimes.slice(3), times: JOURNALD };

const FILES: Readonly<Record<string, Expected>> = {
  'busybox-dmesg-r.txt': { ...dmesg, level: 4 },
  'busybox-dmesg.txt': dmesg,
  'busybox-syslogd-klogd.txt': {
    others: 2,
    host: 'kfguest',
    level: 4,
    id: 8002,
    uptimes: [46.378677, 46.378891, 46.378924, 46.378982, 46.379032, 46.379058],
    times: seconds(6, '2024-05-01T06:00:40Z'),
  },
  'dev-kmsg.txt': { ...dmesg, level: 4 },
  'dmesg-H.txt': { others: 2 },
  'dmesg-J-json-tail.txt': { others: 1, level: 4, uptimes: uptimes.slice(3), records: LAST },
  'dmesg-S-syslog-interface.txt': dmesg,
  'dmesg-T-x.txt': { others: 2, level: 4, times: seconds(6) },
  'dmesg-T.txt': { others: 2, times: seconds(6) },
  'dmesg-color.txt': dmesg,
  'dmesg-ctime-level.txt': { others: 1, times: seconds(6) },
  'dmesg-d.txt': dmesg,
  'dmesg-plain.txt': dmesg,
  'dmesg-r-raw.txt': { ...dmesg, level: 4 },
  'dmesg-t-notime.txt': { others: 2 },
  'dmesg-time-format-delta.txt': { others: 2 },
  'dmesg-time-format-iso.txt': {
    others: 2,
    times: ['.086529', '.088201', '.088351', '.088574', '.088622', '.093176'].map(
      (part) => `2024-05-01T08:00:19${part}Z`,
    ),
  },
  'dmesg-time-format-reltime.txt': { others: 2 },
  'dmesg-x.txt': { ...dmesg, level: 4 },
  'journalctl-k-cat.txt': { others: 3, records: LAST },
  'journalctl-k-export.txt': structured,
  'journalctl-k-json-pretty.txt': structured,
  'journalctl-k-json-sse.txt': structured,
  'journalctl-k-json.txt': structured,
  'journalctl-k-short-full.txt': { ...journal, times: seconds(3) },
  'journalctl-k-short-iso-precise.txt': { ...journal, times: JOURNALD },
  'journalctl-k-short-iso.txt': { ...journal, times: seconds(3) },
  'journalctl-k-short-monotonic-no-hostname.txt': {
    others: 2,
    records: LAST.slice(2),
    uptimes: uptimes.slice(5),
  },
  'journalctl-k-short-monotonic.txt': { ...journal, uptimes: uptimes.slice(3) },
  'journalctl-k-short-precise.txt': { ...journal, times: JOURNALD },
  'journalctl-k-short-unix.txt': { ...journal, times: JOURNALD },
  'journalctl-k-short.txt': { ...journal, times: seconds(3) },
  'journalctl-k-verbose.txt': structured,
  'journalctl-k-with-unit.txt': { ...journal, times: seconds(3) },
  'rsyslog-iso8601.txt': { others: 2, host: 'gw1', uptimes, times: IMKLOG },
  'rsyslog-protocol23.txt': { others: 2, host: 'gw1', level: 4, uptimes, times: IMKLOG },
  'rsyslog-traditional.txt': { others: 2, host: 'gw1', uptimes, times: seconds(6, '2024-05-01T06:00:19Z') },
};

/** With the microseconds that Date leaves out. */
function isoOf(time: number | null): string | null {
  if (time === null) return null;
  const whole = new Date(Math.floor(time / 1000) * 1000).toISOString().slice(0, 19);
  const micro = Math.round((time % 1000) * 1000);
  return micro === 0 ? `${whole}Z` : `${whole}.${String(micro).padStart(6, '0')}Z`;
}

describe('60-envelopes', () => {
  test.each(Object.entries(FILES))('%s', (name, expected) => {
    const options = { year: 2024, timezone: 'Europe/Berlin' };
    const lines = linesOf(join(FOLDER, name));
    const { events, diagnostics, counts } = readLines(lines, options);
    const records = expected.records ?? RECORDS;
    expect(events.map(({ table, chain, type, number }) => `${table}:${chain}:${type}:${number}`)).toEqual(
      records.map(([step]) => step),
    );
    for (const event of events) {
      expect(event).toMatchObject({ host: expected.host ?? null, level: expected.level ?? null, cut: false });
      expect(event.packet).toMatchObject({ id: expected.id ?? 8001, protocol: 17, transport: { dport: 53 } });
      expect(event.text).toBe(event.text.trimEnd());
      expect(lines[event.line - 1]).toContain('TRACE: ');
    }
    expect(events.map(({ uptime }) => uptime)).toEqual(expected.uptimes ?? records.map(() => null));
    expect(events.map(({ time }) => isoOf(time))).toEqual(expected.times ?? records.map(() => null));
    const torn = name === 'dmesg-J-json-tail.txt' ? 1 : 0;
    expect(counts).toMatchObject({ unparsed: torn, notOurs: expected.others });
    expect(diagnostics.map(({ code }) => code)).toEqual(torn === 1 ? ['log.torn'] : []);
  });

  test('repeated message reduction', () => {
    const name = 'rsyslog-no-kernel-timestamp-repeated-reduction.txt';
    const { events, diagnostics, counts } = readLines(linesOf(join(FOLDER, name)), { year: 2024 });
    expect(events.map(({ packet }) => packet.id)).toEqual([...Array(8).fill(8003), 8004, 8005]);
    expect(events.map(({ time }) => isoOf(time))).toEqual([
      ...seconds(6, '2024-05-01T08:00:47Z'),
      ...seconds(2, '2024-05-01T08:00:48Z'),
      ...seconds(2, '2024-05-01T08:01:10Z'),
    ]);
    expect(counts).toMatchObject({ notOurs: 1, unparsed: 0 });
    expect(diagnostics).toMatchObject([
      { code: 'log.lost-repeated', args: { count: 4 }, at: { line: 10, column: 29 } },
    ]);
  });

  test('no file is left out', () => {
    const files = readdirSync(FOLDER).filter((name) => name !== 'README.txt' && !name.includes('reduction'));
    expect(Object.keys(FILES).sort()).toEqual(files.sort());
  });

  test('all files one after another, mixed in one', () => {
    const lines = Object.keys(FILES).flatMap((name) => linesOf(join(FOLDER, name)));
    const alone = Object.keys(FILES).map((name) => readLines(linesOf(join(FOLDER, name))).events.length);
    const { events } = readLines(lines);
    expect(events.length).toBe(alone.reduce((a, b) => a + b));
  });
});
