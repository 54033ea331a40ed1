/**
 * Whether a YAML text nests deeper than its parser, which recurses, can bear: past some thousand levels the stack
 * runs out, and where a pattern is compiled at that moment the process ends at once. Counts brackets and indicators
 * by line, quoted or not: no expectation file comes near the limit.
 */
import type { SourceRef } from '../model/source.ts';

/** Levels of nesting, and columns of indentation. */
const MOST = 500;

/** Where the text begins to be too deep; null: nowhere. */
export function tooDeepAt(file: string, lines: readonly string[]): SourceRef | null {
  let brackets = 0;
  for (const [i, text] of lines.entries()) {
    let indicators = 0;
    let leading = true;
    for (let column = 0; column < text.length; column++) {
      const char = text[column];
      if (char === '[' || char === '{') brackets++;
      else if ((char === ']' || char === '}') && brackets > 0) brackets--;
      else if (char === '-' || char === '?' || char === ':') indicators += leading ? 1 : 0;
      leading &&= char === ' ' || char === '-' || char === '?' || char === ':';
      if (brackets + indicators > MOST || (leading && column > 2 * MOST)) {
        return { file, line: i + 1, column: column + 1 };
      }
    }
  }
  return null;
}
