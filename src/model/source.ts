/**
 * Where a piece of input stands. Lines and columns count from 1; a column counts UTF-16 units of the
 * line as it was read. Everything that was parsed carries one of these, so that a report can quote it.
 */
export interface SourceRef {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Some lines of one input, in order: the unit in which text flows from `io/` to `log/`. */
export interface LineBatch {
  /** Name of the input as the person gave it; `-` is standard input. */
  readonly file: string;
  /** Number of the first of `lines`, from 1. */
  readonly firstLine: number;
  /** Without line ends; invalid UTF-8 arrives as U+FFFD. */
  readonly lines: readonly string[];
}
