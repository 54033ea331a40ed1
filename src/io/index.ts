/** The door of `io`: paths and standard input into lines of text. Problems are diagnostics, never thrown. */
export { type InputOptions, type InputSink, openLogs, type Progress, readText } from './open.ts';
