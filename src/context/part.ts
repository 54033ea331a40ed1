/**
 * What every reader of a context file works with: the file, a sink for what could not be read. A refused
 * line is a diagnostic and nothing else: the rest of the file is used.
 */
import { type Diagnostic, diagnostic } from '../model/diagnostic.ts';
import type { SourceRef } from '../model/source.ts';

export interface ContextFile {
  readonly file: string;
  readonly lines: readonly string[];
}

export class Reading {
  readonly file: string;
  readonly diagnostics: Diagnostic[] = [];
  readonly #kind: string;

  constructor(file: string, kind: string) {
    this.file = file;
    this.#kind = kind;
  }

  at(index: number): SourceRef {
    return { file: this.file, line: index + 1, column: 1 };
  }

  /** Reports that a line (counted from 0) was not understood, from the first `part` in it on if given. */
  refuse(index: number, line: string, part?: string): null {
    const found = part === undefined ? -1 : line.indexOf(part);
    const column = Math.max(found, line.length - line.trimStart().length) + 1;
    this.diagnostics.push(
      diagnostic(
        'context.refused',
        { file: this.file, line: index + 1, column },
        { kind: this.#kind },
        line,
        Math.max(1, part !== undefined && found >= 0 ? part.length : line.length - column + 1),
      ),
    );
    return null;
  }
}
