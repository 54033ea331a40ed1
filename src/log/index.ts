/** The door of `log`: lines of a kernel log, in any envelope, into TraceEvents and diagnostics. */
export type { LogCounts, LogSink } from './output.ts';
export { isTimezone, type LogOptions, LogReader } from './reader.ts';
