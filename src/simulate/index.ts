/** The door of `simulate`: rules, context and packets → predicted paths; the evaluator for `compare`. */
import type { Context } from '../model/context.ts';
import type { Evaluator } from '../model/evaluator.ts';
import type { Ruleset } from '../model/ruleset.ts';
import { Simulator } from './simulator.ts';

export { type NumberedPacket, parsePacket, parsePackets } from './packet-text.ts';
export { type Questionable, type SimulateOptions, simulate, simulateEach } from './predict.ts';

/** Opens evaluators that share rules and context, one for each host. */
export function evaluatorOpener(ruleset: Ruleset, context: Context): () => Evaluator {
  return Simulator.opener(ruleset, context);
}

/** The evaluator over one host, with nothing run yet. */
export function openEvaluator(ruleset: Ruleset, context: Context): Evaluator {
  return Simulator.open(ruleset, context);
}
