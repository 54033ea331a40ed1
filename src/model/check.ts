/** Whether the rules explain a walk: DESIGN §3, "Check status". */
import type { ContextKind } from './context.ts';
import type { TableName } from './hook.ts';
import type { Ending } from './prediction.ts';
import type { Disposition } from './walk.ts';

export const CHECK_STATUSES = ['agrees', 'diverges', 'incomplete', 'unchecked'] as const;
export type CheckStatus = (typeof CHECK_STATUSES)[number];

export const ASSUMPTION_KINDS = ['set', 'conntrack', 'chance', 'host', 'packet', 'unseen'] as const;
export type AssumptionKind = (typeof ASSUMPTION_KINDS)[number];

/** What the check had to take from the log because nothing given tells it. */
export interface Assumption {
  /** Index of the step that needed it. */
  readonly at: number;
  readonly kind: AssumptionKind;
  /** One fact in words: `10.0.0.5 is in cali40masq`. */
  readonly fact: string;
  /** The file that would have told. Left out: none could, or nobody says. */
  readonly settledBy?: ContextKind;
}

export interface Divergence {
  /** Index of the first step that contradicts the rules; the number of steps if the walk ends too early. */
  readonly at: number;
  /** `table:chain:type:number`; null: nothing more was to come. */
  readonly expected: string | null;
  /** Null: the log has nothing more. */
  readonly observed: string | null;
  /** `rule` is `table:chain:number`. */
  readonly because: { readonly rule: string; readonly condition: string; readonly value: string } | null;
}

/** What the rules say from a divergence on, as far as nothing unknown decides. */
export interface Branch {
  /** `table:chain:type:number`; the first is what was expected where the walk diverges, none if nothing was. */
  readonly steps: readonly string[];
  /** How the packet would have ended, and what would have decided it (`table:chain:number`); null: that is not certain. */
  readonly end: { readonly disposition: Disposition; readonly by: string | null } | null;
}

export interface Missing {
  readonly after: number;
  readonly steps: readonly string[];
}

export interface Check {
  readonly status: CheckStatus;
  /** Tables of the walk whose rules were not given. */
  readonly unchecked: readonly TableName[];
  readonly assumptions: readonly Assumption[];
  readonly missing: readonly Missing[];
  readonly divergence: Divergence | null;
  /** Of a divergence, if anything of it is known. */
  readonly branch?: Branch;
  /** Why the packet went no further although no rule says so, if the context tells. Left out otherwise. */
  readonly ending?: Ending | null;
}

/** The check of a walk before any rules were held against it. */
export function uncheckedCheck(unchecked: readonly TableName[], missing: readonly Missing[]): Check {
  return { status: 'unchecked', unchecked, assumptions: [], missing, divergence: null };
}
