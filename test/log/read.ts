/** Reads lines as a log, and gives what came out. */
import { expect } from 'vitest';
import { type LogCounts, type LogOptions, LogReader } from '../../src/log/index.ts';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import type { TraceEvent } from '../../src/model/event.ts';

export interface Reading {
  readonly events: readonly TraceEvent[];
  readonly diagnostics: readonly Diagnostic[];
  readonly counts: LogCounts;
}

/** @param batch lines a batch: it must not matter */
export function readLines(
  lines: readonly string[],
  options: Partial<LogOptions> = {},
  batch = lines.length,
): Reading {
  const events: TraceEvent[] = [];
  const diagnostics: Diagnostic[] = [];
  const reader = new LogReader(
    { year: null, timezone: null, ...options },
    { event: (event) => events.push(event), diagnostic: (found) => diagnostics.push(found) },
  );
  for (let at = 0; at < lines.length; at += Math.max(1, batch)) {
    reader.push({ file: 'log', firstLine: at + 1, lines: lines.slice(at, at + batch) });
  }
  reader.end();
  const { counts } = reader;
  expect(counts.records).toBe(counts.traceLines + counts.unparsed + counts.notOurs);
  expect(counts.traceLines).toBe(events.length);
  expect(counts.lines).toBe(lines.length);
  return { events, diagnostics, counts };
}
