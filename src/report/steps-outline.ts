/**
 * A walk's steps → sections by hook and table: each rule in the words of its owner's file, each change on the
 * step that made it, and what is missing or was lost at the place where it is.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { TraceEvent } from '../model/event.ts';
import type { Place } from '../model/ruleset.ts';
import type { Gap, Step, Walk } from '../model/walk.ts';
import { changeLines, markNote } from './changes.ts';
import { joined, type Line, line, type Row, type Section, span } from './outline.ts';
import type { Renumbering } from './renumbering.ts';
import { ownTextInChain } from './rule-text.ts';
import { messageOf } from './wording.ts';

/** Most missing steps that a gap names. */
const NAMED_STEPS = 6;

/** The sections of a walk; `losses` are those within its lines. */
export function sectionsOf(
  walk: Walk,
  losses: readonly Diagnostic[],
  renumbering: Renumbering | null,
): readonly Section[] {
  const sections: { hook: Section['hook']; table: Section['table']; rows: Row[] }[] = [];
  const gaps = gapsOf(walk);
  let file = walk.steps[0]?.event.file ?? '';
  const put = (step: Step, row: Row): void => {
    const last = sections.at(-1);
    if (last !== undefined && last.hook === step.hook && last.table === step.event.table) last.rows.push(row);
    else sections.push({ hook: step.hook, table: step.event.table, rows: [row] });
  };
  walk.steps.forEach((step, i) => {
    const before = walk.steps[i - 1] ?? step;
    for (const loss of lossesBetween(losses, before, step)) put(before, lossRow(loss));
    for (const gap of gaps) if (gap.after === i - 1) put(before, gapRow(gap));
    const elsewhere = step.event.file === file ? null : step.event.file;
    put(step, stepRow(walk, i, step, elsewhere, renumbering?.of(step.event) ?? null));
    file = step.event.file;
  });
  const last = walk.steps.at(-1);
  if (last !== undefined) {
    const open = renumbering !== null && renumbering.of(last.event) !== null;
    for (const gap of gaps) {
      if (gap.after >= walk.steps.length - 1) put(last, open ? openEndRow(gap) : gapRow(gap));
    }
  }
  return sections;
}

/** What is missing, as the check names it, or else as the assembly does: by place, each place once. */
export function gapsOf({ gaps, check }: Walk): readonly Gap[] {
  const places = new Map([...gaps, ...check.missing].map((gap) => [gap.after, gap]));
  return [...places.values()].sort((a, b) => a.after - b.after);
}

function lossesBetween(
  losses: readonly Diagnostic[],
  { event: a }: Step,
  { event: b }: Step,
): readonly Diagnostic[] {
  if (losses.length === 0) return [];
  return losses.filter(
    ({ at }) => at.file === a.file && at.line > a.line && (a.file !== b.file || at.line <= b.line),
  );
}

function lossRow(loss: Diagnostic): Row {
  return { ...GAP_ROW, line: loss.at.line, text: [span('warn', `… ${messageOf(loss)}`)] };
}

const GAP_ROW: Row = { line: null, file: null, depth: 0, place: '', text: [], notes: [], weight: null };

function gapRow({ steps }: Gap): Row {
  const { length } = steps;
  const text =
    length === 0
      ? '… lines are missing here'
      : `… ${length} ${length === 1 ? 'line is' : 'lines are'} missing here: ${namesOf(steps)}`;
  return { ...GAP_ROW, text: [span('warn', text)] };
}

/** Behind a last line whose rule may not be the one of these rules. */
function openEndRow({ steps }: Gap): Row {
  const would = steps.length === 0 ? '' : `; by these rules there would follow ${namesOf(steps)}`;
  return { ...GAP_ROW, text: [span('warn', `… no more lines${would}`)] };
}

function namesOf(steps: readonly string[]): string {
  const named = steps.slice(0, NAMED_STEPS).join(', ');
  return steps.length > NAMED_STEPS ? `${named}, and ${steps.length - NAMED_STEPS} more` : named;
}

/** @param renumbered what the line's rule is among these, where its number does not tell */
function stepRow(
  walk: Walk,
  index: number,
  step: Step,
  file: string | null,
  renumbered: readonly (Place | null)[] | null,
): Row {
  const { event, depth } = step;
  const place = renumbered?.length === 1 ? (renumbered[0] ?? step.place) : step.place;
  const end = place.kind === 'policy' || place.kind === 'return';
  const diverges = walk.check.divergence?.at === index;
  const matched = (): boolean => matchedBefore((i) => positionOf(walk.steps[i]), index);
  return {
    line: event.line,
    file,
    depth,
    place: end ? event.chain : `${event.chain}:${event.number}`,
    text: renumbered === null ? placeText(place, event, matched) : renumberedText(renumbered, event, matched),
    notes: [
      ...(renumbered === null || renumbered.length === 1 ? loggedAs(place, event) : []),
      ...(renumbered === null ? [] : numberNote(renumbered, event)),
      ...markNote(walk.steps, step),
      ...changeLines(step),
      ...walk.check.assumptions
        .filter(({ at }) => at === index)
        .map(({ fact }) => line(span('muted', `assumed: ${fact}`))),
      ...(diverges ? [line(span('bad', 'here the kernel and the rules part'))] : []),
    ],
    weight: diverges ? 'diverges' : walk.decidedBy === index ? 'decides' : null,
  };
}

/** The rule among these, or that they lack it, or what it may be. */
function renumberedText(places: readonly (Place | null)[], event: Logged, matched: () => boolean): Line {
  const known = places.flatMap((place) => (place === null ? [] : [placeText(place, event, matched)]));
  if (!places.includes(null)) return joined(known, ' or ');
  const lacking = span('warn', 'a rule that these rules lack');
  return known.length === 0 ? [lacking] : joined([[lacking], ...known], ', or ');
}

/** Which number it has here. */
function numberNote(places: readonly (Place | null)[], { type, number }: Logged): readonly Line[] {
  const here = places.flatMap((place) => (place?.kind === 'rule' ? [place.rule.number] : []));
  if (here.length === 0 || (here.length === 1 && here[0] === number)) return [];
  return [line(span('muted', `${type} ${number} when it was traced, ${here.join(' or ')} in these rules`))];
}

/** What a line prints, and where. */
type Logged = Pick<TraceEvent, 'type' | 'number'>;

/** The rule in its owner's words, or how a chain ends. @param matched whether a rule of this run of the chain matched before */
export function placeText(place: Place, { type, number }: Logged, matched: () => boolean): Line {
  switch (place.kind) {
    case 'rule':
      return line(
        span('code', ownTextInChain(place.rule)),
        ...(place.rule.damaged ? ['  ', span('warn', '(could not be read as a rule)')] : []),
      );
    case 'policy': {
      const { policy } = place.chain;
      if (policy === null) return line('policy', span('muted', ' (the rules given do not say which)'));
      return line('policy ', span(policy === 'DROP' ? 'bad' : 'plain', policy));
    }
    case 'return':
      if (place.chain.rules.length === 0) return line('empty chain');
      return line(matched() ? 'end of chain' : 'end of chain, no rule matched');
    case 'missing':
      return line(span('warn', `${type} ${number}: the rules given have no such rule`));
    case 'ungiven':
      return line(span('muted', type));
  }
}

/** Where in the call stack a step stands. */
interface Position {
  readonly table: string;
  readonly chain: string;
  readonly depth: number;
}

function positionOf(step: Step | undefined): Position | undefined {
  return step === undefined
    ? undefined
    : { table: step.event.table, chain: step.event.chain, depth: step.depth };
}

/** Whether a rule of this very run of the chain matched before: the steps since the jump into it. */
export function matchedBefore(at: (index: number) => Position | undefined, index: number): boolean {
  const end = at(index);
  if (end === undefined) return false;
  for (let i = index - 1; i >= 0; i--) {
    const step = at(i);
    if (step === undefined || step.table !== end.table || step.depth < end.depth) return false;
    if (step.depth === end.depth) return step.chain === end.chain;
  }
  return false;
}

/** Where the log's word is not what ran: the kernel says `policy` of an unconditional rule too. */
export function loggedAs(place: Place, { type, number }: Logged): readonly Line[] {
  if (place.kind !== 'rule' || type === 'rule') return [];
  return [line(span('muted', `an unconditional rule: the log says ${type}:${number}`))];
}
