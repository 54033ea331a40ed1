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
import type { Facts } from './facts.ts';
import { firstMismatch } from './fields.ts';
import { isNamed, type Observed } from './observation.ts';
import { type Explanation, explain, linesMissing, type SearchLimits, type Start, search } from './search.ts';
import { missingOf, nameOf, ungivenTables } from './verdict.ts';

/** Steps before the first unexplained one that may be the wrong one instead. */
const LOOK_BACK = 3;

export interface Parted {
  readonly walk: Walk;
  readonly divergence: Divergence;
}

/** What a divergence is looked up with. */
export interface Ground {
  readonly ruleset: Ruleset;
  readonly evaluator: Evaluator;
  readonly facts: Facts;
  readonly starts: readonly Start[];
  /** No TRACE rule matches the packet: it counts as traced from its first line on. */
  readonly traced: boolean;
  readonly limits: SearchLimits;
}

/** The walk with the check of a divergence. `found` is the run that came furthest, null if there was none. */
export function diverging(walk: Walk, found: Explanation | null, ground: Ground): Walk {
  const { explanation, at } = locate(walk, found, ground);
  const divergence = contradiction(walk, ground) ?? parting(walk, explanation, at, ground);
  return {
    ...walk,
    check: {
      status: 'diverges',
      unchecked: ungivenTables(walk),
      assumptions: (explanation?.observation.assumptions ?? []).filter((item) => item.at < divergence.at),
      missing:
        explanation === null ? [] : missingOf(explanation).filter(({ after }) => after < divergence.at - 1),
      divergence,
    },
  };
}

interface Located {
  /** The best explanation of the other steps, or the run that came furthest. */
  readonly explanation: Explanation | null;
  readonly at: number;
}

function locate(walk: Walk, found: Explanation | null, ground: Ground): Located {
  if (found === null) return { explanation: null, at: 0 };
  const furthest = found.observation.met;
  let best: Located | null = null;
  for (let at = furthest; at >= 0 && at > furthest - LOOK_BACK; at--) {
    const explanation = search(ground.evaluator, ground.starts, observedOf(walk, at, ground), ground.limits);
    if (explanation?.observation.complete !== true) continue;
    const known = best?.explanation;
    if (known == null || linesMissing(explanation) < linesMissing(known)) best = { explanation, at };
  }
  return best ?? { explanation: found, at: furthest };
}

function observedOf(walk: Walk, without: number, { facts, traced }: Ground): Observed {
  return { steps: walk.steps, without, traced, settled: facts.settled, mayOverride: false };
}

function parting(walk: Walk, explanation: Explanation | null, at: number, ground: Ground): Divergence {
  const observed = walk.steps[at] ?? null;
  const before = walk.steps[at - 1] ?? null;
  let expected: LoggedStep | null = null;
  let because: Because | null | undefined;
  if (explanation !== null) {
    const { complete } = explanation.observation;
    const again = observedOf(walk, complete ? at : -1, ground);
    explain(ground.evaluator, explanation.start, explanation.script, again, {
      at: complete ? at + 1 : at,
      look: (step, packet, how) => {
        if (because !== undefined) return;
        expected = step;
        const named = observed !== null && isNamed(step, observed);
        const mismatch = named ? firstMismatch(packet, observed.event.packet, observed.hook) : null;
        because = becauseOf({
          expected: step,
          observed,
          before,
          mismatch,
          explain: how,
          ruleset: ground.ruleset,
        });
      },
    });
  }
  because ??= becauseOf({
    expected: null,
    observed,
    before,
    mismatch: null,
    explain: null,
    ruleset: ground.ruleset,
  });
  return {
    at,
    expected: expected === null ? null : nameOf(expected),
    observed: observed === null ? null : stepName(observed.event),
    because,
  };
}

/** Whether the walk would be explained if earlier packets had not proven otherwise: then those two contradict. */
function contradiction(walk: Walk, ground: Ground): Divergence | null {
  const { facts } = ground;
  if (facts.settled.size === 0) return null;
  const free = { ...observedOf(walk, -1, ground), settled: new Map<string, number>() };
  const explanation = search(ground.evaluator, ground.starts, free, ground.limits);
  if (explanation?.observation.complete !== true) return null;
  for (const { question, answer, at } of explanation.observation.given) {
    const settled = facts.settled.get(question.key);
    const proof = facts.proofOf(question.key);
    if (settled === undefined || settled === answer || proof === null) continue;
    const { rule } = question;
    const observed = walk.steps[at];
    return {
      at,
      expected: null,
      observed: observed === undefined ? null : stepName(observed.event),
      because:
        rule === null
          ? null
          : {
              rule: `${rule.table}:${rule.chain}:${rule.number}`,
              condition: question.answers[answer]?.fact ?? '',
              value: `${proof.fact} (packet ${proof.walk})`,
            },
    };
  }
  return null;
}
