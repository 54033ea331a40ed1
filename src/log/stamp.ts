/**
 * The time at the beginning of a line, in every form that syslog daemons, journalctl and dmesg write: where it
 * ends and what time it is. Null where there is none; what stands behind it is envelope.ts' matter, and so is
 * the plain uptime `[   20.580566] `, which also stands behind other stamps.
 */
import { abbreviatedOffset, type Civil, type Clock, monthOf, parseOffset } from './clock.ts';

export interface Stamp {
  /** As written, without brackets and blanks around it. */
  readonly text: string;
  /** Index behind the stamp and the blanks that follow it. */
  readonly end: number;
  /** Milliseconds since 1970 UTC. */
  readonly time: number | null;
  /** Seconds since boot. */
  readonly uptime: number | null;
  /** Whether many lines may begin with this very text: a stamp of whole seconds or minutes. */
  readonly whole: boolean;
  /** The digits behind the second's point: index in the text, and how many; null if there are none. */
  readonly fraction: { readonly at: number; readonly digits: number } | null;
  /** Whether a host and a tag may follow: syslog daemons and journalctl write them, dmesg does not. */
  readonly tagged: boolean;
  /** The name of a zone that is not known, if there is one. */
  readonly zone: string | null;
}

/** `May  1 08:00:16`, `May 01 10:00:19.455688`, `May  1 2024 08:00:16`. */
const RFC3164 =
  /^(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}(\d{1,2}) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)([.,]\d{1,9})? +/;
/** `2024-05-01T08:00:16.701478+00:00`, also with a comma, a blank for the T, a zone without colon, no zone. */
const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)([.,]\d{1,9})?(Z|[+-]\d\d(?::?\d\d)?)? /;
/** `Wed 2024-05-01 10:00:19 CEST`, `Wed 2024-05-01 10:00:19.455688 CEST`. */
const FULL =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(\.\d{1,9})? ([A-Za-z]{1,6}|[+-]\d\d(?:\d\d)?) /;
/** `Wed May  1 08:00:47 2024`: OpenWrt, and in brackets dmesg -T. */
const CTIME = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})/;
/** `1714550419.455688`. */
const UNIX = /^(\d{9,11})(\.\d{3,9}) /;
/** `May  1 10:00`: dmesg -H, in brackets, where the minute changed. */
const MINUTE = /^([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d)$/;
/** dmesg's bracket never holds more than `Wed May  1 10:00:16 2024`. */
const BRACKET_WIDTH = 40;

/** Reads the stamp at the beginning of `text`. */
export function readStamp(text: string, clock: Clock): Stamp | null {
  const first = text.charCodeAt(0);
  if (first === 91) return readBracket(text, clock);
  if (first >= 48 && first <= 57) return readIso(text, clock) ?? readUnix(text, clock);
  return readRfc3164(text, clock) ?? readFull(text, clock) ?? readOpenwrt(text, clock);
}

function civilOf(
  year: string | undefined,
  month: number,
  clockParts: readonly (string | undefined)[],
): Civil {
  const [day, hour, minute, second, fraction] = clockParts;
  return {
    year: year === undefined ? null : Number(year),
    month,
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second ?? 0),
    millisecond: fraction === undefined ? 0 : milliseconds(Number(fraction.slice(1)), fraction.length - 1),
  };
}

/** A second's fraction, written with so many digits. */
export function milliseconds(written: number, digits: number): number {
  return digits >= 3 ? written / 10 ** (digits - 3) : written * 10 ** (3 - digits);
}

/** @param fraction as written, with its point or comma */
function stampOf(
  written: string,
  time: number | null,
  fraction: string | undefined,
  zone: string | null = null,
): Stamp {
  const text = written.trimEnd();
  const at = fraction === undefined ? -1 : text.indexOf(fraction);
  return {
    text,
    end: written.length,
    time,
    uptime: null,
    whole: fraction === undefined,
    fraction: fraction === undefined || at < 0 ? null : { at: at + 1, digits: fraction.length - 1 },
    tagged: true,
    zone,
  };
}

function readRfc3164(text: string, clock: Clock): Stamp | null {
  const match = RFC3164.exec(text);
  if (match === null) return null;
  const [whole, month = '', day, year, hour, minute, second, fraction] = match;
  const civil = civilOf(year, monthOf(month), [day, hour, minute, second, fraction]);
  return stampOf(whole, clock.read(civil, null), fraction);
}

function readIso(text: string, clock: Clock): Stamp | null {
  const match = ISO.exec(text);
  if (match === null) return null;
  const [whole, year, month, day, hour, minute, second, fraction, zone] = match;
  const civil = civilOf(year, Number(month) - 1, [day, hour, minute, second, fraction]);
  const offset = zone === undefined ? null : parseOffset(zone);
  const stamp = stampOf(whole, clock.read(civil, offset), fraction);
  // a decimal comma is dmesg's
  return fraction?.startsWith(',') ? { ...stamp, tagged: false } : stamp;
}

function readUnix(text: string, clock: Clock): Stamp | null {
  const match = UNIX.exec(text);
  if (match === null) return null;
  const [whole, seconds, fraction = ''] = match;
  const time = Number(seconds) * 1000 + milliseconds(Number(fraction.slice(1)), fraction.length - 1);
  return stampOf(whole, clock.note(time), fraction);
}

function readFull(text: string, clock: Clock): Stamp | null {
  const match = FULL.exec(text);
  if (match === null) return null;
  const [whole, year, month, day, hour, minute, second, fraction, zone = ''] = match;
  const offset = abbreviatedOffset(zone);
  const civil = civilOf(year, Number(month) - 1, [day, hour, minute, second, fraction]);
  return stampOf(whole, clock.read(civil, offset), fraction, offset === null ? zone : null);
}

function readOpenwrt(text: string, clock: Clock): Stamp | null {
  const time = readCtime(text, clock);
  if (time === null || text[time.length] !== ' ') return null;
  return stampOf(text.slice(0, time.length + 1), time.time, undefined);
}

function readCtime(text: string, clock: Clock): { time: number | null; length: number } | null {
  const match = CTIME.exec(text);
  if (match === null) return null;
  const [whole, month = '', day, hour, minute, second, year] = match;
  if (monthOf(month) < 0) return null;
  const civil = civilOf(year, monthOf(month), [day, hour, minute, second]);
  return { time: clock.read(civil, null), length: whole.length };
}

/** `[Wed May  1 10:00:16 2024]`, `[  +0.001589]`, `[<    0.001589>]`, `[   20.58 <    0.00>]`, `[May  1 10:00]`. */
function readBracket(text: string, clock: Clock): Stamp | null {
  const close = text.indexOf('] ');
  if (close < 0 || close > BRACKET_WIDTH) return null;
  const inside = text.slice(1, close).trim();
  const base = {
    text: inside,
    end: close + 2,
    uptime: null,
    whole: false,
    fraction: null,
    tagged: false,
    zone: null,
  };
  const ctime = readCtime(inside, clock);
  if (ctime !== null) return { ...base, time: ctime.time, whole: true };
  if (/^(?:\+\d+\.\d+|< *\d+\.\d+>)$/.test(inside)) return { ...base, time: null };
  const withDelta = /^(\d+\.\d+) +< *\d+\.\d+>$/.exec(inside);
  if (withDelta !== null) return { ...base, text: '', time: null, uptime: Number(withDelta[1]) };
  const minute = MINUTE.exec(inside);
  if (minute === null || monthOf(minute[1] ?? '') < 0) return null;
  const [, month = '', ...rest] = minute;
  return { ...base, time: clock.read(civilOf(undefined, monthOf(month), rest), null) };
}
