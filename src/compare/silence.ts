/**
 * Walks that end between two hooks although the rules would have had them go on, in a log that lacks nothing
 * else: is there a setting of the host, one that nobody saved, which ends them there? An explanation → a
 * better one, or null. A lost end looks just the same: so nothing that is found here binds another packet.
 */
import type { Evaluator } from '../model/evaluator.ts';
import type { Observed } from './observation.ts';
import { type Explanation, explain } from './search.ts';

/** Whether the lines that follow begin a new hook, so that the packet may have ended before it. */
export function endsBetweenHooks({ observation }: Explanation): boolean {
  const [next] = observation.ahead;
  const last = observation.lines.findLast((line) => line !== undefined);
  return observation.complete && next !== undefined && next.hook !== last?.hook;
}

/** The run in which one setting is otherwise than usual and the packet ends where its lines do. */
export function explainSilence(
  evaluator: Evaluator,
  explanation: Explanation,
  observed: Observed,
): Explanation | null {
  const { start, script } = explanation;
  const silent = { ...observed, silent: true };
  const base = explain(evaluator, start, script, silent, null);
  for (const fork of base?.observation.forks ?? []) {
    if (fork.met < observed.steps.length) continue;
    const found = explain(evaluator, start, fork.script, silent, null);
    if (found === null || !found.observation.complete || found.run.disposition !== 'vanished') continue;
    if (found.observation.ahead.length === 0 && !found.observation.open) return found;
  }
  return null;
}
