/** The door of `compare`: observed walks held against the rules. */
export { Checker, type CheckerOptions, type CheckerSink } from './checker.ts';
