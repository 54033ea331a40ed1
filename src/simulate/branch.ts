/**
 * The branching oracle: follows a packet along every answer that nobody knows, the likeliest first, up to a
 * bound. What is known, or usual, it takes as it is.
 */
import type { Address } from '../model/address.ts';
import type { Explain } from '../model/evaluator.ts';
import type { Hook, TableName } from '../model/hook.ts';
import type { Choice, LoggedStep, Oracle, PacketState, Unfilled, UngivenOutcome } from '../model/oracle.ts';
import type { PacketSpec } from '../model/packet-spec.ts';
import type { PacketSnapshot } from '../model/prediction.ts';
import type { EvaluateOptions, Evaluation, Simulator } from './simulator.ts';
import { CT_UNSET } from './skb.ts';
import { snapshotOf } from './snapshot.ts';

interface LoggedLine {
  readonly step: LoggedStep;
  readonly traced: boolean;
  readonly state: PacketSnapshot;
}

type Hear = (step: LoggedStep, explain: Explain) => void;

/** A branch to be followed: the answers that lead there, and how likely they are; untold ones count as even. */
interface Fork {
  readonly script: readonly number[];
  readonly weight: number;
}

class BranchingOracle implements Oracle {
  readonly lines: LoggedLine[] = [];
  /** Tables that were passed without their rules. */
  readonly unchecked: TableName[] = [];
  /** Answers other than those taken. */
  readonly others: Fork[] = [];
  readonly #script: readonly number[];
  readonly #taken: number[] = [];
  #weight = 1;
  readonly #hear: Hear | null;
  readonly #isGiven: (table: TableName) => boolean;

  constructor(script: readonly number[], hear: Hear | null, isGiven: (table: TableName) => boolean) {
    this.#script = script;
    this.#isGiven = isGiven;
    this.#hear = hear;
  }

  choose({ answers, known }: Choice): number {
    if (known !== undefined) return known;
    const scripted = this.#script[this.#taken.length];
    const answer = scripted ?? 0;
    const weightOf = (index: number): number =>
      this.#weight * (answers[index]?.probability ?? 1 / answers.length);
    if (scripted === undefined) {
      for (let other = 1; other < answers.length; other++) {
        this.others.push({ script: [...this.#taken, other], weight: weightOf(other) });
      }
    }
    this.#weight = weightOf(answer);
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

  step(step: LoggedStep, packet: PacketState, traced: boolean, explain: Explain): boolean {
    this.lines.push({ step, traced, state: snapshotOf(packet) });
    this.#hear?.(step, explain);
    return true;
  }

  ungiven(_hook: Hook, table: TableName): UngivenOutcome {
    if (!this.#isGiven(table) && !this.unchecked.includes(table)) this.unchecked.push(table);
    return { verdict: 'ACCEPT', changes: null };
  }
}

/** One way that the packet may go. */
export interface Branch {
  readonly evaluation: Evaluation;
  readonly lines: readonly LoggedLine[];
  /** Tables that were met without their rules, which nobody gave. */
  readonly unchecked: readonly TableName[];
}

/** Listens to one branch; made anew for each. */
export interface Ear {
  readonly hear: Hear;
  readonly watch: EvaluateOptions['watch'];
}

/**
 * All branches of a packet, up to `limit`.
 * @returns `more`: there are others that were not followed
 */
export function branchesOf(
  simulator: Simulator,
  packet: PacketSpec,
  limit: number,
  ear: (() => Ear) | null = null,
): { readonly branches: readonly Branch[]; readonly more: boolean } {
  const forks: Fork[] = [{ script: [], weight: 1 }];
  const branches: Branch[] = [];
  while (branches.length < limit) {
    const fork = takeLikeliest(forks);
    if (fork === null) break;
    const listening = ear?.() ?? null;
    const oracle = new BranchingOracle(fork.script, listening?.hear ?? null, (table) =>
      simulator.isGiven(packet.family, table),
    );
    const evaluation = simulator.evaluate(packet, oracle, {
      overridable: false,
      answers: true,
      after: [],
      ct: CT_UNSET,
      watch: listening?.watch ?? null,
    });
    forks.push(...oracle.others);
    if (evaluation === null) continue;
    branches.push({ evaluation, lines: oracle.lines, unchecked: oracle.unchecked });
  }
  return { branches, more: forks.length > 0 };
}

/** Takes out the first of the likeliest. */
function takeLikeliest(forks: Fork[]): Fork | null {
  let at = 0;
  for (const [i, { weight }] of forks.entries()) if (weight > (forks[at]?.weight ?? 0)) at = i;
  return forks.splice(at, 1)[0] ?? null;
}

/** Makes what the branches left behind the state that the next packet finds. */
export function leaveBehind({ state }: Simulator, branches: readonly Branch[]): void {
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
