/** Reads saved listings in tests: the samples are a router's own (iproute2 6.1, ipset 7.17, conntrack 1.4.7). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseContext } from '../../src/context/index.ts';
import type { Context } from '../../src/model/context.ts';
import type { Diagnostic } from '../../src/model/diagnostic.ts';

const SAMPLES = join(import.meta.dirname, 'samples');

export function sampleLines(name: string): string[] {
  return readFileSync(join(SAMPLES, name), 'utf8').split('\n');
}

/** The context of samples, by name. */
export function sampleContext(...names: string[]): Context {
  const { context, diagnostics } = parseContext(names.map((file) => ({ file, lines: sampleLines(file) })));
  if (diagnostics.length > 0) throw new Error(JSON.stringify(diagnostics));
  return context;
}

/** The context of one text. */
export function readText(
  file: string,
  text: string,
): { context: Context; diagnostics: readonly Diagnostic[] } {
  return parseContext([{ file, lines: text.split('\n') }]);
}

/** Without where it stood, to compare what two forms say. */
export function withoutPlace<T extends object>(items: readonly T[] | null | undefined): object[] {
  return (items ?? []).map((item) => {
    const { at: _at, source: _source, ...rest } = item as T & { at?: unknown; source?: unknown };
    return rest;
  });
}
