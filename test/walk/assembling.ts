/** Assembling in tests: events or lines in, walks out, in the order of their numbers or as they end. */
import { LogReader } from '../../src/log/index.ts';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import { stepName, type TraceEvent } from '../../src/model/event.ts';
import type { Walk } from '../../src/model/walk.ts';
import { Assembler, type AssemblerOptions } from '../../src/walk/index.ts';

export interface Assembled {
  /** As they ended. */
  readonly walks: readonly Walk[];
  readonly diagnostics: readonly Diagnostic[];
}

export function assemble(events: Iterable<TraceEvent>, options: AssemblerOptions): Assembled {
  const walks: Walk[] = [];
  const diagnostics: Diagnostic[] = [];
  const assembler = new Assembler(options, {
    walk: (walk) => walks.push(walk),
    diagnostic: (diagnostic) => diagnostics.push(diagnostic),
  });
  for (const event of events) assembler.push(event);
  assembler.end();
  return { walks, diagnostics };
}

/** Reads lines that begin with `TRACE:`. */
export function eventsOf(lines: readonly string[]): TraceEvent[] {
  const events: TraceEvent[] = [];
  const reader = new LogReader(
    { year: null, timezone: null },
    {
      event: (event) => events.push(event),
      diagnostic: (diagnostic) => {
        throw new Error(`${diagnostic.code} at line ${diagnostic.at.line}`);
      },
    },
  );
  reader.push({ file: 'trace.log', firstLine: 1, lines });
  reader.end();
  return events;
}

/** The walk's lines as text. */
export function textOf(walk: Walk): string {
  return walk.steps.map((step) => step.event.text).join('\n');
}

export function stepNames(walk: Walk): string[] {
  return walk.steps.map((step) => stepName(step.event));
}

/** One line that says what a walk is: where it began and ended, by which hooks, how, called forth by whom. */
export function summaryOf(walk: Walk): string {
  const hooks = walk.steps.map((step) => step.hook).filter((hook, i, all) => hook !== all[i - 1]);
  const names = stepNames(walk);
  const by = walk.decidedBy === null ? '' : ` by ${names[walk.decidedBy]}`;
  const cause = walk.causedBy === null ? '' : ` caused by ${walk.causedBy}`;
  const gaps = walk.gaps.map(({ after, steps }) => ` gap after ${after} [${steps.join(' ')}]`).join('');
  return `${walk.n}: ${names[0]} … ${names.at(-1)} (${names.length}) ${hooks.join(' ')}: ${walk.disposition}${by}${cause}${gaps}`;
}
