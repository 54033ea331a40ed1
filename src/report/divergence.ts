/**
 * A divergence → expected beside observed around the first step that contradicts the rules, the texts of
 * the rules in question and the responsible condition with the packet's value.
 */
import type { Branch, Divergence } from '../model/check.ts';
import { isTableName } from '../model/hook.ts';
import { type Place, placeOf, type Ruleset } from '../model/ruleset.ts';
import type { Walk } from '../model/walk.ts';
import { becauseLine } from './because.ts';
import { type DivergenceOutline, type Line, line, span } from './outline.ts';
import { nameOf } from './record.ts';
import type { Renumbering } from './renumbering.ts';
import { ownText } from './rule-text.ts';
import { DISPOSITION_TONE } from './verdict.ts';

/** Steps shown before the diverging one, and after it: more where it is known how the rules go on. */
const CONTEXT = 2;
const BRANCH = 4;

/** @param ruleset Null: only rules that the walk itself met are quoted. */
export function divergenceOutline(
  walk: Walk,
  ruleset: Ruleset | null,
  renumbering: Renumbering | null = null,
): DivergenceOutline | null {
  const { divergence, branch } = walk.check;
  if (divergence === null) return null;
  const { at, expected, observed, because } = divergence;
  const step = walk.steps[at]?.event;
  const place = step === undefined ? 'after the last step' : `at step ${at + 1} (${step.file}:${step.line})`;
  const other = step === undefined ? null : (renumbering?.of(step) ?? null);
  const rows = [];
  for (let i = Math.max(0, at - CONTEXT); i < Math.min(walk.steps.length, at); i++) {
    const name = line(nameAt(walk, i));
    rows.push({ step: i + 1, expected: name, observed: name, parts: false });
  }
  rows.push({
    step: at + 1,
    expected: line(span('good', expected ?? 'nothing more')),
    observed: line(span('bad', observed ?? 'nothing more')),
    parts: true,
  });
  const told = Math.min(branch?.steps.length ?? 0, 1 + BRANCH);
  const end = Math.max(Math.min(walk.steps.length, at + 1 + Math.max(CONTEXT, told - 1)), at + told);
  for (let i = at + 1; i < end; i++) {
    const next = branch?.steps[i - at];
    const expected = next === undefined ? [] : line(span('good', next));
    rows.push({ step: i + 1, expected, observed: line(nameAt(walk, i)), parts: false });
  }
  return {
    title: line(span('bad', 'diverges'), ` from the rules ${place}`),
    rows,
    reasons: [
      ...(expected === observed
        ? quote('both are at', observed, walk, ruleset)
        : [
            ...quote('the rules say', expected, walk, ruleset),
            ...(other === null ? quote('the kernel ran', observed, walk, ruleset) : otherLines(other)),
          ]),
      ...(other !== null && step !== undefined
        ? [line(`because: ${step.table} ${step.chain} was not what these rules have (see the findings)`)]
        : because === null
          ? []
          : [line('because: ', becauseLine(divergence))]),
      ...endLines(branch, divergence),
    ],
  };
}

/** What the kernel ran, where the number of its line is not the one of these rules. */
function otherLines(places: readonly (Place | null)[]): readonly Line[] {
  const [place, ...more] = places;
  if (place === undefined || more.length > 0) return [];
  return place === null
    ? [line('the kernel ran: a rule that these rules lack')]
    : quotePlace('the kernel ran', place);
}

/** How it would have ended, and why without what the log has: nat rules are asked for a connection's first packet only. */
function endLines(branch: Branch | undefined, { expected, observed }: Divergence): readonly Line[] {
  const end = branch?.end ?? null;
  if (end === null) return [];
  const { disposition, by } = end;
  const settled = expected === null && observed?.startsWith('nat:') === true && by === null;
  const decider = by === null ? '' : `, by ${by}`;
  const why = settled ? ' without nat, which only the first packet of a connection passes' : decider;
  return [line('by the rules it would be ', span(DISPOSITION_TONE[disposition], disposition), why)];
}

function nameAt(walk: Walk, index: number): string {
  const step = walk.steps[index];
  return step === undefined ? '' : nameOf(step);
}

function quote(intro: string, name: string | null, walk: Walk, ruleset: Ruleset | null): readonly Line[] {
  const place = name === null ? null : placeNamed(name, walk, ruleset);
  return place === null ? [] : quotePlace(intro, place);
}

function quotePlace(intro: string, place: Place): readonly Line[] {
  switch (place.kind) {
    case 'rule': {
      const { rule } = place;
      const where = `  (${rule.source.file}:${rule.source.line})`;
      return [line(`${intro}: `, span('code', ownText(rule)), span('muted', where))];
    }
    case 'return':
      return [line(`${intro}: the end of chain ${place.chain.name}`)];
    case 'policy':
      return [line(`${intro}: the policy of ${place.chain.name}, ${place.chain.policy ?? 'not known'}`)];
    case 'missing':
      return [line(`${intro}: a rule that the rules given do not have`)];
    case 'ungiven':
      return [];
  }
}

function placeNamed(name: string, walk: Walk, ruleset: Ruleset | null): Place | null {
  const met = walk.steps.find((step) => nameOf(step) === name);
  if (met !== undefined) return met.place;
  const [, table = '', chain = '', number = ''] = /^([^:]+):(.+):[a-z]+:(\d+)$/.exec(name) ?? [];
  if (ruleset === null || !isTableName(table)) return null;
  return placeOf(ruleset, walk.packet.family, { table, chain, number: Number(number) });
}
