/**
 * Written dates and times into milliseconds since 1970 UTC. A stamp without a zone is taken in the zone that
 * was asked for; a stamp without a year in the year nearest to the last time that was known, so that a log may
 * pass over New Year. Where no year is known the time is null: it is never made up.
 */
import { entryOf } from '../model/entry.ts';

const MINUTE = 60_000;
const HALF_A_YEAR = 183 * 24 * 60 * MINUTE;

/** Offset from UTC in milliseconds, east positive, at a civil time (given as if it were UTC). */
export type Zone = (civil: number) => number;

/**
 * Reads `UTC`, `Z`, `+02:00`, `-0330`, `+2`, `local` or an IANA name (`Europe/Berlin`).
 * @returns null if there is no such zone
 */
export function parseZone(text: string): Zone | null {
  const offset = parseOffset(text);
  if (offset !== null) return () => offset;
  return namedZone(text.toLowerCase() === 'local' ? undefined : text);
}

/** Reads `Z`, `UTC`, `+02:00`, `+0200`, `+02`, `-3`. @returns milliseconds east of UTC, null if it is none. */
export function parseOffset(text: string): number | null {
  if (text === 'Z' || text === 'z' || text === 'UTC' || text === 'GMT') return 0;
  const match = /^([+-])(\d{1,2})(?::?(\d\d))?$/.exec(text);
  if (match === null) return null;
  const [, sign, hours = '', minutes = '0'] = match;
  const value = (Number(hours) * 60 + Number(minutes)) * MINUTE;
  return Number(hours) > 15 || Number(minutes) > 59 ? null : sign === '-' ? -value : value;
}

/** A zone of the time zone database; undefined is this machine's. */
function namedZone(name: string | undefined): Zone | null {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      ...(name === undefined ? {} : { timeZone: name }),
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return null;
  }
  const offsetAt = (utc: number): number => {
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(utc)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(utc / 1000) * 1000;
  };
  const known = new Map<number, number>();
  return (civil) => {
    const slot = Math.floor(civil / (15 * MINUTE));
    let offset = known.get(slot);
    if (offset === undefined) {
      // an hour that the clock shows twice is the first of the two; one that it leaps over is read by the old offset
      const base = slot * 15 * MINUTE;
      const before = offsetAt(base - 24 * 60 * MINUTE);
      const after = offsetAt(base + 24 * 60 * MINUTE);
      offset = [before, after].find((candidate) => offsetAt(base - candidate) === candidate) ?? before;
      if (known.size > 1 << 16) known.clear();
      known.set(slot, offset);
    }
    return offset;
  };
}

/**
 * Abbreviations that `journalctl -o short-full` writes, in minutes east of UTC. Of those that mean several
 * zones (CST, IST, BST) the one of RFC 2822 or the commonest is meant.
 */
const ABBREVIATIONS: Readonly<Record<string, number>> = {
  WET: 0,
  WEST: 60,
  BST: 60,
  CET: 60,
  CEST: 120,
  EET: 120,
  EEST: 180,
  MSK: 180,
  SAST: 120,
  EAT: 180,
  IST: 330,
  JST: 540,
  KST: 540,
  HKT: 480,
  AWST: 480,
  ACST: 570,
  ACDT: 630,
  AEST: 600,
  AEDT: 660,
  NZST: 720,
  NZDT: 780,
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
  AKST: -540,
  AKDT: -480,
  HST: -600,
};

/** Offset of a zone's abbreviation in milliseconds; null if it is not known. */
export function abbreviatedOffset(text: string): number | null {
  const minutes = entryOf(ABBREVIATIONS, text);
  return minutes === undefined ? parseOffset(text) : minutes * MINUTE;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** 0 for `Jan` to 11 for `Dec`, or -1. */
export function monthOf(name: string): number {
  return MONTHS.indexOf(name);
}

/** A written time: month from 0, milliseconds may have a fraction. */
export interface Civil {
  readonly year: number | null;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

export class Clock {
  private last: number | null = null;
  private readonly year: number | null;
  private readonly zone: Zone;

  constructor(year: number | null, zone: Zone) {
    this.year = year;
    this.zone = zone;
  }

  /** @param offset milliseconds east of UTC if the stamp says so, null for the zone that was asked for */
  read(civil: Civil, offset: number | null): number | null {
    const year = civil.year ?? this.yearNear(civil);
    if (year === null) return null;
    const day = Date.UTC(year, civil.month, civil.day);
    if (Number.isNaN(day) || new Date(day).getUTCDate() !== civil.day) return null;
    const shown = day + ((civil.hour * 60 + civil.minute) * 60 + civil.second) * 1000;
    return this.note(shown - (offset ?? this.zone(shown)) + civil.millisecond);
  }

  /** Remembers a time that the input states outright. */
  note(time: number): number {
    this.last = time;
    return time;
  }

  private yearNear(civil: Civil): number | null {
    const { last } = this;
    if (last === null) return this.year;
    const year = new Date(last).getUTCFullYear();
    const distance = Date.UTC(year, civil.month, civil.day, civil.hour) - last;
    if (distance > HALF_A_YEAR) return year - 1;
    return distance < -HALF_A_YEAR ? year + 1 : year;
  }
}
