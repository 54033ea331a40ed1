/**
 * Captured folders as the check sees them: log, rules and context read through the doors of their departments,
 * the lines put together to walks by the recorded truth, so that nothing here hangs on assembly.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ContextFile, parseContext } from '../../src/context/index.ts';
import { LogReader } from '../../src/log/index.ts';
import { uncheckedCheck } from '../../src/model/check.ts';
import type { Context } from '../../src/model/context.ts';
import type { TraceEvent } from '../../src/model/event.ts';
import { type Hook, isBuiltin } from '../../src/model/hook.ts';
import { placeOf, type Ruleset } from '../../src/model/ruleset.ts';
import type { Step, Walk } from '../../src/model/walk.ts';
import { parseRuleset, settleRuleset } from '../../src/ruleset/index.ts';
import { Assembler } from '../../src/walk/index.ts';

const CAPTURES = new URL('../data/captures', import.meta.url).pathname;

export const SCENARIOS: readonly string[] = [
  'pod-to-pod',
  'service',
  'nodeport',
  'denied',
  'whole-connection',
  'docker-bridge',
  'seed-same-node',
  'ipip-ping/node1',
  'ipip-ping/node2',
];

export const FUZZ: readonly string[] = readdirSync(join(CAPTURES, 'fuzz')).flatMap((kind) =>
  readdirSync(join(CAPTURES, 'fuzz', kind)).map((name) => `fuzz/${kind}/${name}`),
);

export type Form = 'rules.save' | 'rules.list';

export interface Capture {
  readonly name: string;
  readonly events: readonly TraceEvent[];
  readonly ruleset: Ruleset;
  readonly context: Context;
  /** Line numbers of each walk, in the order of first lines. */
  readonly lines: readonly (readonly number[])[];
}

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8').split('\n');
}

export function readRules(file: string, text: string, events: readonly TraceEvent[]): Ruleset {
  const seen = events.map((event) => ({
    family: event.packet.family,
    table: event.table,
    chain: event.chain,
  }));
  const source = { file, lines: text.split('\n'), table: null, family: null };
  return settleRuleset(parseRuleset([source]), seen).ruleset;
}

export function rulesText(name: string, form: Form): string {
  return readFileSync(join(CAPTURES, name, form), 'utf8');
}

export function readCapture(name: string, form: Form): Capture {
  const folder = join(CAPTURES, name);
  const log = ['trace.log', 'syslog.log'].find((file) => existsSync(join(folder, file))) ?? '';
  const events: TraceEvent[] = [];
  const reader = new LogReader(
    { year: null, timezone: null },
    { event: (event) => void events.push(event), diagnostic: () => {} },
  );
  reader.push({ file: log, firstLine: 1, lines: linesOf(join(folder, log)).slice(0, -1) });
  reader.end();
  const files: ContextFile[] = ['ipset.save', 'ip-addr.txt', 'ip-route.txt', 'ip-rule.txt', 'conntrack.txt']
    .filter((file) => existsSync(join(folder, file)))
    .map((file) => ({ file, lines: linesOf(join(folder, file)) }));
  return {
    name,
    events,
    ruleset: readRules(form, rulesText(name, form), events),
    context: parseContext(files).context,
    lines: truthOf(folder, events.length),
  };
}

function truthOf(folder: string, count: number): (readonly number[])[] {
  const file = ['walks.jsonl', 'truth.jsonl'].find((name) => existsSync(join(folder, name)));
  if (file === undefined) return [Array.from({ length: count }, (_, i) => i + 1)];
  return linesOf(join(folder, file))
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { lines: number[] }).lines)
    .filter((lines) => lines.length > 0)
    .sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
}

/** The walks of a capture under its rules, or under others. */
export function walksOf(capture: Capture, ruleset: Ruleset = capture.ruleset): Walk[] {
  const byLine = new Map(capture.events.map((event) => [event.line, event]));
  return capture.lines.map((lines, i) =>
    walkOf(
      i + 1,
      lines.flatMap((line) => byLine.get(line) ?? []),
      ruleset,
    ),
  );
}

/** The walks that assembly makes of some lines. */
export function assemble(events: readonly TraceEvent[], ruleset: Ruleset): Walk[] {
  const walks: Walk[] = [];
  const assembler = new Assembler(
    { ruleset },
    { walk: (walk) => void walks.push(walk), diagnostic: () => {} },
  );
  for (const event of events) assembler.push(event);
  assembler.end();
  return walks;
}

/** One packet's events as a walk: hooks by the built-in chain at the bottom of the stack. */
export function walkOf(n: number, events: readonly TraceEvent[], ruleset: Ruleset): Walk {
  const [first] = events;
  if (first === undefined) throw new RangeError('a walk without lines');
  let hook: Hook = 'PREROUTING';
  const steps = events.map((event): Step => {
    if (isBuiltin(event.table, event.chain)) hook = event.chain;
    const place = placeOf(ruleset, event.packet.family, event);
    return { event, hook, depth: 0, place, changes: null, markSetBy: null };
  });
  return {
    n,
    host: first.host,
    packet: first.packet,
    steps,
    gaps: [],
    disposition: 'vanished',
    decidedBy: null,
    causedBy: null,
    check: uncheckedCheck([], []),
  };
}
