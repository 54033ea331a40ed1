/** Where a line of rule text, or a column of it (perhaps joined), stands in the file, and the file's own line there. */
import type { SourceRef } from '../model/source.ts';
import type { Report, RulesetSource, TextLine } from './draft.ts';
import type { RuleProblem } from './rule-line.ts';

/** Reports what the reader of one rule line found, at its place in the file. */
export function reportProblems(
  problems: readonly RuleProblem[],
  line: TextLine,
  source: RulesetSource,
  report: Report,
): void {
  for (const { code, column, length, args } of problems) {
    const at = placeIn(line, column);
    report(code, at, args, source.lines[at.line - 1] ?? '', length);
  }
}

/** The place alone of a line that is one. */
export function placeOf({ file, line, column }: SourceRef): SourceRef {
  return { file, line, column };
}

/** The place of a column (from 1) of a text line, which holds a newline where it was joined. */
function placeIn({ file, line, column: first, text }: TextLine, column: number): SourceRef {
  const before = text.slice(0, column - 1);
  const newline = before.lastIndexOf('\n');
  if (newline < 0) return { file, line, column: first + column - 1 };
  return { file, line: line + before.split('\n').length - 1, column: before.length - newline };
}
