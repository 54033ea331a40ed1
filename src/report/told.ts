/** What findings of a postmortem are made of: groups of equal walks that share a cause, their evidence, the words for them. */
import type { Rule } from '../model/ruleset.ts';
import type { Walk } from '../model/walk.ts';
import type { Group } from './groups.ts';
import { type Evidence, type Line, line, span, type TableBlock, type Tone } from './outline.ts';
import { ownText } from './rule-text.ts';

/** One finding, as a postmortem tells it. */
export interface Told {
  readonly tone: Tone;
  readonly title: Line;
  /** Number of the walk that shows it; null: it is about the input. */
  readonly walk: number | null;
  /** Who is concerned, if more than one kind of packet is; null: the title says it. */
  readonly who: TableBlock | null;
  readonly evidence: readonly Evidence[];
  /** The condition that is responsible; empty if none is known. */
  readonly condition: Line;
  /** What else is known about the cause, a line each. */
  readonly notes: readonly Line[];
  readonly next: string;
}

/** A finding that is about no packet. */
export function toldOfInput(told: Pick<Told, 'tone' | 'title' | 'evidence' | 'next'> & Partial<Told>): Told {
  return { walk: null, who: null, condition: [], notes: [], ...told };
}

/** Findings of one kind that are told; the rest is counted. */
const MAX_OF_A_KIND = 20;

/** Groups with one cause. */
export interface Cluster {
  /** That of the first group. */
  readonly example: Walk;
  readonly groups: Group[];
  count: number;
}

/** Groups that share a key, with the packets of all; those of most packets first. */
export function clusters(groups: readonly Group[], key: (walk: Walk) => string | null): readonly Cluster[] {
  const found = new Map<string, Cluster>();
  for (const group of groups) {
    const { example, count } = group;
    const name = key(example);
    if (name === null) continue;
    const known = found.get(name);
    if (known === undefined) {
      found.set(name, { example, groups: [group], count });
    } else {
      known.groups.push(group);
      known.count += count;
    }
  }
  return [...found.values()]
    .sort((a, b) => b.count - a.count || a.example.n - b.example.n)
    .slice(0, MAX_OF_A_KIND);
}

/** `#17`, with a link. */
export function walkName(n: number): Line {
  return [{ ...span('strong', `#${n}`), walk: n }];
}

/** `: #17` of one packet, `; first #17` of several. */
export function firstOf(walk: Walk, count: number): Line {
  return line(count === 1 ? ': ' : '; first ', walkName(walk.n));
}

/** The step's line; before the end of a walk that ended too early, its last. */
export function stepEvidence({ steps }: Walk, at: number): readonly Evidence[] {
  const event = (steps[at] ?? steps.at(-1))?.event;
  return event === undefined ? [] : [{ place: `${event.file}:${event.line}`, text: event.text }];
}

/** `rules.save:17`. */
export function rulePlace({ source }: Rule): string {
  return `${source.file}:${source.line}`;
}

export function ruleEvidence(rule: Rule): Evidence {
  return { place: rulePlace(rule), text: ownText(rule) };
}
