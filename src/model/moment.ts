/**
 * `--since` and `--until`: a point in time as a person writes it, compared with a line's time in the way
 * that the writing means: UTC if it has a zone, seconds since boot if it is a number, else the clock as
 * the log shows it (whatever its zone and year).
 */
import type { TraceEvent } from './event.ts';

export type Moment =
  /** Milliseconds since 1970. */
  | { readonly kind: 'utc'; readonly milliseconds: number }
  /** Seconds since boot. */
  | { readonly kind: 'uptime'; readonly seconds: number }
  /** Month and day (null: any day), and seconds of the day, as the log's own clock shows them. */
  | { readonly kind: 'clock'; readonly day: Day | null; readonly seconds: number };

interface Day {
  readonly month: number;
  readonly day: number;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const ZONED = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)? ?(?:Z|UTC|[+-]\d\d:?\d\d)$/i;
const ISO = /(?:^|\s)\d{4}-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d(?:[.,]\d+)?))?)?/;
const SYSLOG = /(?:^|\s)([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d)(?::(\d\d(?:[.,]\d+)?))?/;
const TIME = /(?:^|\s)(\d{1,2}):(\d\d)(?::(\d\d(?:[.,]\d+)?))?/;

/**
 * Reads `2024-05-01T08:00:16Z`, `… +02:00`, `2024-05-01 10:00`, `Jun 22 12:47:55`, `12:47:55`,
 * `1713.241` (seconds since boot).
 * @param edge `end` takes a time without a fraction to the end of its second, as an upper bound wants.
 * @returns null if the text is none of these.
 */
export function parseMoment(text: string, edge: 'start' | 'end' = 'start'): Moment | null {
  const written = text.trim();
  const slack = edge === 'end' && !/[.,]\d/.test(written) ? 0.999999 : 0;
  if (/^\[?\d+(?:\.\d+)?\]?$/.test(written)) {
    return { kind: 'uptime', seconds: Number(written.replace(/[[\]]/g, '')) + slack };
  }
  if (ZONED.test(written)) {
    const milliseconds = Date.parse(
      written
        .replace(' ', 'T')
        .replace(',', '.')
        .replace(/ ?UTC$/i, 'Z')
        .replace(' ', ''),
    );
    return Number.isNaN(milliseconds) ? null : { kind: 'utc', milliseconds: milliseconds + slack * 1000 };
  }
  if (!/^(?:\d{4}-\d\d-\d\d|[A-Z][a-z]{2} +\d|\d{1,2}:\d\d)/.test(written)) return null;
  const clock = clockOf(written);
  return clock === null ? null : { kind: 'clock', day: clock.day, seconds: clock.seconds + slack };
}

/** Negative, zero or positive as the event lies before, at or after the moment; null if it does not tell. */
export function placeInTime(
  event: Pick<TraceEvent, 'time' | 'uptime' | 'stamp'>,
  moment: Moment,
): number | null {
  switch (moment.kind) {
    case 'utc':
      return event.time === null ? null : event.time - moment.milliseconds;
    case 'uptime':
      return event.uptime === null ? null : event.uptime - moment.seconds;
    case 'clock': {
      const clock = event.stamp === null ? null : clockOf(event.stamp);
      if (clock === null) return null;
      if (moment.day === null) return clock.seconds - moment.seconds;
      if (clock.day === null) return null;
      return daySeconds(clock.day) + clock.seconds - daySeconds(moment.day) - moment.seconds;
    }
  }
}

function daySeconds({ month, day }: Day): number {
  return (month * 32 + day) * 86400;
}

function clockOf(text: string): { readonly day: Day | null; readonly seconds: number } | null {
  const iso = ISO.exec(text);
  if (iso !== null) {
    const [, month = '', day = '', ...time] = iso;
    return withDay({ month: Number(month), day: Number(day) }, time);
  }
  const syslog = SYSLOG.exec(text);
  if (syslog !== null) {
    const [, name = '', day = '', ...time] = syslog;
    const month = MONTHS.indexOf(name.toLowerCase()) + 1;
    return month === 0 ? null : withDay({ month, day: Number(day) }, time);
  }
  const time = TIME.exec(text);
  return time === null ? null : withDay(null, time.slice(1));
}

function withDay(
  day: Day | null,
  [hours = '0', minutes = '0', seconds = '0']: readonly (string | undefined)[],
): { readonly day: Day | null; readonly seconds: number } | null {
  if (day !== null && (day.month < 1 || day.month > 12 || day.day < 1 || day.day > 31)) return null;
  const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds.replace(',', '.'));
  return total < 86401 ? { day, seconds: total } : null;
}
