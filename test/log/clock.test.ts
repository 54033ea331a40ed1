/** Zones, years, and what a written time is in UTC. */
import { describe, expect, test } from 'vitest';
import { abbreviatedOffset, type Civil, Clock, parseZone } from '../../src/log/clock.ts';

const HOUR = 3_600_000;

function civil(text: string, year: number | null): Civil {
  const [, month, day, hour, minute, second] = /^(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)$/.exec(text) ?? [];
  return {
    year,
    month: Number(month) - 1,
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    millisecond: 0,
  };
}

function clockOf(year: number | null, zone = 'UTC'): Clock {
  const parsed = parseZone(zone);
  if (parsed === null) throw new Error(zone);
  return new Clock(year, parsed);
}

const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString());

describe('zones', () => {
  test.each<[string, string, string]>([
    ['UTC', '05-01 10:00:00', '2024-05-01T10:00:00.000Z'],
    ['Z', '05-01 10:00:00', '2024-05-01T10:00:00.000Z'],
    ['+02:00', '05-01 10:00:00', '2024-05-01T08:00:00.000Z'],
    ['-0330', '05-01 10:00:00', '2024-05-01T13:30:00.000Z'],
    ['+2', '05-01 10:00:00', '2024-05-01T08:00:00.000Z'],
    ['Europe/Berlin', '05-01 10:00:00', '2024-05-01T08:00:00.000Z'],
    ['Europe/Berlin', '01-01 10:00:00', '2024-01-01T09:00:00.000Z'],
    ['Asia/Kathmandu', '05-01 10:00:00', '2024-05-01T04:15:00.000Z'],
    ['America/New_York', '07-04 00:00:00', '2024-07-04T04:00:00.000Z'],
    // the hour that Berlin has twice is the first of the two, the one it leaps over is read by the old offset
    ['Europe/Berlin', '03-31 01:59:59', '2024-03-31T00:59:59.000Z'],
    ['Europe/Berlin', '03-31 02:30:00', '2024-03-31T01:30:00.000Z'],
    ['Europe/Berlin', '03-31 03:00:00', '2024-03-31T01:00:00.000Z'],
    ['Europe/Berlin', '10-27 02:30:00', '2024-10-27T00:30:00.000Z'],
    ['Europe/Berlin', '10-27 03:00:00', '2024-10-27T02:00:00.000Z'],
  ])('%s %s', (zone, text, expected) => {
    expect(iso(clockOf(null, zone).read(civil(text, 2024), null))).toBe(expected);
  });

  test('local is this machine’s zone', () => {
    const shown = Date.UTC(2024, 4, 1, 10);
    expect(parseZone('local')?.(shown)).toBe(shown - new Date(2024, 4, 1, 10).getTime());
  });

  test.each(['Europe/Nowhere', '+25:00', '02:00', '', 'CEST!'])('no zone: %s', (text) => {
    expect(parseZone(text)).toBe(null);
  });

  test.each<[string, number | null]>([
    ['CEST', 2],
    ['UTC', 0],
    ['EST', -5],
    ['+03', 3],
    ['-0330', -3.5],
    ['XYZT', null],
  ])('abbreviation %s', (text, hours) => {
    expect(abbreviatedOffset(text)).toBe(hours === null ? null : hours * HOUR);
  });

  test('a stamp’s own offset goes before the zone that was asked for', () => {
    const clock = clockOf(null, 'Asia/Tokyo');
    expect(iso(clock.read(civil('05-01 10:00:00', 2024), 2 * HOUR))).toBe('2024-05-01T08:00:00.000Z');
  });
});

describe('years', () => {
  test('without a year there is no time', () => {
    expect(clockOf(null).read(civil('05-01 10:00:00', null), null)).toBe(null);
  });

  test('the year goes on over New Year, and back with an older file', () => {
    const clock = clockOf(2023);
    const stamps = ['11-30 00:00:00', '12-31 23:59:59', '01-01 00:00:00', '06-01 00:00:00', '11-01 23:00:00'];
    const read = [...stamps, '01-02 00:00:00', '12-30 00:00:00'].map((text) =>
      iso(clock.read(civil(text, null), null))?.slice(0, 4),
    );
    expect(read).toEqual(['2023', '2023', '2024', '2024', '2024', '2025', '2024']);
  });

  test('a stamp with a year tells the year of those without', () => {
    const clock = clockOf(null);
    clock.read(civil('01-02 00:00:00', 2025), null);
    expect(iso(clock.read(civil('12-31 10:00:00', null), null))).toBe('2024-12-31T10:00:00.000Z');
  });

  test.each<[string, number, string | null]>([
    ['02-29 00:00:00', 2024, '2024-02-29T00:00:00.000Z'],
    ['02-29 00:00:00', 2023, null],
    ['04-31 00:00:00', 2024, null],
    ['12-31 23:59:60', 2016, '2017-01-01T00:00:00.000Z'],
  ])('%s of %i', (text, year, expected) => {
    expect(iso(clockOf(year).read(civil(text, null), null))).toBe(expected);
  });
});
