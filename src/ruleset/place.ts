/** Where in the file a column of a (perhaps joined) line of rule text stands, and the file's own line there. */
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

/** The place of a column (from 1) of a text line, which holds a newline where it was joined. */
function placeIn({ text, at }: TextLine, column: number): SourceRef {
  const before = text.slice(0, column - 1);
  const newline = before.lastIndexOf('\n');
  if (newline < 0) return { ...at, column: at.column + column - 1 };
  return { ...at, line: at.line + before.split('\n').length - 1, column: before.length - newline };
}
