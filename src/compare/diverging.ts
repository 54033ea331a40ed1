/**
 * Where the rules and the log part: a walk that no run explains → its first step that contradicts them, what
 * the rules say comes there, and the responsible condition. If the walk would be explained without an
 * earlier step, then that step is the wrong one: what follows it was only believed because lines may be lost.
 */
import type { Divergence } from '../model/check.ts';
import type { Evaluator } from '../model/evaluator.ts';
import { stepName } from '../model/event.ts';
import type { LoggedStep } from '../model/oracle.ts';
import type { Ruleset } from '../model/ruleset.ts';
import type { Walk } from '../model/walk.ts';
import { type Because, becauseOf } from './because.ts';
import { branchOf } from './branch.ts';
import type { Facts } from './facts.ts';
import { firstMismatch } from './fields.ts';
import { isNamed, type Observed } from './observation.ts';
import { type Explanation, explain, linesMissing, type SearchLimits, type Start, search } from './search.ts';
import { startsOf } from './start.ts';
import { isWhole, missingOf, nameOf, ungivenTables } from './verdict.ts';

/** Steps before the first unexplained one that may be the wrong one instead. */
const LOOK_BACK = 3;

/** What a divergence is looked up with. */
export interface Ground {
  readonly ruleset: Ruleset;
  readonly evaluator: Evaluator;
  readonly facts: Facts;
  readonly starts: readonly Start[];
  /** No TRACE rule matches the packet: it counts as traced from its first line on. */
  readonly traced: boolean;
  /** The log is known to lack lines: a gap before the divergence may be one more. */
  readonly lossy: boolean;
  /** Whether packets ended before this one began: then the log's beginning does not cut it. */
  readonly begun: boolean;
  /** What is known may be answered otherwise. */
  readonly mayOverride: boolean;
  readonly limits: SearchLimits;
}

/**
 * The walk with the check of a divergence. `found` is the run that came furthest, null if there was none.
 * @param believed many diverged alike before: the place is taken as it was found
 */
export function diverging(walk: Walk, found: Explanation | null, ground: Ground, believed: boolean): Walk {
  const located =
    believed && found !== null
      ? { explanation: found, without: -1, at: found.observation.met }
      : locate(walk, found, ground);
  const { explanation } = located;
  const parted = parting(walk, ground.lossy ? located : atFirstGap(located, ground.begun), ground);
  const conflict = believed ? null : contradiction(walk, ground);
  const divergence = { ...parted, because: conflict ?? parted.because };
  const branch =
    explanation === null
      ? null
      : branchOf(divergence, explanation, observedOf(walk, located.without, ground), ground.evaluator);
  const missing =
    explanation === null ? [] : missingOf(explanation).filter(({ after }) => after < divergence.at - 1);
  return {
    ...walk,
    // What seemed to be missing by the rules is the divergence itself.
    gaps: missing,
    disposition: isWithinHook(walk) ? 'unknown' : walk.disposition,
    check: {
      status: 'diverges',
      unchecked: ungivenTables(walk),
      assumptions: (explanation?.observation.assumptions ?? []).filter((item) => item.at < divergence.at),
      missing,
      divergence,
      ...(branch === null ? {} : { branch }),
    },
  };
}

/** No rule is known to have stopped it, and where its lines end the kernel stops none by itself. */
function isWithinHook({ disposition, steps }: Walk): boolean {
  const hook = steps.at(-1)?.hook;
  return disposition === 'vanished' && hook !== 'PREROUTING' && hook !== 'OUTPUT';
}

interface Located {
  /** The best explanation of the other steps, or the run that came furthest. */
  readonly explanation: Explanation | null;
  /** The step that the explanation passes over; -1: none. */
  readonly without: number;
  readonly at: number;
}

/**
 * In a log that lacks nothing else, lines that only this walk would lack are the divergence itself: the rules
 * print something there, and the log has another line. Before its first line the log may not have begun.
 */
function atFirstGap(located: Located, begun: boolean): Located {
  const from = begun || located.at <= 1 ? -1 : 0;
  const gap = located.explanation?.observation.missing.find(({ after }) => after >= from);
  return gap === undefined || gap.after + 1 >= located.at ? located : { ...located, at: gap.after + 1 };
}

function locate(walk: Walk, found: Explanation | null, ground: Ground): Located {
  if (found === null) return { explanation: null, without: -1, at: 0 };
  const furthest = found.observation.met;
  let best: Located | null = null;
  for (let at = furthest; at >= 0 && at > furthest - LOOK_BACK; at--) {
    const starts = at === 0 ? startsWithoutFirst(walk, ground) : ground.starts;
    const explanation = search(ground.evaluator, starts, observedOf(walk, at, ground), ground.limits);
    if (explanation?.observation.complete !== true) continue;
    if (best === null || oddity({ explanation, at }) < oddity(best)) best = { explanation, without: at, at };
  }
  return best ?? { explanation: found, without: -1, at: furthest };
}

/** Lines that the log lacks, but for one that the wrong step may stand for. */
function oddity({ explanation, at }: Pick<Located, 'explanation' | 'at'>): number {
  if (explanation === null) return Number.POSITIVE_INFINITY;
  const replaced = explanation.observation.missing.some(({ after }) => after === at - 1);
  return linesMissing(explanation) - (replaced ? 1 : 0);
}

/** If the first line is the wrong one, the packet is what the second shows. */
function startsWithoutFirst(walk: Walk, { starts }: Ground): readonly Start[] {
  const [start] = starts;
  return start === undefined ? [] : startsOf({ ...walk, steps: walk.steps.slice(1) }, start.options);
}

/** The walk's lines, but for one. */
export function observedOf(walk: Walk, without: number, ground: Ground): Observed {
  const { facts, traced, mayOverride } = ground;
  const whole = isWhole(walk, ground.ruleset);
  return { steps: walk.steps, without, traced, whole, settled: facts.settled, mayOverride };
}

function parting(walk: Walk, { explanation, without, at }: Located, ground: Ground): Divergence {
  const observed = walk.steps[at] ?? null;
  const common = { observed, earlier: walk.steps.slice(0, at), ruleset: ground.ruleset };
  const seen: { readonly expected: LoggedStep; readonly because: Because | null }[] = [];
  if (explanation !== null) {
    explain(ground.evaluator, explanation.start, explanation.script, observedOf(walk, without, ground), {
      at: without === at ? at + 1 : at,
      look: (expected, packet, how) => {
        const named = observed !== null && isNamed(expected, observed);
        const mismatch =
          observed === null ? null : firstMismatch(packet, observed.event.packet, expected.hook);
        if (seen.length === 0)
          seen.push({ expected, because: becauseOf({ ...common, expected, mismatch, named, explain: how }) });
      },
    });
  }
  const found = seen[0] ?? {
    expected: null,
    because: becauseOf({ ...common, expected: null, mismatch: null, named: false, explain: null }),
  };
  return {
    at,
    expected: found.expected === null ? null : nameOf(found.expected),
    observed: observed === null ? null : stepName(observed.event),
    because: found.because,
  };
}

/** The fact that earlier packets proved and without which the walk would be explained: the two contradict. */
function contradiction(walk: Walk, ground: Ground): Because | null {
  const { facts } = ground;
  if (facts.settled.size === 0) return null;
  const free = { ...observedOf(walk, -1, ground), settled: new Map<string, number>() };
  const explanation = search(ground.evaluator, ground.starts, free, ground.limits);
  if (explanation?.observation.complete !== true) return null;
  for (const { question, answer } of explanation.observation.given) {
    const settled = facts.settled.get(question.key);
    const proof = facts.proofOf(question.key);
    const { rule } = question;
    if (settled === undefined || settled === answer || proof === null || rule === null) continue;
    return {
      rule: `${rule.table}:${rule.chain}:${rule.number}`,
      condition: question.answers[answer]?.fact ?? '',
      value: `${proof.fact} (packet ${proof.walk})`,
    };
  }
  return null;
}
