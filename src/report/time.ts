/**
 * Times as text: UTC in ISO 8601 with as many digits as the input had (none, milli- or microseconds), and
 * spans. No clock is read here, and no time zone of this machine.
 */

/** Milliseconds since 1970 UTC, with a fraction → `2024-05-01T08:00:16.701478Z`. */
export function isoTime(milliseconds: number): string {
  const microseconds = Math.round(milliseconds * 1000);
  const whole = Math.floor(microseconds / 1e6);
  const fraction = microseconds - whole * 1e6;
  const date = new Date(whole * 1000);
  if (Number.isNaN(date.getTime())) return `${milliseconds} ms`;
  const seconds = date.toISOString().slice(0, -5);
  if (fraction === 0) return `${seconds}Z`;
  const digits = String(fraction).padStart(6, '0');
  return `${seconds}.${digits.endsWith('000') ? digits.slice(0, 3) : digits}Z`;
}

/** The same for people: `2024-05-01 08:00:16.701478 UTC`. */
function utcText(milliseconds: number): string {
  return isoTime(milliseconds).replace('T', ' ').replace(/Z$/, ' UTC');
}

/**
 * A line's time as written, beside UTC where that says more: `Jun 22 12:47:55 = 2020-06-22 04:47:55 UTC`.
 * Null if neither is known.
 */
export function bothTimes(stamp: string | null, time: number | null): string | null {
  if (time === null) return stamp;
  const utc = utcText(time);
  return stamp === null || /^\d{4}-\d\d-\d\dT.*(?:Z|[+-]00:?00)$/.test(stamp) ? utc : `${stamp} = ${utc}`;
}

/** A span in seconds → `868 µs`, `12.3 ms`, `4.5 s`, `3 min 20 s`, `2 h 5 min`. */
export function spanText(seconds: number): string {
  const microseconds = Math.round(seconds * 1e6);
  if (microseconds < 1000) return `${microseconds} µs`;
  if (microseconds < 1e6) return `${trimmed(microseconds / 1000)} ms`;
  if (seconds < 60) return `${trimmed(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return joined(Math.floor(whole / 60), 'min', whole % 60, 's');
  return joined(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min');
}

function trimmed(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '');
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
