/**
 * A YAML text → the value of an expectation file and where each of its parts stands, or diagnostics with the
 * line and a caret. Nothing is read from anywhere else: no tags, no includes.
 */
import { isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type Diagnostic, type DiagnosticCode, diagnostic } from '../model/diagnostic.ts';
import type { SourceRef } from '../model/source.ts';
import { tooDeepAt } from './depth.ts';
import { type Suite, suiteSchema } from './schema.ts';

/** Keys and indices from the top of the file. */
export type Path = readonly (string | number)[];

/** Where the parts of a file stand. */
export interface Locator {
  readonly placeOf: (path: Path) => SourceRef;
  /** A diagnostic about the part at this path, or the nearest that stands in the file. */
  readonly diagnostic: (
    code: DiagnosticCode,
    path: Path,
    args: Readonly<Record<string, string | number>>,
  ) => Diagnostic;
}

export interface ReadSuite {
  /** Null: nothing of it can be used. */
  readonly suite: Suite | null;
  readonly locator: Locator;
  readonly diagnostics: readonly Diagnostic[];
}

/** @param lines of the file, as they were read */
export function readDocument(file: string, lines: readonly string[]): ReadSuite {
  const counter = new LineCounter();
  const deep = tooDeepAt(file, lines);
  const document = parseDocument(deep === null ? lines.join('\n') : '', {
    lineCounter: counter,
    merge: true,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const at = (offset: number): SourceRef => {
    const { line, col } = counter.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const say = (code: DiagnosticCode, from: number, to: number, args: Diagnostic['args']): Diagnostic => {
    const place = at(from);
    const line = lines[place.line - 1] ?? '';
    const length = Math.min(Math.max(1, to - from), Math.max(1, line.length - place.column + 1));
    return diagnostic(code, place, args, line, length);
  };
  const rangeOf = (path: Path, whole = false): readonly [number, number] => {
    for (let depth = path.length; depth > 0; depth--) {
      const range = rangeAt(document.contents, path.slice(0, depth), whole && depth === path.length);
      if (range !== null) return range;
    }
    return [0, 1];
  };
  const locator: Locator = {
    placeOf: (path) => at(rangeOf(path)[0]),
    diagnostic: (code, path, args) => say(code, ...rangeOf(path, code === 'expect.field'), args),
  };
  if (deep !== null) {
    const message = 'nested too deeply';
    const found = diagnostic('expect.syntax', deep, { message }, lines[deep.line - 1] ?? '', 1);
    return { suite: null, locator, diagnostics: [found] };
  }
  const syntax = document.errors.map(({ pos: [from, to], message }) =>
    say('expect.syntax', from, to, { message: oneLine(message) }),
  );
  if (syntax.length > 0) return { suite: null, locator, diagnostics: syntax };
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 1000 });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { suite: null, locator, diagnostics: [say('expect.syntax', 0, 1, { message: oneLine(message) })] };
  }
  const parsed = suiteSchema.safeParse(value ?? {});
  if (parsed.success) return { suite: parsed.data, locator, diagnostics: [] };
  const diagnostics = parsed.error.issues.flatMap((issue) => issuesOf(issue, locator));
  return { suite: null, locator, diagnostics };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/**
 * Range of the scalar at a path, or of the key of what is no scalar, in UTF-16 units; null if it does not stand
 * there. @param byKey the key in any case
 */
function rangeAt(contents: unknown, path: Path, byKey: boolean): readonly [number, number] | null {
  let node: unknown = contents;
  let key: unknown = null;
  for (const part of path) {
    key = null;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part));
      if (pair === undefined) return null;
      key = pair.key;
      node = pair.value;
    } else if (isNode(node) && 'items' in node && typeof part === 'number') node = node.items[part];
    else return null;
  }
  const told = key !== null && (byKey || !isScalar(node)) ? key : node;
  const range = isNode(told) ? told.range : null;
  return range == null ? null : [range[0], range[1]];
}

function issuesOf(issue: z.core.$ZodIssue, locator: Locator): readonly Diagnostic[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) =>
      locator.diagnostic('expect.field', [...path, key], { field: key, near: '' }),
    );
  }
  const missing = issue.code === 'invalid_type' && issue.input === undefined;
  const name = path.at(-1);
  const message =
    missing && typeof name === 'string' ? `${name} is missing: ${issue.message}` : issue.message;
  return [locator.diagnostic('expect.value', path, { message: oneLine(message) })];
}
