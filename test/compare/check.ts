/** Runs the check over walks, with the real evaluator. */
import { Checker } from '../../src/compare/index.ts';
import type { Context } from '../../src/model/context.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { Ruleset } from '../../src/model/ruleset.ts';
import type { Walk } from '../../src/model/walk.ts';
import { openEvaluator } from '../../src/simulate/index.ts';

export interface Checked {
  readonly walks: readonly Walk[];
  readonly findings: readonly Finding[];
}

export function check(walks: readonly Walk[], ruleset: Ruleset, context: Context): Checked {
  const checked: Walk[] = [];
  const findings: Finding[] = [];
  const checker = new Checker(
    { ruleset, context, evaluator: () => openEvaluator(ruleset, context) },
    { walk: (walk) => void checked.push(walk), finding: (found) => void findings.push(found) },
  );
  for (const walk of walks) checker.push(walk);
  checker.end();
  return { walks: checked, findings };
}

/** A divergence in one line, for a table of failures. */
export function describe({ n, check: { status, divergence, assumptions, missing } }: Walk): string {
  const because = divergence?.because;
  const parts = [
    `#${n} ${status}`,
    divergence === null
      ? ''
      : `at ${divergence.at}: expected ${divergence.expected}, observed ${divergence.observed}`,
    because == null ? '' : `because ${because.rule} ${because.condition} (${because.value})`,
    ...assumptions.map(({ at, kind, fact }) => `assumed at ${at}: ${kind} ${fact}`),
    ...missing.map(({ after, steps }) => `missing after ${after}: ${steps.join(' ')}`),
  ];
  return parts.filter((part) => part !== '').join('; ');
}
