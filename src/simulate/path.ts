/**
 * Branches → the paths that a person is shown: lines from where TRACE switched on, and branches that nothing
 * shown tells apart as one, the likeliest first.
 */
import type { Assumption } from '../model/check.ts';
import type { PacketSnapshot, PredictedPath } from '../model/prediction.ts';
import type { Branch } from './branch.ts';
import { snapshotOf } from './snapshot.ts';

function pathOf({ evaluation, lines, unchecked }: Branch): PredictedPath {
  const start = lines.findIndex(({ traced }) => traced);
  const first = Math.max(0, start);
  const shown = lines.slice(first);
  const { disposition, ending, decidedBy } = evaluation.end;
  return {
    steps: shown.map(({ step }) => step),
    states: shown.map(({ state }) => state),
    traced: start >= 0 ? true : unchecked.includes('raw') ? null : false,
    disposition,
    ending,
    decidedBy,
    probability: evaluation.ask.probability,
    assumptions: evaluation.ask.assumptions.map(
      (assumption): Assumption => ({ ...assumption, at: Math.max(0, assumption.at - first) }),
    ),
    unchecked,
    wanting: [...evaluation.ask.wanting],
    final: snapshotOf(evaluation.final),
  };
}

function snapshotKey({ src, dst, ...rest }: PacketSnapshot): readonly unknown[] {
  return [src?.text, dst?.text, rest];
}

/** Paths that nothing shown tells apart have one key. */
function keyOf({ steps, disposition, ending, final }: PredictedPath): string {
  const names = steps.map((step) => `${step.hook} ${step.table}:${step.chain}:${step.number}`);
  return JSON.stringify([names, disposition, ending, snapshotKey(final)]);
}

function sum(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

const OR = ', or ';
/** Longest text of alternatives; what would be longer is left out. */
const LONGEST = 240;

/** What the merged path needs: what both need, and of the rest one or the other. */
function merge(a: PredictedPath, b: PredictedPath): PredictedPath {
  const common = new Set(b.assumptions.map(({ fact }) => fact));
  const rest = a.assumptions.filter(({ fact }) => !common.has(fact));
  const other = b.assumptions.filter(({ fact }) => a.assumptions.every((known) => known.fact !== fact));
  const either = eitherOf(rest, other);
  return {
    ...a,
    probability: sum(a.probability, b.probability),
    assumptions: a.assumptions.flatMap((assumption) => {
      if (common.has(assumption.fact)) return [assumption];
      return either !== null && assumption === rest[0] ? [{ ...assumption, fact: either }] : [];
    }),
    wanting: [...new Set([...a.wanting, ...b.wanting])],
  };
}

/** Null: one side needs nothing more, or there is too much to say. */
function eitherOf(a: readonly Assumption[], b: readonly Assumption[]): string | null {
  if (a.length === 0 || b.length === 0) return null;
  const [one, other] = [a, b].map((side) => side.map(({ fact }) => fact).join(' and '));
  if (one === undefined || other === undefined || one.split(OR).includes(other)) return one ?? null;
  const text = one + OR + other;
  return text.length > LONGEST ? null : text;
}

/** @returns the paths, and of each branch the index of its path */
export function pathsOf(branches: readonly Branch[]): {
  readonly paths: readonly PredictedPath[];
  readonly indices: readonly number[];
} {
  const merged = new Map<string, PredictedPath>();
  const keys = branches.map((branch) => {
    const path = pathOf(branch);
    const key = keyOf(path);
    const known = merged.get(key);
    merged.set(key, known === undefined ? path : merge(known, path));
    return key;
  });
  const ordered = [...merged].sort(([, a], [, b]) => (b.probability ?? 0) - (a.probability ?? 0));
  const places = new Map(ordered.map(([key], i) => [key, i]));
  return { paths: ordered.map(([, path]) => path), indices: keys.map((key) => places.get(key) ?? 0) };
}
