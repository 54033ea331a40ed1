/** What a target makes of the packet's way: struct xt_target's verdicts, told apart by their reason. */
import type { Ending } from '../../model/prediction.ts';
import type { Run } from '../run.ts';

export type Action =
  | { readonly kind: 'continue' }
  /** The rest of this table is skipped. */
  | { readonly kind: 'accept' }
  /** Back to the calling chain, or to the policy. */
  | { readonly kind: 'return' }
  | { readonly kind: 'jump'; readonly chain: string; readonly goto: boolean }
  /** This table runs again from its first rule (NF_REPEAT). */
  | { readonly kind: 'repeat' }
  | {
      readonly kind: 'end';
      readonly disposition: 'dropped' | 'rejected' | 'queued';
      readonly ending: Ending | null;
    };

export const CONTINUE: Action = { kind: 'continue' };
export const ACCEPT: Action = { kind: 'accept' };
export const RETURN: Action = { kind: 'return' };
export const DROP: Action = { kind: 'end', disposition: 'dropped', ending: null };

/** Meaning of one kind of target. */
export type Effect<T> = (target: T, run: Run) => Action;
