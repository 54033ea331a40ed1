/**
 * What ended a run → words on standard error, and the exit code. The stack of a defect is told with the places of the
 * modules that the program was made of: it runs as a few big files (scripts/bundle.ts), whose source maps lie beside
 * them. Where there is no map the place stays as it is.
 */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { visible } from '../text/escape.ts';
import { EXIT, UsageError } from './exit.ts';
import type { Stdio } from './stdio.ts';

/** @returns the exit code. */
export function tellFailure(error: unknown, { err }: Stdio): number {
  if (error instanceof UsageError) {
    err.write(`trace-analyze: ${visible(error.message)}\n`);
    return EXIT.usage;
  }
  const told = error instanceof Error ? readableStack(error.stack ?? error.message) : String(error);
  err.write(
    `trace-analyze: this is a defect of the program, please report it:\n${told.split('\n').map(visible).join('\n')}\n`,
  );
  return EXIT.defect;
}

const PLACE = /(file:\/\/[^\s()]+\.js):(\d+):(\d+)/g;

/** The stack, each place in the bundle replaced. Throws nothing: it is read when something is broken already. */
function readableStack(stack: string): string {
  const maps = new Map<string, SourceMap | null>();
  return stack.replace(PLACE, (place, url: string, line: string, column: string) => {
    const known = maps.get(url);
    const map = known === undefined ? mapOf(url) : known;
    maps.set(url, map);
    const entry = map?.findEntry(Number(line) - 1, Number(column) - 1);
    if (entry === undefined || !('originalSource' in entry)) return place;
    const { originalSource, originalLine, originalColumn } = entry;
    return `${new URL(originalSource, url).href}:${originalLine + 1}:${originalColumn + 1}`;
  });
}

function mapOf(url: string): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(new URL(`${url}.map`), 'utf8')));
  } catch {
    return null;
  }
}
