/** The door of `log`: lines of a kernel log, in any envelope, into TraceEvents and diagnostics. */
export { isTimezone, type LogCounts, type LogOptions, LogReader, type LogSink } from './reader.ts';
