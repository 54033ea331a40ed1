/**
 * What stands before the kernel's message in a line, but for the plain uptime: priority or level, time, host and
 * tag, in every single-line form of syslog daemons, journalctl, dmesg and /dev/kmsg. Reads one line by itself;
 * envelope.ts knows how neighbouring lines resemble each other.
 */
import type { Clock } from './clock.ts';
import { readStamp, type Stamp } from './stamp.ts';

export interface Head {
  /** Index behind it. */
  readonly end: number;
  readonly host: string | null;
  /** Kernel log level, 0 to 7. */
  readonly level: number | null;
  /** Program that wrote the message, without pid: `kernel`. */
  readonly tag: string | null;
  /** Where the stamp stands in the line; null if there is none, or one without a fraction that can be varied. */
  readonly stamp: Stamp | null;
  readonly stampAt: number;
  /** Seconds since boot, where the head itself says so. */
  readonly uptime: number | null;
  /** Sequence number of a /dev/kmsg record, or -1. */
  readonly sequence: number;
}

const NOTHING: Head = {
  end: 0,
  host: null,
  level: null,
  tag: null,
  stamp: null,
  stampAt: 0,
  uptime: null,
  sequence: -1,
};

/** Levels as dmesg -x, busybox and OpenWrt name them, at their kernel number. */
const LEVELS = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug'];
const FACILITY = 'kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|ftp|local[0-7]';

const PRIORITY = /^<(\d{1,3})>/;
/** RFC 5424 behind its priority: version, time, host, program, process, message id, structured data. */
const RFC5424 = /^1 (\S+ )(\S+) (\S+) \S+ \S+ (?:-|(?:\[(?:[^\]\\]|\\.)*\])+) ?\ufeff?/;
/** `4,372,25088351,-;` and, with CONFIG_PRINTK_CALLER, `4,372,25088351,-,caller=T123;`. */
const KMSG = /^(0|[1-9]\d{0,4}),(\d{1,20}),(\d{1,20}),[^;\s]*;/;
/** dmesg -x: `kern  :warn  : `. */
const DECODED = new RegExp(`^(?:${FACILITY}) *:(${LEVELS.join('|')}) *: `);
/** `gw1 kernel: `, `host kern.warn kernel: `, `kern.warn kernel: `, `kernel: `, `host systemd[1]: `. */
const HOST_AND_TAG = new RegExp(
  `^(?:(\\S+?) +)??(?:(?:${FACILITY})\\.(${LEVELS.join('|')}) +)?([^\\s:[\\]]+)(?:\\[[^\\]\\s]*\\])?:(?: |$)`,
);
/** `gw1 [   20.580566] `: a template without a tag. */
const HOST_ALONE = /^(\S+) +(?=\[ *\d+\.\d{6}\])/;
/** Longer hosts, tags and structured data are not looked for. */
const WIDTH = 400;

/** Reads the head of a line; `end` is 0 if there is none. */
export function readHead(line: string, clock: Clock): Head {
  const first = line.charCodeAt(0);
  if (first === 60) return readPriority(line, clock);
  if (first >= 48 && first <= 57) return readKmsg(line) ?? readTime(line, NOTHING, clock);
  const decoded = first >= 97 && first <= 122 ? DECODED.exec(line) : null;
  if (decoded === null) return readTime(line, NOTHING, clock);
  return readTime(line, { ...NOTHING, end: decoded[0].length, level: levelOf(decoded[1]) }, clock);
}

function levelOf(name: string | undefined): number | null {
  const level = name === undefined ? -1 : LEVELS.indexOf(name);
  return level < 0 ? null : level;
}

/** `<4>`, and behind it RFC 5424, another stamp, or nothing. */
function readPriority(line: string, clock: Clock): Head {
  const match = PRIORITY.exec(line);
  if (match === null) return NOTHING;
  const level = Number(match[1]) & 7;
  const at = match[0].length;
  const header = RFC5424.exec(line.slice(at, at + WIDTH));
  if (header === null) return readTime(line, { ...NOTHING, end: at, level }, clock);
  const [whole, time = '', host, tag] = header;
  return {
    ...NOTHING,
    end: at + whole.length,
    level,
    host: host === undefined || host === '-' ? null : host,
    tag: tag === undefined || tag === '-' ? null : tag,
    stamp: readStamp(time, clock),
    stampAt: at + '1 '.length,
  };
}

function readKmsg(line: string): Head | null {
  const match = KMSG.exec(line);
  if (match === null) return null;
  return {
    ...NOTHING,
    end: match[0].length,
    level: Number(match[1]) & 7,
    sequence: Number(match[2]),
    uptime: Number(match[3]) / 1e6,
  };
}

/** A stamp behind `head`, with host and tag where the form has them. */
function readTime(line: string, head: Head, clock: Clock): Head {
  const stamp = readStamp(head.end === 0 ? line : line.slice(head.end), clock);
  if (stamp === null) return head;
  const timed = { ...head, end: head.end + stamp.end, stamp, stampAt: head.end, uptime: stamp.uptime };
  if (!stamp.tagged) return timed;
  const rest = line.slice(timed.end, timed.end + WIDTH);
  const [whole, host, level, tag] = HOST_AND_TAG.exec(rest) ?? HOST_ALONE.exec(rest) ?? [];
  if (whole === undefined) return timed;
  // a template without a tag: the message's own first word looks like one
  const own = tag === 'TRACE';
  return {
    ...timed,
    end: timed.end + whole.length - (own ? 'TRACE: '.length : 0),
    host: host ?? null,
    level: levelOf(level) ?? head.level,
    tag: own ? null : (tag ?? null),
  };
}

/** journalctl -o short-monotonic behind its uptime: `host kernel: `, `kernel: `, `host systemd[1]: `. */
const MONOTONIC = /^(?:([^\s:[\]=]+) )?(?:(kernel)|([\w.@/-]{1,48})\[\d+\]): /;

/** Host and tag behind an uptime at the line's beginning; the message may have none. */
export function readMonotonic(line: string, at: number): Pick<Head, 'end' | 'host' | 'tag'> {
  const match = MONOTONIC.exec(line.slice(at, at + WIDTH));
  if (match === null) return { end: at, host: null, tag: null };
  const [whole, host, kernel, program] = match;
  return { end: at + whole.length, host: host ?? null, tag: kernel ?? program ?? null };
}
