/** The options on the times of logs → what the reader takes, or why it cannot. */
import { isTimezone, type LogOptions } from '../log/index.ts';
import { UsageError } from './exit.ts';
import type { TimeOptions } from './options.ts';

/** @throws UsageError if there is no such time zone. */
export function logTimesOf(options: TimeOptions): LogOptions {
  const timezone = options.timezone ?? null;
  if (timezone !== null && !isTimezone(timezone)) {
    throw new UsageError(`no time zone ${timezone}: it is UTC, +02:00, a name as Europe/Berlin, or local`);
  }
  return { year: options.year ?? null, timezone };
}
