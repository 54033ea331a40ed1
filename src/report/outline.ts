/**
 * A report before it has a format: blocks of spans, told once and rendered by each format in its way. All
 * text is raw input or ours alike: renderers escape every span, so an outline holds no markup and no colour.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Hook, TableName } from '../model/hook.ts';
import type { Picture } from './pictures/picture.ts';

/** What a span is, for a format to make visible. Never the only carrier of a meaning. */
export type Tone = 'plain' | 'strong' | 'muted' | 'code' | 'good' | 'bad' | 'warn' | 'change';

export interface Span {
  readonly text: string;
  readonly tone: Tone;
  /** Number of the walk that it names, for a format that has links. */
  readonly walk?: number;
}
export type Line = readonly Span[];

/** A span of this tone. */
export function span(tone: Tone, text: string): Span {
  return { text, tone };
}

/** A line of spans; bare strings are plain. */
export function line(...parts: readonly (string | Span | Line)[]): Line {
  return parts.flatMap((part): readonly Span[] =>
    typeof part === 'string' ? (part === '' ? [] : [span('plain', part)]) : 'tone' in part ? [part] : part,
  );
}

/** Lines with a separator between them; empty ones are left out. */
export function joined(lines: readonly Line[], separator: string): Line {
  return lines
    .filter((each) => each.length > 0)
    .flatMap((each, i) => (i === 0 ? each : [span('plain', separator), ...each]));
}

export type Block =
  /** `id`: a name for links that stays the same from report to report. Level 2 is the main one. */
  | { readonly kind: 'heading'; readonly text: Line; readonly id?: string; readonly level?: 2 | 3 }
  | { readonly kind: 'paragraph'; readonly text: Line }
  /** One line each, a further line of the same item indented. */
  | { readonly kind: 'list'; readonly items: readonly Line[] }
  | TableBlock
  /** Lines of the inputs, to the letter, with their places. */
  | { readonly kind: 'evidence'; readonly items: readonly Evidence[] }
  /** What a picture shows, and the same as a table for formats that cannot draw. */
  | { readonly kind: 'picture'; readonly picture: Picture; readonly table: TableBlock }
  | { readonly kind: 'diagnostic'; readonly diagnostic: Diagnostic }
  | { readonly kind: 'walk'; readonly walk: WalkOutline };

export interface TableBlock {
  readonly kind: 'table';
  readonly head: readonly string[];
  readonly align: readonly ('left' | 'right')[];
  readonly rows: readonly (readonly Line[])[];
}

export interface Evidence {
  /** `syslog.log:17`; '' if it has none. */
  readonly place: string;
  readonly text: string;
}

/** One packet's walk: the verdict, what is known about it, and every step. */
export interface WalkOutline {
  readonly n: number;
  /** How many walks like this one it stands for. */
  readonly count: number;
  readonly verdict: Line;
  /** Where, when, why: one line each. */
  readonly facts: readonly Line[];
  /** For a divergence: expected beside observed. */
  readonly divergence: DivergenceOutline | null;
  readonly sections: readonly Section[];
}

/** The steps of one table at one hook. */
export interface Section {
  readonly hook: Hook;
  readonly table: TableName;
  readonly rows: readonly Row[];
}

export interface Row {
  /** Line number in the log; null for what is not in it. Of a prediction, which has no log: the step, from 1. */
  readonly line: number | null;
  /** File of that line, if it is another one than the row before has. */
  readonly file: string | null;
  readonly depth: number;
  /** `chain:number`, or the chain alone where no rule is meant; '' for a gap. */
  readonly place: string;
  readonly text: Line;
  /** Under the text: what the step changed, who set the mark it tests, what was assumed. */
  readonly notes: readonly Line[];
  /** The step that decided the packet's fate, or the first that contradicts the rules. */
  readonly weight: 'decides' | 'diverges' | null;
}

export interface DivergenceOutline {
  readonly title: Line;
  /** `at`: step number from 1. The rows before `at` agree. */
  readonly rows: readonly {
    readonly step: number;
    readonly expected: Line;
    readonly observed: Line;
    readonly parts: boolean;
  }[];
  /** The rules in question, and the condition that is responsible. */
  readonly reasons: readonly Line[];
}
