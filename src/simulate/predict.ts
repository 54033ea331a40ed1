/** Packets → predictions: the branches of each packet as paths, equal ones taken together. */
import type { Assumption } from '../model/check.ts';
import type { Context } from '../model/context.ts';
import type { PacketState } from '../model/oracle.ts';
import type { PacketSpec } from '../model/packet-spec.ts';
import type { FinalPacket, PredictedPath, Prediction } from '../model/prediction.ts';
import type { Ruleset } from '../model/ruleset.ts';
import { exact } from './bits.ts';
import { type Branch, branchesOf, leaveBehind } from './branch.ts';
import { Simulator } from './simulator.ts';

export interface SimulateOptions {
  /** Most paths that one packet is followed along. */
  readonly branches?: number;
}

/** Most branches of one packet unless an option says otherwise. */
export const MOST_BRANCHES = 256;

function finalOf(packet: PacketState): FinalPacket {
  const { src, dst, sport, dport, ttl, length } = packet;
  return {
    src,
    dst,
    sport,
    dport,
    mark: exact(packet.mark),
    ttl,
    tos: exact(packet.tos, 0xff),
    length,
    in: packet.in,
    out: packet.out,
  };
}

export function pathOf({ evaluation, lines }: Branch): PredictedPath {
  // Where no TRACE rule matched: as if traced from the first rule.
  const start = Math.max(
    0,
    lines.findIndex(({ traced }) => traced),
  );
  const { disposition, ending, decidedBy } = evaluation.end;
  return {
    steps: lines.slice(start).map(({ step }) => step),
    disposition,
    ending,
    decidedBy,
    probability: evaluation.ask.probability,
    assumptions: evaluation.ask.assumptions.map(
      (assumption): Assumption => ({ ...assumption, at: Math.max(0, assumption.at - start) }),
    ),
    final: finalOf(evaluation.final),
  };
}

/** Paths that nothing shown tells apart have one key. */
function keyOf({ steps, disposition, ending, final }: PredictedPath): string {
  const names = steps.map((step) => `${step.hook} ${step.table}:${step.chain}:${step.number}`);
  const { src, dst, ...rest } = final;
  return JSON.stringify([names, disposition, ending, src?.text, dst?.text, rest]);
}

function sum(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

/** What the merged path needs is what all of its branches needed. */
function mergePaths(paths: readonly PredictedPath[]): readonly PredictedPath[] {
  const merged = new Map<string, PredictedPath>();
  for (const path of paths) {
    const key = keyOf(path);
    const known = merged.get(key);
    if (known === undefined) {
      merged.set(key, path);
      continue;
    }
    const facts = new Set(path.assumptions.map(({ fact }) => fact));
    merged.set(key, {
      ...known,
      probability: sum(known.probability, path.probability),
      assumptions: known.assumptions.filter(({ fact }) => facts.has(fact)),
    });
  }
  return [...merged.values()];
}

/**
 * Predicts each packet's paths. The packets follow each other through one connection table; `n` is the
 * place of each, from 0.
 */
export function* simulate(
  ruleset: Ruleset,
  context: Context,
  packets: Iterable<PacketSpec>,
  options: SimulateOptions = {},
): Generator<Prediction> {
  const simulator = Simulator.open(ruleset, context);
  const limit = Math.max(1, options.branches ?? MOST_BRANCHES);
  let n = 0;
  for (const packet of packets) {
    const { branches, more } = branchesOf(simulator, packet, limit);
    leaveBehind(simulator, branches);
    yield { n: n++, paths: mergePaths(branches.map(pathOf)), more };
  }
}
