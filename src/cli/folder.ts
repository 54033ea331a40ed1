/**
 * A folder → which of its files are logs, rules and context, each by what it holds, an empty one by its
 * name. Looks at the beginning of a file only; sub-folders are left alone.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { recogniseContext, recogniseContextName } from '../context/index.ts';
import { type InputOptions, type InputSink, openLogs } from '../io/index.ts';
import { LogReader } from '../log/index.ts';
import { recogniseRules } from '../ruleset/index.ts';
import { UsageError } from './exit.ts';

export type FileKind = 'log' | 'rules' | 'context';

/** Paths by kind, each in order of name; `other` is none of ours. */
export type Sorted = Readonly<Record<FileKind | 'other', readonly string[]>>;

/** Lines that are looked at, and the share of them that must be TRACE lines in a file not named as a log. */
const HEAD_LINES = 2000;
const TRACE_SHARE = 0.2;
/** How sure the recognition of rules must be: in prose with a few rules in it, it is not. */
const RULES_SHARE = 0.5;

const LOG_NAME = /\.log(?:\.|$)|^(?:syslog|messages|kern|dmesg|journal|kmsg|trace)/i;
const RULES_NAME = /^(?:rules|ip6?tables)|tables|\.rules/i;

/** Whether a path is a folder; false also if there is nothing. */
export async function isFolder(path: string): Promise<boolean> {
  return path !== '-' && (await stat(path).catch(() => null))?.isDirectory() === true;
}

/** The files right in a folder, in order of name. @throws UsageError if it cannot be listed. */
async function filesIn(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const files = [];
    for (const entry of entries) {
      const path = join(folder, entry.name);
      const link = entry.isSymbolicLink() && (await stat(path).catch(() => null))?.isFile() === true;
      if (entry.isFile() || link) files.push(path);
    }
    return files.sort();
  } catch (error) {
    throw new UsageError(`cannot list ${folder}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Sorts the files of a folder. What cannot be read is reported to the sink and counts as other. */
export async function sortFolder(folder: string, options: InputOptions, sink: InputSink): Promise<Sorted> {
  const sorted: Record<FileKind | 'other', string[]> = { log: [], rules: [], context: [], other: [] };
  for (const path of await filesIn(folder)) {
    sorted[(await kindOfFile(path, options, sink)) ?? 'other'].push(path);
  }
  return sorted;
}

/** What a file is; null if it is none of ours, or cannot be read, as a pipe cannot twice. */
export async function kindOfFile(
  path: string,
  options: InputOptions,
  sink: InputSink = { diagnostic: () => {} },
): Promise<FileKind | null> {
  if ((await stat(path).catch(() => null))?.isFIFO() === true) return null;
  const lines = await headOf(path, options, sink);
  return lines === null ? null : kindOf(path, lines);
}

async function headOf(
  path: string,
  options: InputOptions,
  sink: InputSink,
): Promise<readonly string[] | null> {
  const lines: string[] = [];
  let failed = false;
  const watch: InputSink = {
    // What is said of a file that turns out to be ours is said again when it is read.
    diagnostic: (found) => {
      if (found.severity !== 'error') return;
      failed = true;
      if (found.code !== 'io.foreign') sink.diagnostic(found);
    },
  };
  for await (const batch of openLogs([path], options, watch)) {
    lines.push(...batch.lines.slice(0, HEAD_LINES - lines.length));
    if (lines.length >= HEAD_LINES) break;
  }
  return failed ? null : lines;
}

/** What a file is, by its first lines; null if it is none of ours. */
export function kindOf(path: string, lines: readonly string[]): FileKind | null {
  const name = basename(path);
  const filled = lines.filter((line) => line.trim() !== '');
  if (filled.length === 0 || (filled.length === 1 && filled[0]?.trim() === '[]')) return kindByName(name);
  const share = traceShare(path, lines, filled.length);
  const rules = recogniseRules(lines);
  if (rules !== null && rules.confidence > RULES_SHARE && rules.confidence > share) return 'rules';
  if (recogniseContext(lines) !== null) return 'context';
  if (share >= TRACE_SHARE || LOG_NAME.test(name)) return 'log';
  return null;
}

function kindByName(name: string): FileKind | null {
  if (recogniseContextName(name) !== null) return 'context';
  if (RULES_NAME.test(name)) return 'rules';
  return LOG_NAME.test(name) ? 'log' : null;
}

function traceShare(path: string, lines: readonly string[], filled: number): number {
  const reader = new LogReader({ year: null, timezone: null }, { event: () => {}, diagnostic: () => {} });
  reader.push({ file: path, firstLine: 1, lines });
  reader.end();
  return reader.counts.traceLines / filled;
}
