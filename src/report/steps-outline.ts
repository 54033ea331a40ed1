/**
 * A walk's steps → sections by hook and table: each rule in the words of its owner's file, each change on the
 * step that made it, and what is missing or was lost at the place where it is.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { TraceEvent } from '../model/event.ts';
import type { Place } from '../model/ruleset.ts';
import type { Gap, Step, Walk } from '../model/walk.ts';
import { changeLines, markNote } from './changes.ts';
import { type Line, line, type Row, type Section, span } from './outline.ts';
import { ownTextInChain } from './rule-text.ts';
import { messageOf } from './wording.ts';

/** Most missing steps that a gap names. */
const NAMED_STEPS = 6;

/** The sections of a walk; `losses` are those within its lines. */
export function sectionsOf(walk: Walk, losses: readonly Diagnostic[]): readonly Section[] {
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
    put(step, stepRow(walk, i, step, step.event.file === file ? null : step.event.file));
    file = step.event.file;
  });
  const last = walk.steps.at(-1);
  if (last !== undefined) {
    for (const gap of gaps) if (gap.after >= walk.steps.length - 1) put(last, gapRow(gap));
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

function gapRow(gap: Gap): Row {
  const { length } = gap.steps;
  const named = gap.steps.slice(0, NAMED_STEPS).join(', ');
  const more = length > NAMED_STEPS ? `, and ${length - NAMED_STEPS} more` : '';
  const text =
    length === 0
      ? '… lines are missing here'
      : `… ${length} ${length === 1 ? 'line is' : 'lines are'} missing here: ${named}${more}`;
  return { ...GAP_ROW, text: [span('warn', text)] };
}

function stepRow(walk: Walk, index: number, step: Step, file: string | null): Row {
  const { event, depth, place } = step;
  const end = place.kind === 'policy' || place.kind === 'return';
  const diverges = walk.check.divergence?.at === index;
  return {
    line: event.line,
    file,
    depth,
    place: end ? event.chain : `${event.chain}:${event.number}`,
    text: placeText(place, event, () => matchedBefore((i) => positionOf(walk.steps[i]), index)),
    notes: [
      ...loggedAs(place, event),
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
