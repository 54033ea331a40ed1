/**
 * Two ways → what sets them apart: the first step that is another, with what became of its rule, what the packet
 * became, and why. A rule is itself wherever it stands; a table that a side did not give is told by numbers.
 */
import {
  CHANGED_FIELDS,
  type ChangedField,
  type PartedStep,
  type Parting,
  type Way,
  type WayStep,
  type WhyDifferent,
} from '../model/difference.ts';
import type { MatchKind } from '../model/match.ts';
import type { Alignment, Side } from './rulesets.ts';

/** Conditions that leave it to chance, or to how many came before: other packets of the same kind fare otherwise. */
const CHANCE: ReadonlySet<MatchKind> = new Set<MatchKind>([
  'statistic-random',
  'statistic-nth',
  'limit',
  'hashlimit',
]);

/** A name of the step that is the same on both sides if the step is. */
function stepId(step: WayStep, family: Way['family'], side: Side, alignment: Alignment): string {
  const { hook, table, chain, place } = step;
  return `${hook} ${table} ${chain} ${endId(step, family, side, alignment)}${place.kind === 'missing' ? ' missing' : ''}`;
}

function endId(
  { table, type, number, place }: WayStep,
  family: Way['family'],
  side: Side,
  alignment: Alignment,
): string {
  if (!alignment.known(family, table)) return `${type}:${number}`;
  switch (place.kind) {
    case 'rule':
      return alignment.of(side, place.rule)?.id ?? `${type}:${number}`;
    case 'policy':
      return `policy ${place.chain.policy}`;
    case 'return':
      return 'return';
    case 'missing':
    case 'ungiven':
      return `${type}:${number}`;
  }
}

/** All steps of a way. */
export function idsOf(way: Way, side: Side, alignment: Alignment): readonly string[] {
  return way.steps.map((step) => stepId(step, way.family, side, alignment));
}

/** A way of one side, with its steps named. */
export interface NamedWay {
  readonly way: Way;
  readonly ids: readonly string[];
}

/** How many steps two ways have in common at their beginning. */
export function commonSteps(a: readonly string[], b: readonly string[]): number {
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i++;
  return i;
}

/** What a packet is at its end, which says nothing where the ends are not the same. */
const OF_THE_END: ReadonlySet<ChangedField> = new Set<ChangedField>(['peer', 'out', 'mark']);

/** What differs; what a side does not know does not. */
export function changedFields(a: NamedWay, b: NamedWay): readonly ChangedField[] {
  const ended = a.way.disposition === b.way.disposition;
  return CHANGED_FIELDS.filter((field) => (ended || !OF_THE_END.has(field)) && differIn(field, a, b));
}

function differIn(field: ChangedField, a: NamedWay, b: NamedWay): boolean {
  switch (field) {
    case 'path':
      return a.ids.length !== b.ids.length || commonSteps(a.ids, b.ids) < a.ids.length;
    case 'disposition':
      return a.way.disposition !== b.way.disposition;
    case 'endpoint': {
      const [x, y] = [a.way.endpoint, b.way.endpoint];
      return x !== null && y !== null && (x.address !== y.address || x.port !== y.port);
    }
    case 'peer':
    case 'in':
    case 'out':
    case 'mark': {
      const [x, y] = [a.way[field], b.way[field]];
      return x !== null && y !== null && x !== y;
    }
  }
}

/** Where the ways part. Null if their steps are the same. */
export function partingOf(a: NamedWay, b: NamedWay, alignment: Alignment): Parting | null {
  const at = commonSteps(a.ids, b.ids);
  if (at === a.ids.length && at === b.ids.length) return null;
  return {
    at,
    a: parted(a.way.steps[at], a.way, 'a', alignment),
    b: parted(b.way.steps[at], b.way, 'b', alignment),
    later: { a: laterRule(a.way, at, 'a', alignment), b: laterRule(b.way, at, 'b', alignment) },
  };
}

function parted(
  step: WayStep | undefined,
  { family }: Way,
  side: Side,
  alignment: Alignment,
): PartedStep | null {
  if (step === undefined) return null;
  const { place } = step;
  if (!alignment.known(family, step.table)) return { step, fate: 'unknown' };
  if (place.kind === 'rule') return { step, fate: alignment.of(side, place.rule)?.fate ?? 'unknown' };
  return { step, fate: place.kind === 'policy' || place.kind === 'return' ? 'both' : 'unknown' };
}

function laterRule(way: Way, at: number, side: Side, alignment: Alignment): PartedStep | null {
  for (const step of way.steps.slice(at + 1)) {
    const found = parted(step, way, side, alignment);
    if (found?.fate === 'only' || found?.fate === 'changed') return found;
  }
  return null;
}

/** Why two ways part here. */
export function whyOf(parting: Parting | null): WhyDifferent {
  if (parting === null) return 'state';
  const { a, b, later } = parting;
  if (later.a !== null || later.b !== null) return 'rules';
  if ([a, b].some((each) => each !== null && each.fate !== 'both')) return 'rules';
  const policies = a?.step.place.kind === 'policy' && b?.step.place.kind === 'policy';
  if (policies && a.step.chain === b.step.chain) return 'rules';
  return isChance(a, b) ? 'chance' : 'state';
}

/** Both steps are of one chain, and a rule of it up to the later one asks for chance. */
function isChance(a: PartedStep | null, b: PartedStep | null): boolean {
  if (a === null || b === null) return false;
  if (a.step.table !== b.step.table || a.step.chain !== b.step.chain || a.step.hook !== b.step.hook)
    return false;
  const { place } = a.step;
  if (place.kind === 'missing' || place.kind === 'ungiven') return false;
  const [from, to] = [Math.min(a.step.number, b.step.number), Math.max(a.step.number, b.step.number)];
  return place.chain.rules
    .slice(from - 1, to)
    .some(({ matches }) => matches.some(({ kind }) => CHANCE.has(kind)));
}
