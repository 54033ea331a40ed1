/**
 * What the rules say from a divergence on: the run that explains the walk as far as it goes, once more without
 * the lines that contradict it. It ends where something decides that nobody knows.
 */
import type { Branch, Divergence } from '../model/check.ts';
import type { Evaluator } from '../model/evaluator.ts';
import type { Observed } from './observation.ts';
import { type Explanation, explain } from './search.ts';
import { nameOf } from './verdict.ts';

/** Steps that are told. */
const MOST_STEPS = 40;

/** Null if nothing of it is certain; without steps if the packet was to end there. */
export function branchOf(
  { at, expected }: Divergence,
  { start, script }: Explanation,
  observed: Observed,
  evaluator: Evaluator,
): Branch | null {
  const before = observed.without < at ? observed.without : -1;
  const seen = { ...observed, steps: observed.steps.slice(0, at), without: before };
  const told = explain(evaluator, start, script, seen, null);
  if (told?.observation.complete !== true) return null;
  const { ahead, open, more } = told.observation;
  const steps = ahead.map(nameOf);
  if ((steps[0] ?? null) !== expected) return null;
  const { disposition, decidedBy } = told.run;
  const by = decidedBy === null ? null : `${decidedBy.table}:${decidedBy.chain}:${decidedBy.number}`;
  return { steps: steps.slice(0, MOST_STEPS), end: open || more ? null : { disposition, by } };
}
