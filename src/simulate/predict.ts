/**
 * The branching oracle: follows a packet along every answer that nobody knows, the likeliest first, up to a
 * bound, and carries what each branch left behind on to the next packet.
 */
import type { Address } from '../model/address.ts';
import type { Assumption } from '../model/check.ts';
import type { Context } from '../model/context.ts';
import type { Choice, LoggedStep, Oracle, PacketState, Unfilled, UngivenOutcome } from '../model/oracle.ts';
import type { PacketSpec } from '../model/packet-spec.ts';
import type { FinalPacket, PredictedPath, Prediction } from '../model/prediction.ts';
import type { Ruleset } from '../model/ruleset.ts';
import { exact } from './bits.ts';
import { type Evaluation, Simulator } from './simulator.ts';
import { CT_UNSET } from './skb.ts';

export interface SimulateOptions {
  /** Most paths that one packet is followed along. */
  readonly branches?: number;
}

const BRANCHES = 256;

interface Logged {
  readonly step: LoggedStep;
  readonly traced: boolean;
}

class BranchingOracle implements Oracle {
  readonly lines: Logged[] = [];
  /** Answers other than the one taken, each as the script that leads there. */
  readonly others: number[][] = [];
  readonly #script: readonly number[];
  readonly #taken: number[] = [];

  constructor(script: readonly number[]) {
    this.#script = script;
  }

  choose({ answers, known }: Choice): number {
    if (known !== undefined) return known;
    const scripted = this.#script[this.#taken.length];
    const answer = scripted ?? 0;
    if (scripted === undefined) {
      for (let other = 1; other < answers.length; other++) this.others.push([...this.#taken, other]);
    }
    this.#taken.push(answer);
    return answer;
  }

  fillAddress({ likely }: Unfilled<Address>): Address | undefined {
    return likely;
  }

  fillNumber({ likely }: Unfilled<number>): number | undefined {
    return likely;
  }

  fillName({ likely }: Unfilled<string>): string | undefined {
    return likely;
  }

  step(step: LoggedStep, _packet: PacketState, traced: boolean): boolean {
    this.lines.push({ step, traced });
    return true;
  }

  ungiven(): UngivenOutcome {
    return { verdict: 'ACCEPT', changes: null };
  }
}

interface Branch {
  readonly evaluation: Evaluation;
  readonly oracle: BranchingOracle;
}

function branchesOf(
  simulator: Simulator,
  packet: PacketSpec,
  limit: number,
): { branches: Branch[]; more: boolean } {
  const scripts: number[][] = [[]];
  const branches: Branch[] = [];
  for (let i = 0; i < scripts.length && branches.length < limit; i++) {
    const oracle = new BranchingOracle(scripts[i] ?? []);
    const evaluation = simulator.evaluate(packet, oracle, {
      overridable: false,
      answers: true,
      after: [],
      ct: CT_UNSET,
    });
    if (evaluation === null) continue;
    branches.push({ evaluation, oracle });
    scripts.push(...oracle.others);
  }
  return { branches, more: scripts.length > limit };
}

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

function pathOf({ evaluation, oracle }: Branch): PredictedPath {
  const { lines } = oracle;
  // Where no TRACE rule matched: as if traced from the first rule.
  const start = Math.max(
    0,
    lines.findIndex(({ traced }) => traced),
  );
  const steps = lines.slice(start).map(({ step }) => step);
  const { disposition, ending, decidedBy } = evaluation.end;
  const assumptions = evaluation.ask.assumptions.map(
    (assumption): Assumption => ({ ...assumption, at: Math.max(0, assumption.at - start) }),
  );
  return {
    steps,
    disposition,
    ending,
    decidedBy,
    probability: evaluation.ask.probability,
    assumptions,
    final: finalOf(evaluation.final),
  };
}

/** Paths that nothing shown tells apart are one: its assumptions are those of all of them. */
function keyOf(path: PredictedPath): string {
  const steps = path.steps.map((step) => `${step.hook}${step.table}:${step.chain}:${step.number}`).join(' ');
  const { src, dst, ...rest } = path.final;
  return JSON.stringify([steps, path.disposition, path.ending, src?.text, dst?.text, rest]);
}

function sum(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

function mergePaths(paths: readonly PredictedPath[]): readonly PredictedPath[] {
  const merged = new Map<string, PredictedPath>();
  for (const path of paths) {
    const key = keyOf(path);
    const known = merged.get(key);
    merged.set(
      key,
      known === undefined
        ? path
        : {
            ...known,
            probability: sum(known.probability, path.probability),
            assumptions: known.assumptions.filter(({ fact }) =>
              path.assumptions.some((other) => other.fact === fact),
            ),
          },
    );
  }
  return [...merged.values()];
}

/** Makes what the branches left behind the state that the next packet finds. */
function leave({ state }: Simulator, branches: readonly Branch[]): void {
  const weights = branches.map(({ evaluation }) => evaluation.ask.probability);
  const told = weights.every((weight) => weight !== null);
  const probability = (i: number): number | null =>
    branches.length === 1 ? 1 : told ? (weights[i] ?? null) : null;
  state.connections.merge(
    branches.map(({ evaluation: { connections } }, i) => ({
      written: new Map([...connections.written, ...connections.opened]),
      probability: probability(i),
    })),
  );
  state.sets.merge(
    branches.map(({ evaluation }, i) => ({ written: evaluation.sets, probability: probability(i) })),
  );
  state.recent.merge(
    branches.map(({ evaluation }, i) => ({ written: evaluation.recent, probability: probability(i) })),
  );
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
  const limit = Math.max(1, options.branches ?? BRANCHES);
  let n = 0;
  for (const packet of packets) {
    const { branches, more } = branchesOf(simulator, packet, limit);
    leave(simulator, branches);
    yield { n: n++, paths: mergePaths(branches.map(pathOf)), more };
  }
}
