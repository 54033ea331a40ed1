/** Packets → predictions, one after another through one connection table. */
import type { Context } from '../model/context.ts';
import type { PacketSpec } from '../model/packet-spec.ts';
import type { Prediction, WhyNot } from '../model/prediction.ts';
import type { Rule, Ruleset } from '../model/ruleset.ts';
import { branchesOf, leaveBehind } from './branch.ts';
import { Callers } from './callers.ts';
import { pathsOf } from './path.ts';
import { Reassembly } from './reassembly.ts';
import { Simulator } from './simulator.ts';
import { whyNot } from './why-not.ts';

export interface SimulateOptions {
  /** Most paths that one packet is followed along. */
  readonly branches?: number;
  /** Asked before each packet: whether it is known by now that the connections were saved later than it came. */
  readonly isSavedLate?: () => boolean;
}

/** Most branches of one packet unless an option says otherwise. */
const MOST_BRANCHES = 256;

/** A prediction to which questions may be put, until the next one is drawn. */
export interface Questionable {
  readonly prediction: Prediction;
  /** Why the packet does not match a rule of its own family, or that it does. */
  whyNot(rule: Rule): WhyNot;
}

/** Predicts each packet's paths; `n` is the place of each, from 0. */
export function* simulateEach(
  ruleset: Ruleset,
  context: Context,
  packets: Iterable<PacketSpec>,
  options: SimulateOptions = {},
): Generator<Questionable> {
  const simulator = Simulator.open(ruleset, context);
  const limit = Math.max(1, options.branches ?? MOST_BRANCHES);
  const callers = new Callers(ruleset);
  let n = 0;
  const reassembly = new Reassembly();
  let forgotten = false;
  for (const sent of packets) {
    if (!forgotten && options.isSavedLate?.() === true) {
      simulator.forgetSavedConnections();
      forgotten = true;
    }
    const whole = sent.fragment === undefined ? undefined : reassembly.push(sent);
    // Where fragments are put together at once, one that completes nothing ends where it waits.
    const packet = whole != null && simulator.defragments(sent.family) ? whole : { ...sent, whole };
    const { branches, more } = branchesOf(simulator, packet, limit);
    const { paths, indices } = pathsOf(branches);
    yield {
      prediction: { n, paths, more },
      whyNot: (rule) => {
        const lookAgain = (ear: Parameters<typeof branchesOf>[3]): ReturnType<typeof branchesOf> =>
          branchesOf(simulator, packet, limit, ear);
        return whyNot(rule, { lookAgain, indices, callers });
      },
    };
    leaveBehind(simulator, branches);
    n++;
  }
}

/** Predicts each packet's paths; `n` is the place of each, from 0. */
export function* simulate(
  ruleset: Ruleset,
  context: Context,
  packets: Iterable<PacketSpec>,
  options: SimulateOptions = {},
): Generator<Prediction> {
  for (const { prediction } of simulateEach(ruleset, context, packets, options)) yield prediction;
}
