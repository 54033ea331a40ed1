/** Reads a capture folder of test/data: its events, its rules in either form, and the truth about its packets. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LogReader } from '../../src/log/index.ts';
import type { TraceEvent } from '../../src/model/event.ts';
import type { Ruleset } from '../../src/model/ruleset.ts';
import { parseRuleset, settleRuleset } from '../../src/ruleset/index.ts';

export const CAPTURES =
  process.env['TRACE_CAPTURES'] ?? new URL('../data/captures', import.meta.url).pathname;

/** What truth says of one packet. */
interface TruePacket {
  /** Line numbers in the log. */
  readonly lines: readonly number[];
  readonly steps: readonly string[];
  /** An ICMP error that packet `n` called forth. */
  readonly error?: boolean;
  readonly n: number;
}

export interface Capture {
  readonly name: string;
  readonly folder: string;
  readonly events: readonly TraceEvent[];
  readonly truth: readonly TruePacket[];
}

function foldersUnder(folder: string): string[] {
  return readdirSync(join(CAPTURES, folder)).map((name) => join(folder, name));
}

/** Folders with a log and the truth about it. */
export const CAPTURE_NAMES: readonly string[] = [
  'denied',
  'docker-bridge',
  'ipip-ping/node1',
  'ipip-ping/node2',
  'nodeport',
  'pod-to-pod',
  'service',
  'whole-connection',
  ...['deterministic', 'deterministic6', 'mixed', 'mixed6'].flatMap((kind) => foldersUnder(`fuzz/${kind}`)),
];

export function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line, i, all) => line !== '' || i < all.length - 1);
}

export function readEvents(path: string): TraceEvent[] {
  const events: TraceEvent[] = [];
  const reader = new LogReader(
    { year: null, timezone: null },
    { event: (event) => events.push(event), diagnostic: () => undefined },
  );
  reader.push({ file: path, firstLine: 1, lines: linesOf(path) });
  reader.end();
  return events;
}

export function readCapture(name: string): Capture {
  const folder = join(CAPTURES, name);
  const events = readEvents(join(folder, 'trace.log'));
  const file = ['walks.jsonl', 'truth.jsonl'].map((each) => join(folder, each)).find(existsSync);
  if (file === undefined) throw new Error(`${name} has no truth`);
  const truth = linesOf(file).map((line): TruePacket => JSON.parse(line));
  return { name, folder, events, truth };
}

/** The rules of a capture: `rules.save`, `rules.list`, or none. */
export function readRules(capture: Capture, file: 'rules.save' | 'rules.list'): Ruleset {
  const path = join(capture.folder, file);
  const family = capture.events[0]?.packet.family ?? null;
  const source = { file, lines: linesOf(path), table: null, family };
  const seen = capture.events.map(({ packet, table, chain }) => ({ family: packet.family, table, chain }));
  return settleRuleset(parseRuleset([source]), seen).ruleset;
}
