/**
 * Runs targets on inputs without end and counts: each input has a seed of its own, so that what fails can be run again
 * alone. An input that takes far longer than its length explains is a failure too.
 */
import { Dice } from '../kernel/generate/dice.ts';
import { bytesTarget } from './bytes-target.ts';
import { contextTargets } from './context-targets.ts';
import { logTarget } from './log-target.ts';
import { packetTargets } from './packet-targets.ts';
import { pipelineTargets } from './pipeline-targets.ts';
import { programTarget } from './program-target.ts';
import { rulesTargets } from './rules-targets.ts';
import { inputFor, type Target } from './target.ts';

export const TARGETS: readonly Target[] = [
  logTarget,
  ...rulesTargets,
  ...contextTargets,
  ...packetTargets,
  bytesTarget,
  ...pipelineTargets,
  programTarget,
];

export interface Failure {
  readonly target: string;
  readonly seed: number;
  readonly origin: string;
  readonly text: string;
  readonly error: string;
}

export interface Count {
  inputs: number;
  characters: number;
  /** Processor time, in milliseconds. */
  milliseconds: number;
  /** Of one input. */
  slowest: number;
  failures: number;
}

export function newCount(): Count {
  return { inputs: 0, characters: 0, milliseconds: 0, slowest: 0, failures: 0 };
}

/** Processor time that an input may take, in milliseconds: much, since the machine may be busy and code cold. */
function allowance(target: Target, length: number): number {
  const whole = WHOLE.has(target.name);
  return (whole ? 4000 : 1000) + length * (whole ? 0.5 : 0.1);
}

/** Targets that do far more than read their input. */
export const WHOLE: ReadonlySet<string> = new Set(
  [...pipelineTargets, programTarget].map(({ name }) => name),
);

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Tries the input of one seed. */
export async function tryOne(target: Target, seed: number, count: Count): Promise<Failure | null> {
  const { origin, text } = inputFor(target, new Dice(seed));
  const failed = (error: string): Failure => {
    count.failures++;
    return { target: target.name, seed, origin, text, error };
  };
  const before = processorTime();
  let error: string | null = null;
  try {
    await target.run(text, new Dice(seed + 1));
  } catch (thrown) {
    error = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  }
  const taken = processorTime() - before;
  count.inputs++;
  count.characters += text.length;
  count.milliseconds += taken;
  count.slowest = Math.max(count.slowest, taken);
  if (error !== null) return failed(error);
  return taken > allowance(target, text.length) ? failed(`took ${Math.round(taken)} ms`) : null;
}
