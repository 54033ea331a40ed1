/**
 * What stands before the kernel's message in each line of a log, recognised line by line. Neighbouring lines
 * mostly share it all but the fraction of a second and the uptime, so the last head is compared first and read
 * anew (head.ts) only where it differs: law, that changes nothing. The fields hold what the last line had.
 */
import type { Clock } from './clock.ts';
import { type Head, readHead, readMonotonic } from './head.ts';
import type { Envelope } from './record.ts';
import { milliseconds } from './stamp.ts';

export class EnvelopeReader implements Envelope {
  /** Index in the line where the message begins. */
  start = 0;
  host: string | null = null;
  level: number | null = null;
  /** Program that wrote the message, without pid: `kernel`; null if the form has no tag. */
  tag: string | null = null;
  stamp: string | null = null;
  time: number | null = null;
  uptime: number | null = null;
  /** Sequence number of a /dev/kmsg record, or -1. */
  sequence = -1;
  /** Whether anything of an envelope was there. */
  found = false;
  /** Name of a zone that is not known, if the last line had one. */
  unknownZone: string | null = null;

  /** The last head up to the fraction of its second, or all of it; null if it cannot be shared. */
  private before: string | null = null;
  /** Digits of the fraction. */
  private digits = 0;
  /** The last head behind the fraction. */
  private after = '';
  /** Time of the whole second. */
  private second: number | null = null;
  private stampAt = 0;
  private stampEnd = 0;
  /** A head without stamp is the whole head only if an uptime follows it. */
  private needsUptime = false;
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  read(line: string): void {
    this.uptime = null;
    if (this.before !== null && this.recall(line, this.before)) return;
    if (line.charCodeAt(0) === 91) {
      const plain = this.readUptime(line, 0);
      if (plain > 0) {
        this.readPlain(line, plain);
        return;
      }
    }
    const head = readHead(line, this.clock);
    this.take(head);
    this.remember(line, head);
    this.start = this.readUptime(line, head.end);
  }

  /** Whether what stands right before a message was there: an uptime or a tag. */
  get sure(): boolean {
    return this.uptime !== null || this.tag !== null;
  }

  /** The fields as they are now. */
  snapshot(): Envelope {
    const { host, level, uptime, time, stamp } = this;
    return { host, level, uptime, time, stamp };
  }

  private take(head: Head): void {
    const { stamp } = head;
    this.host = ownCopy(head.host);
    this.level = head.level;
    this.tag = ownCopy(head.tag);
    this.stamp = stamp === null || stamp.text === '' ? null : flatCopy(stamp.text);
    this.time = stamp?.time ?? null;
    this.uptime = head.uptime;
    this.sequence = head.sequence;
    this.unknownZone = stamp?.zone ?? null;
    this.found = head.end > 0;
  }

  /** A line that begins with an uptime. */
  private readPlain(line: string, at: number): void {
    const { end, host, tag } = line.startsWith('TRACE:', at)
      ? { end: at, host: null, tag: null }
      : readMonotonic(line, at);
    this.before = null;
    this.host = ownCopy(host);
    this.level = null;
    this.tag = ownCopy(tag);
    this.stamp = null;
    this.time = null;
    this.sequence = -1;
    this.unknownZone = null;
    this.found = true;
    this.start = end;
  }

  private remember(line: string, head: Head): void {
    const { stamp, stampAt, end } = head;
    this.before = null;
    this.needsUptime = stamp === null;
    this.digits = 0;
    // a head that lacks its tag may be the beginning of a longer one
    if (head.sequence >= 0 || end === 0 || (stamp?.tagged === true && head.tag === null)) return;
    if (stamp === null || stamp.whole) {
      this.before = flatCopy(line.slice(0, end));
      return;
    }
    const { fraction } = stamp;
    if (fraction === null) return;
    const from = stampAt + fraction.at;
    this.before = flatCopy(line.slice(0, from));
    this.digits = fraction.digits;
    this.after = flatCopy(line.slice(from + fraction.digits, end));
    this.stampAt = stampAt;
    this.stampEnd = stampAt + stamp.text.length;
    const written = Number(line.slice(from, from + fraction.digits));
    this.second = stamp.time === null ? null : stamp.time - milliseconds(written, fraction.digits);
  }

  /** Reads the line by the last head; false if its head is another. */
  private recall(line: string, before: string): boolean {
    // startsWith takes twice as long on the slices that split makes (measured, Node 20)
    if (line.lastIndexOf(before, 0) !== 0) return false;
    let at = before.length;
    let fraction = 0;
    for (const end = at + this.digits; at < end; at++) {
      const digit = line.charCodeAt(at) - 48;
      if (!(digit >= 0 && digit <= 9)) return false;
      fraction = fraction * 10 + digit;
    }
    if (this.digits > 0) {
      if (!line.startsWith(this.after, at)) return false;
      at += this.after.length;
    }
    const start = this.readUptime(line, at);
    if (this.needsUptime && this.uptime === null) return false;
    this.start = start;
    if (this.digits === 0) return true;
    this.stamp = flatCopy(line.slice(this.stampAt, this.stampEnd));
    if (this.second !== null) {
      this.time = this.clock.note(this.second + milliseconds(fraction, this.digits));
    }
    return true;
  }

  /** `[%5lu.%06lu] ` and the `[  T123] ` of CONFIG_PRINTK_CALLER. @returns the index behind, `at` if there is none. */
  private readUptime(line: string, at: number): number {
    if (line.charCodeAt(at) !== 91) return at;
    let i = at + 1;
    while (line.charCodeAt(i) === 32) i++;
    const digits = i;
    let seconds = 0;
    let code = line.charCodeAt(i);
    while (code >= 48 && code <= 57) {
      seconds = seconds * 10 + code - 48;
      code = line.charCodeAt(++i);
    }
    if (i === digits || code !== 46) return at;
    const point = i;
    let fraction = 0;
    code = line.charCodeAt(++i);
    while (code >= 48 && code <= 57) {
      fraction = fraction * 10 + code - 48;
      code = line.charCodeAt(++i);
    }
    if (i - point !== 7 || code !== 93) return at;
    this.uptime = seconds + fraction / 1e6;
    i = skipCaller(line, i + 1);
    return line.charCodeAt(i) === 32 ? i + 1 : i;
  }
}

/** `[  T123]` or `[    C1]` behind the uptime. @returns the index behind it. */
function skipCaller(line: string, at: number): number {
  if (line.charCodeAt(at) !== 91) return at;
  const close = line.indexOf(']', at);
  return close > 0 && /^ *[TC]\d+$/.test(line.slice(at + 1, close)) ? close + 1 : at;
}

/** A copy that does not keep the chunk alive from which `text` was cut: V8 makes slices that point into it. */
export function flatCopy(text: string): string {
  return text.length < 13 ? text : ` ${text}`.slice(1);
}

function ownCopy(text: string | null): string | null {
  return text === null ? null : flatCopy(text);
}
