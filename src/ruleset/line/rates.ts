/**
 * Rates as `limit` and `hashlimit` print them (`3/hour`). The kernel holds the time between two packets, and
 * iptables prints the unit in which that comes out best, so `180/minute` comes back as `3/sec`:
 * extensions/libxt_limit.c, parse_rate and print_rate.
 */

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;
/** As printed. */
const SHORT = { day: 'day', hour: 'hour', minute: 'min', second: 'sec' } as const;

/** Parts of a second that the kernel counts. */
export const LIMIT_SCALE = 10_000;
export const HASHLIMIT_SCALE = 1_000_000;

/** `180/minute`, `3/h`, `10` → as iptables prints it; null if it is no rate. */
export function canonicalRate(text: string, scale: number): string | null {
  const found = /^([0-9]{1,9})(?:\/([A-Za-z]+))?$/.exec(text);
  if (found === null) return null;
  const beginning = (found[2] ?? 'second').toLowerCase();
  const unit = UNITS.toReversed().find(([name]) => name.startsWith(beginning));
  const period = unit === undefined ? 0 : Math.floor((scale * unit[1]) / Number(found[1]));
  return period === 0 ? null : printPeriod(period, scale);
}

function printPeriod(period: number, scale: number): string {
  let best: (typeof UNITS)[number] = UNITS[0];
  for (const unit of UNITS.slice(1)) {
    const length = unit[1] * scale;
    if (period > length || Math.floor(length / period) < length % period) break;
    best = unit;
  }
  return `${Math.floor((best[1] * scale) / period)}/${SHORT[best[0]]}`;
}
