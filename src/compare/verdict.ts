/**
 * What an explanation says of a walk: explanation → status, missing lines, disposition. Only what is
 * certain: after the last observed line the rules may say what came next, but nobody saw it happen.
 */
import type { Check, Missing } from '../model/check.ts';
import { stepName } from '../model/event.ts';
import type { TableName } from '../model/hook.ts';
import type { LoggedStep } from '../model/oracle.ts';
import type { Ruleset } from '../model/ruleset.ts';
import type { Disposition, Step, Walk } from '../model/walk.ts';
import type { Observation } from './observation.ts';
import type { Explanation } from './search.ts';

/** The name of a line that the rules print. */
export function nameOf(step: LoggedStep): string {
  return stepName(step);
}

/** Whether a whole save of the walk's family was read. */
export function isWhole(walk: Walk, ruleset: Ruleset): boolean {
  return ruleset.whole.includes(walk.packet.family);
}

/** Tables of the walk whose rules were not given. */
export function ungivenTables(walk: Walk): readonly TableName[] {
  const tables: TableName[] = [];
  for (const { place, event } of walk.steps) {
    if (place.kind === 'ungiven' && !tables.includes(event.table)) tables.push(event.table);
  }
  return tables;
}

/** What only the host's routes and settings could tell more exactly. */
const SILENT =
  'this host let the packet go no further: no route, a setting (rp_filter, forwarding) or its TTL';

/** The walk with the check of an explanation that met all its lines. */
export function agreeing(walk: Walk, explanation: Explanation): Walk {
  const { observation, run } = explanation;
  const last = walk.steps.length - 1;
  const ended = observation.ahead.length === 0 && !observation.open;
  const goesOn = observation.ahead.length > 0 || observation.more;
  const missing = missingOf(explanation);
  addAhead(missing, explanation, last);
  const assumptions = [...observation.assumptions];
  // Nothing tells why no line follows: the log stopped there, or the packet did.
  if (observation.open && observation.more && observation.ahead.length === 0) {
    if (walk.disposition === 'vanished')
      assumptions.push({ at: last, kind: 'host', fact: SILENT, settledBy: 'routes' });
    else missing.push({ after: last, steps: [] });
  }
  const check: Check = {
    status: missing.length === 0 ? 'agrees' : 'incomplete',
    unchecked: ungivenTables(walk),
    assumptions,
    missing,
    divergence: null,
    ...(ended && run.ending !== null ? { ending: run.ending } : {}),
  };
  return {
    ...walk,
    steps: placedSteps(walk.steps, observation.lines),
    gaps: missing,
    disposition: ended ? run.disposition : goesOn ? undecided(walk, observation) : walk.disposition,
    decidedBy: ended ? (run.decidedBy === null ? null : last) : walk.decidedBy,
    check,
  };
}

/** With hook and depth as the run had them: where lines are lost, the lines alone leave them open. */
function placedSteps(steps: readonly Step[], lines: readonly (LoggedStep | undefined)[]): readonly Step[] {
  return steps.every((step, i) => isPlaced(step, lines[i]))
    ? steps
    : steps.map((step, i) => {
        const line = lines[i];
        return line === undefined || isPlaced(step, line)
          ? step
          : { ...step, hook: line.hook, depth: line.depth };
      });
}

function isPlaced(step: Step, line: LoggedStep | undefined): boolean {
  return line === undefined || (line.hook === step.hook && line.depth === step.depth);
}

/** What the lines alone tell, where the rules would have had more lines follow. */
function undecided({ disposition }: Walk, observation: Observation): Disposition {
  if (disposition === 'vanished') return mayVanish(observation) ? disposition : 'unknown';
  return disposition === 'forwarded' || disposition === 'delivered' || disposition === 'sent'
    ? 'unknown'
    : disposition;
}

/** Whether the kernel can have stopped the packet by itself after its last line: where it routes. */
function mayVanish({ lines, ahead }: Observation): boolean {
  const [next] = ahead;
  const hook = lines.findLast((line) => line !== undefined)?.hook;
  return next === undefined || (next.hook !== hook && (hook === 'PREROUTING' || hook === 'OUTPUT'));
}

/** Lines before the last step met that the log lacks; those before a late start are lost, and nothing names them. */
export function missingOf({ observation, start }: Explanation): Missing[] {
  const byPlace = new Map<number, string[]>();
  const { from } = start.options;
  if (from !== undefined && from !== 'copy') byPlace.set(-1, []);
  for (const { after, step } of observation.missing) {
    const steps = byPlace.get(after);
    if (steps === undefined) byPlace.set(after, [nameOf(step)]);
    else steps.push(nameOf(step));
  }
  return [...byPlace].map(([after, steps]) => ({ after, steps }));
}

function addAhead(missing: Missing[], { observation }: Explanation, last: number): void {
  if (observation.ahead.length > 0) missing.push({ after: last, steps: observation.ahead.map(nameOf) });
}
