/** What an analysis gives: a stream of these, the summary last. Reports fold what they need as it passes. */
import type { CheckStatus } from './check.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { Finding } from './finding.ts';
import type { Ruleset } from './ruleset.ts';
import type { Disposition, Walk } from './walk.ts';

/** Version of the machine contract: fields are added, never renamed. */
export const SCHEMA_VERSION = 1;

export interface Summary {
  /** Lines read, over all logs. */
  readonly lines: number;
  /** traceLines + unparsed + notOurs. A line may hold several records (glued), a record several lines. */
  readonly records: number;
  readonly traceLines: number;
  readonly unparsed: number;
  readonly notOurs: number;
  readonly walks: number;
  readonly dispositions: Readonly<Partial<Record<Disposition, number>>>;
  readonly checks: Readonly<Record<CheckStatus, number>>;
  /** True if the run was interrupted: what stands here is what was done so far. */
  readonly partial: boolean;
}

export type AnalysisRecord =
  /** The rules as they were settled, once, before the first walk: a report quotes them. */
  | { readonly type: 'rules'; readonly ruleset: Ruleset }
  | { readonly type: 'walk'; readonly walk: Walk }
  | { readonly type: 'diagnostic'; readonly diagnostic: Diagnostic }
  /** About the input as a whole; a cause of divergences comes after the walks that show it. */
  | { readonly type: 'finding'; readonly finding: Finding }
  | { readonly type: 'summary'; readonly summary: Summary };
