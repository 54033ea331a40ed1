/**
 * What stands before the kernel's message in a line: level, time, host, tag, uptime, in every single-line form
 * of syslog daemons, journalctl, dmesg and /dev/kmsg, recognised line by line. Neighbouring lines mostly share
 * the part before the uptime: it is compared first, and read anew only if it differs. One reader serves one
 * input; its fields hold what the last line had.
 */
import type { Clock } from './clock.ts';
import type { Envelope } from './record.ts';
import { readStamp } from './stamp.ts';

/** Levels as dmesg -x, busybox and OpenWrt name them, at their kernel number. */
const LEVELS = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug'];

const FACILITY = 'kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|ftp|local[0-7]';
const HOST_AND_TAG = new RegExp(
  `^(?:(\\S+?) +)??(?:(?:${FACILITY})\\.(${LEVELS.join('|')}) +)?([^\\s:[\\]]+)(?:\\[[^\\]\\s]*\\])?:(?: |$)`,
);
const HOST_ALONE = /^(\S+) +(?=\[ *\d+\.\d{6}\])/;
/** Longer host names and tags are not looked for. */
const HOST_AND_TAG_WIDTH = 200;

export class EnvelopeReader implements Envelope {
  /** Index in the line where the message begins. */
  start = 0;
  host: string | null = null;
  /** Kernel log level, 0 to 7. */
  level: number | null = null;
  /** Program that wrote the message, without pid: `kernel`; null if the form has no tag. */
  tag: string | null = null;
  stamp: string | null = null;
  /** Milliseconds since 1970 UTC. */
  time: number | null = null;
  /** Seconds since boot. */
  uptime: number | null = null;
  /** Sequence number of a /dev/kmsg record, or -1. */
  sequence = -1;
  /** Whether anything of an envelope was there. */
  found = false;
  /** Name of a zone that is not known, if the last line had one. */
  unknownZone: string | null = null;
  /** Part before the uptime that the fields but `uptime` were read from; '' if it cannot be shared. */
  private head = '';
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  read(line: string): void {
    this.uptime = null;
    if (this.head !== '' && line.startsWith(this.head)) {
      this.start = this.readUptime(line, this.head.length);
      return;
    }
    this.reset();
    if (line.charCodeAt(0) === 91) {
      const plain = this.readUptime(line, 0);
      if (plain > 0) {
        this.found = true;
        this.start = this.readMonotonicTag(line, plain);
        return;
      }
    }
    this.start = this.readHead(line);
    this.found = this.start > 0;
    if (this.head !== '') this.head = flatCopy(this.head);
    this.start = this.readUptime(line, this.start);
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

  private reset(): void {
    this.host = null;
    this.level = null;
    this.tag = null;
    this.stamp = null;
    this.time = null;
    this.sequence = -1;
    this.unknownZone = null;
    this.found = false;
    this.head = '';
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

  /** journalctl -o short-monotonic: `[   25.088574] host kernel: `, `[   25.088574] kernel: `. */
  private readMonotonicTag(line: string, at: number): number {
    if (line.startsWith('TRACE:', at)) return at;
    const match = /^(?:([^\s:[\]=]+) )?([\w.@/-]{1,48})(?:\[\d+\])?: /.exec(line.slice(at, at + 120));
    if (match === null || (match[2] !== 'kernel' && match[1] === undefined)) return at;
    if (match[2] !== 'kernel' && !/\[\d+\]: $/.test(match[0])) return at;
    this.host = flatCopy(match[1] ?? '') || null;
    this.tag = flatCopy(match[2] ?? '');
    return at + match[0].length;
  }

  /** Everything before the uptime. @returns the index behind it. */
  private readHead(line: string): number {
    let at = 0;
    const first = line.charCodeAt(0);
    if (first === 60) at = this.readPriority(line);
    else if (first >= 48 && first <= 57) {
      const kmsg = this.readKmsg(line);
      if (kmsg > 0) return kmsg;
    } else if (first >= 97 && first <= 122) at = this.readDecodedLevel(line);
    if (at < 0) return -at;
    const stamp = readStamp(at === 0 ? line : line.slice(at), this.clock);
    if (stamp === null) return at;
    this.stamp = stamp.text === '' ? null : flatCopy(stamp.text);
    this.time = stamp.time;
    this.uptime = stamp.uptime;
    this.unknownZone = stamp.zone;
    at += stamp.end;
    if (stamp.tagged) at = this.readHostAndTag(line, at);
    if (stamp.coarse) this.head = line.slice(0, at);
    return at;
  }

  /** `<4>`, or the whole head of RFC 5424: then the index is given back negated. */
  private readPriority(line: string): number {
    const match = /^<(\d{1,3})>(1 )?/.exec(line);
    if (match === null) return 0;
    const [whole, priority, version] = match;
    this.level = Number(priority) & 7;
    if (version === undefined) return whole.length;
    const rest = line.slice(whole.length, whole.length + 400);
    const header = /^(\S+ )(\S+) (\S+) \S+ \S+ (?:-|(?:\[(?:[^\]\\]|\\.)*\])+) ?/.exec(rest);
    if (header === null) return whole.length;
    const [head, time = '', host = '', tag = ''] = header;
    const stamp = readStamp(time, this.clock);
    this.stamp = stamp === null ? null : flatCopy(stamp.text);
    this.time = stamp?.time ?? null;
    this.host = host === '-' ? null : flatCopy(host);
    this.tag = tag === '-' ? null : flatCopy(tag);
    const end = whole.length + head.length;
    return -(line.charCodeAt(end) === 0xfeff ? end + 1 : end);
  }

  /** `4,372,25088351,-;` and, with CONFIG_PRINTK_CALLER, `4,372,25088351,-,caller=T123;`. */
  private readKmsg(line: string): number {
    const match = /^(\d{1,5}),(\d{1,20}),(\d{1,20}),[^;\s]*;/.exec(line);
    if (match === null) return 0;
    this.level = Number(match[1]) & 7;
    this.sequence = Number(match[2]);
    this.uptime = Number(match[3]) / 1e6;
    return match[0].length;
  }

  /** dmesg -x: `kern  :warn  : `. */
  private readDecodedLevel(line: string): number {
    const match = /^[a-z0-9]+ *:([a-z]+) *: /.exec(line);
    const level = match === null ? -1 : LEVELS.indexOf(match[1] ?? '');
    if (match === null || level < 0) return 0;
    this.level = level;
    return match[0].length;
  }

  /** `gw1 kernel: `, `host kern.warn kernel: `, `kern.warn kernel: `, `kernel: `, `host systemd[1]: `, `gw1 [ 1.0] `. */
  private readHostAndTag(line: string, from: number): number {
    const rest = line.slice(from, from + HOST_AND_TAG_WIDTH);
    const [whole, host, level, tag] = HOST_AND_TAG.exec(rest) ?? HOST_ALONE.exec(rest) ?? [];
    if (whole === undefined) return from;
    this.host = host === undefined ? null : flatCopy(host);
    const number = level === undefined ? -1 : LEVELS.indexOf(level);
    if (number >= 0) this.level = number;
    // a template without a tag: the message's own first word looks like one
    if (tag === 'TRACE') return from + whole.length - 'TRACE: '.length;
    this.tag = tag === undefined ? null : flatCopy(tag);
    return from + whole.length;
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
