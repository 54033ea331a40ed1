/**
 * A walk → the lines of its picture: steps of one run of a chain share a line as long as nothing happens
 * between them; each line knows its section, its call depth, and what changed at its end.
 */

import type { Check } from '../../model/check.ts';
import { targetName } from '../../model/target.ts';
import type { Step, Walk } from '../../model/walk.ts';
import { visible } from '../../text/escape.ts';
import { displayWidth } from '../../text/width.ts';
import { changeLines } from '../changes.ts';
import { counted } from '../count.ts';
import type { Line } from '../outline.ts';
import { gapsOf } from '../steps-outline.ts';

export interface PictureLine {
  readonly section: number;
  readonly depth: number;
  /** The chain's name where its run begins, else ''. Steps of one run have the same `run`. */
  readonly chain: string;
  readonly run: number;
  text: string;
  /** What the last of its steps changed. */
  changes: readonly string[];
  sign: 'step' | 'decides' | 'diverges' | 'gap';
  /** For the step that diverges: what the rules say instead, a line for each step, and how it would end. */
  expected: readonly string[] | null;
}

export interface PictureSection {
  readonly title: string;
}

/** Columns that a line's text takes at most. */
const MAX_TEXT = 46;

export function linesOf(walk: Walk): { sections: readonly PictureSection[]; lines: readonly PictureLine[] } {
  const sections: PictureSection[] = [];
  const lines: PictureLine[] = [];
  const gaps = gapsOf(walk);
  const { divergence } = walk.check;
  const open: { chain: string; depth: number; run: number }[] = [];
  let runs = 0;
  const gapAfter = (index: number, section: number, depth: number): void => {
    for (const gap of gaps) {
      if (gap.after !== index) continue;
      const text = gap.steps.length === 0 ? 'lines are missing' : `${gap.steps.length} missing`;
      lines.push({ section, depth, chain: '', run: -1, text, changes: [], sign: 'gap', expected: null });
    }
  };
  walk.steps.forEach((step, i) => {
    const before = walk.steps[i - 1];
    const { event, depth } = step;
    if (before === undefined || before.hook !== step.hook || before.event.table !== event.table) {
      sections.push({ title: `${step.hook} ${event.table}` });
      open.length = 0;
    }
    const section = sections.length - 1;
    if (i === 0) gapAfter(-1, section, 0);
    while ((open.at(-1)?.depth ?? -1) > depth) open.pop();
    const top = open.at(-1);
    let run = top;
    if (run === undefined || run.depth !== depth || run.chain !== event.chain) {
      if (run?.depth === depth) open.pop();
      run = { chain: event.chain, depth, run: runs++ };
      open.push(run);
    }
    const sign = divergence?.at === i ? 'diverges' : walk.decidedBy === i ? 'decides' : 'step';
    const text = tokenOf(step);
    const last = lines.at(-1);
    const joins =
      last !== undefined &&
      last.run === run.run &&
      last.changes.length === 0 &&
      last.sign === 'step' &&
      sign === 'step' &&
      displayWidth(last.text) + displayWidth(text) < MAX_TEXT;
    const changes = changeLines(step)
      .map(plain)
      .filter((change) => !change.startsWith('the new source'));
    if (joins) {
      last.text += ` · ${text}`;
      last.changes = changes;
    } else {
      const begins = lines.every((line) => line.run !== run.run);
      const chain = begins ? visible(event.chain) : '';
      const expected = sign === 'diverges' ? expectedOf(walk.check) : null;
      lines.push({ section, depth, chain, run: run.run, text, changes, sign, expected });
    }
    gapAfter(i, section, depth);
  });
  if (divergence !== null && divergence.at >= walk.steps.length) {
    const expected = expectedOf(walk.check);
    const section = Math.max(0, sections.length - 1);
    lines.push({
      section,
      depth: 0,
      chain: '',
      run: -1,
      text: 'the log has no more',
      changes: [],
      sign: 'diverges',
      expected,
    });
  }
  return { sections, lines };
}

/** Steps of the way that the rules say. */
const BRANCH_STEPS = 6;

function expectedOf({ divergence, branch }: Check): readonly string[] | null {
  if (divergence === null) return null;
  const { steps = [], end = null } = branch ?? {};
  if (steps.length === 0) {
    const only = divergence.expected ?? 'nothing more';
    return (end === null ? [only] : [only, `⇒ ${end.disposition}`]).map(visible);
  }
  const more = steps.length - BRANCH_STEPS;
  return [
    ...steps.slice(0, BRANCH_STEPS),
    ...(more > 0 ? [`and ${counted(more, 'more step')}`] : []),
    ...(end === null ? [] : [`⇒ ${end.disposition}`]),
  ].map(visible);
}

function plain(text: Line): string {
  return visible(text.map((each) => each.text).join(''));
}

/** `3 MARK`, `7 →` for a call, `end`, `policy ACCEPT`. Visible text. */
function tokenOf({ event, place }: Step): string {
  switch (place.kind) {
    case 'rule': {
      const { target } = place.rule;
      if (target.kind === 'jump') return `${event.number} ${target.goto ? '⇢' : '→'}`;
      const name = targetName(target);
      return name === null ? `${event.number}` : `${event.number} ${visible(name)}`;
    }
    case 'policy':
      return `policy ${place.chain.policy ?? '?'}`;
    case 'return':
      return 'end';
    case 'missing':
    case 'ungiven':
      return event.type === 'rule' ? `${event.number}` : `${event.type} ${event.number}`;
  }
}
