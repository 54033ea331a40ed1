/**
 * Looks for the run that explains an observed walk best: packet + observed lines → the explanation with
 * fewest missing lines, then fewest assumptions, or the run that came furthest. Best first over the forks
 * that each run notes; bounded by a number of runs.
 */
import type { Evaluator, Run, RunOptions } from '../model/evaluator.ts';
import type { PacketSpec } from '../model/packet-spec.ts';
import { type Diagnose, type Fork, Observation, type Observed } from './observation.ts';

/** One way in which the packet may have come to the first line: what it was before, and how sure that is. */
export interface Start {
  readonly packet: PacketSpec;
  readonly options: RunOptions;
}

export interface Explanation {
  readonly start: Start;
  readonly script: readonly number[];
  readonly observation: Observation;
  readonly run: Run;
}

export interface SearchLimits {
  /** Runs of the evaluator for one packet, shared among its starts. */
  readonly runs: number;
  /** Runs that each start gets at least; 16 if left out. */
  readonly least?: number;
}

const LEAST_RUNS = 16;

/** Orders explanations: negative if `a` is the better one. */
function compareExplanations(a: Explanation, b: Explanation): number {
  return (
    b.observation.met - a.observation.met ||
    Number(meetsName(b)) - Number(meetsName(a)) ||
    a.observation.overrides.length - b.observation.overrides.length ||
    linesMissing(a) - linesMissing(b) ||
    a.observation.assumptions.length - b.observation.assumptions.length
  );
}

/** A run that falls short and comes to the very line of the log, with another packet: nearer than one that ends. */
function meetsName({ observation }: Explanation): boolean {
  return !observation.complete && observation.mismatch !== null;
}

/** Lines that the log lacks, after the last observed step too. */
export function linesMissing({ observation }: Explanation): number {
  return observation.missing.length + observation.ahead.length;
}

/** Whether nothing can explain the walk better. */
export function isFlawless(explanation: Explanation): boolean {
  const { observation } = explanation;
  return observation.complete && linesMissing(explanation) === 0 && observation.overrides.length === 0;
}

/** The best explanation that was found; null only if the evaluator gave every path up. */
export function search(
  evaluator: Evaluator,
  starts: readonly Start[],
  observed: Observed,
  limits: SearchLimits,
): Explanation | null {
  let best: Explanation | null = null;
  const share = Math.max(limits.least ?? LEAST_RUNS, Math.ceil(limits.runs / Math.max(1, starts.length)));
  for (const start of starts) {
    let budget = share;
    const queue: Fork[] = [{ script: [], met: 0, missing: 0, overrides: 0 }];
    while (queue.length > 0 && budget > 0) {
      const fork = takeBest(queue);
      if (best !== null && !mayBeat(fork, best)) continue;
      budget--;
      const found = explain(evaluator, start, fork.script, observed, null);
      if (found === null) continue;
      queue.push(...found.observation.forks);
      if (best === null || compareExplanations(found, best) < 0) best = found;
      if (isFlawless(best)) return best;
    }
  }
  return best;
}

/** One run along a script. */
export function explain(
  evaluator: Evaluator,
  start: Start,
  script: readonly number[],
  observed: Observed,
  diagnose: Diagnose | null,
): Explanation | null {
  const observation = new Observation(observed, script, diagnose);
  const run = evaluator.run(start.packet, observation, start.options);
  return run === null ? null : { start, script, observation, run };
}

/** Whether a fork can still lead to a better explanation. A fork's costs only grow from where it stands. */
function mayBeat(fork: Fork, best: Explanation): boolean {
  if (!best.observation.complete) return true;
  const { overrides } = best.observation;
  if (fork.overrides !== overrides.length) return fork.overrides < overrides.length;
  return fork.missing < linesMissing(best);
}

/** Takes out the fork that promises most: few overrides, few missing lines, far along. */
function takeBest(queue: Fork[]): Fork {
  let at = 0;
  for (let i = 1; i < queue.length; i++) {
    const a = queue[i];
    const b = queue[at];
    if (a === undefined || b === undefined) continue;
    if ((a.overrides - b.overrides || a.missing - b.missing || b.met - a.met) < 0) at = i;
  }
  const last = queue.pop();
  const taken = queue[at] ?? last;
  if (taken === undefined || last === undefined) throw new RangeError('the queue is empty');
  if (at < queue.length) queue[at] = last;
  return taken;
}
