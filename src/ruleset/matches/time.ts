/**
 * `-m time --timestart 22:00:00 --timestop 06:00:00 --weekdays Mon,Tue` ↔ `TIME from 22:00:00 to 06:00:00 on
 * Mon,Tue UTC`: extensions/libxt_time.c. Inverted lists of days are stored as their complement. The options are
 * kept as iptables-save prints them, `--datestop` always among them.
 */
import type { TimeMatch } from '../../model/match.ts';
import type { Options } from '../line/options.ts';
import { type MatchSyntax, words } from './syntax.ts';

interface Times {
  readonly timestart: string;
  readonly timestop: string;
  /** Bit n is day n, from 1; Monday is 1. */
  readonly weekdays: number;
  readonly monthdays: number;
  readonly datestart: string | null;
  readonly datestop: string | null;
  readonly kerneltz: boolean;
  readonly contiguous: boolean;
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const ALL_WEEKDAYS = 0xfe;
const ALL_MONTHDAYS = 0xfffffffe;
const [FIRST, LAST] = ['00:00:00', '23:59:59'];
/** The last second of a signed 32-bit clock: what iptables takes for no end, and prints. */
const END_OF_TIME = '2038-01-19T03:14:07';

function parseClock(text: string): string | null {
  const found = /^([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2}))?$/.exec(text);
  if (found === null) return null;
  const [, hour = '', minute = '', second = '0'] = found;
  return [hour, minute, second].map((part) => part.padStart(2, '0')).join(':');
}

/** `2024`, `2024-05-06`, `2024-05-06T07:08:09`, and what lies between. */
function parseDate(text: string): string | null {
  const found =
    /^([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2})(?:T([0-9]{1,2})(?::([0-9]{1,2})(?::([0-9]{1,2}))?)?)?)?)?$/.exec(
      text,
    );
  if (found === null) return null;
  const [, year = '', month = '1', day = '1', hour = '0', minute = '0', second = '0'] = found;
  const [mm, dd, h, m, s] = [month, day, hour, minute, second].map((part) => part.padStart(2, '0'));
  return `${year}-${mm}-${dd}T${h}:${m}:${s}`;
}

function parseDays(text: string, names: readonly string[], last: number): number | null {
  let mask = 0;
  for (const part of text.split(',')) {
    const named = names.findIndex((name) => name.slice(0, 2) === part.slice(0, 2)) + 1;
    const day = named > 0 ? named : /^[0-9]{1,2}(?:st|nd|rd|th)?$/.test(part) ? Number.parseInt(part, 10) : 0;
    if (day < 1 || day > last) return null;
    mask |= 1 << day;
  }
  return mask >>> 0;
}

function numbersOf(mask: number): number[] {
  return Array.from({ length: 31 }, (_, i) => i + 1).filter((day) => (mask & (1 << day)) !== 0);
}

function print(times: Times): string {
  const { timestart, timestop, weekdays, monthdays, datestart, datestop } = times;
  return words(
    (timestart !== FIRST || timestop !== LAST) && `--timestart ${timestart} --timestop ${timestop}`,
    monthdays !== ALL_MONTHDAYS && `--monthdays ${numbersOf(monthdays).join(',')}`,
    weekdays !== ALL_WEEKDAYS &&
      `--weekdays ${numbersOf(weekdays)
        .map((day) => DAYS[day - 1])
        .join(',')}`,
    datestart && `--datestart ${datestart}`,
    `--datestop ${datestop ?? END_OF_TIME}`,
    times.kerneltz && '--kerneltz',
    times.contiguous && '--contiguous',
  );
}

function days(options: Options, name: string, names: readonly string[], last: number, all: number): number {
  const listed = options.inverted(name, (word) => parseDays(word, names, last));
  if (listed === null) return all;
  return (listed.not ? listed.value ^ all : listed.value) >>> 0;
}

const LISTED =
  /TIME(?: from (\S+) to (\S+))?(?: on ([A-Z][a-z]{2}(?:,[A-Z][a-z]{2})*))?(?: on ([0-9]+[a-z]{2}(?:,[0-9]+[a-z]{2})*))?(?: starting from ([0-9-]+) ([0-9:]+))?(?: until date ([0-9-]+) ([0-9:]+))?( UTC)?( contiguous)?(?=\s|$)/y;

export const time: MatchSyntax<TimeMatch> = {
  names: ['time'],
  options: {
    datestart: 1,
    datestop: 1,
    timestart: 1,
    timestop: 1,
    contiguous: 0,
    weekdays: 1,
    monthdays: 1,
    kerneltz: 0,
    localtz: 'kerneltz',
    utc: 0,
  },
  heads: ['TIME'],
  fromSave: (options) => ({
    kind: 'time',
    options: print({
      timestart: options.value('timestart', parseClock) ?? FIRST,
      timestop: options.value('timestop', parseClock) ?? LAST,
      weekdays: days(options, 'weekdays', DAYS, 7, ALL_WEEKDAYS),
      monthdays: days(options, 'monthdays', [], 31, ALL_MONTHDAYS),
      datestart: options.value('datestart', parseDate),
      datestop: options.value('datestop', parseDate),
      kerneltz: options.has('kerneltz'),
      contiguous: options.has('contiguous'),
    }),
  }),
  fromList(tail) {
    const found = tail.take(LISTED);
    if (found === null) return null;
    const [, timestart = FIRST, timestop = LAST, weekdays, monthdays, ...rest] = found;
    const [fromDate, fromTime, toDate, toTime, utc, contiguous] = rest;
    return {
      kind: 'time',
      options: print({
        timestart,
        timestop,
        weekdays: weekdays === undefined ? ALL_WEEKDAYS : tail.value(parseDays(weekdays, DAYS, 7), 0),
        monthdays: monthdays === undefined ? ALL_MONTHDAYS : tail.value(parseDays(monthdays, [], 31), 0),
        datestart: fromDate === undefined ? null : `${fromDate}T${fromTime}`,
        datestop: toDate === undefined ? null : `${toDate}T${toTime}`,
        kerneltz: utc === undefined,
        contiguous: contiguous !== undefined,
      }),
    };
  },
  print: ({ options }) => words('-m time', options),
};
