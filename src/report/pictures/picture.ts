/**
 * What the pictures of a report show, as data: the folds make them, `html/` draws them. A picture is never
 * the only carrier of a fact: the block that holds it has the same as a table.
 */
import type { Hook, TableName } from '../../model/hook.ts';

/** What a packet's end means in a picture. */
export const PICTURE_ENDS = ['well', 'stopped', 'open'] as const;
export type PictureEnd = (typeof PICTURE_ENDS)[number];

/** How many packets met a table at a hook, and how many of them it stopped. */
export interface OverviewCell {
  readonly hook: Hook;
  readonly table: TableName;
  readonly packets: number;
  readonly stopped: number;
}

/** Packets of one host over time. */
export interface TimelineLane {
  readonly host: string;
  /** `utc` and `uptime` in seconds; `order`: no time is known, packets stand by their number. */
  readonly base: 'utc' | 'uptime' | 'order';
  readonly from: number;
  /** Length of a bin in the base's unit. */
  readonly width: number;
  /** Packets in each bin by how they ended, in the order of PICTURE_ENDS. */
  readonly bins: readonly (readonly number[])[];
}

export type Picture =
  | { readonly kind: 'overview'; readonly cells: readonly OverviewCell[] }
  | {
      readonly kind: 'timeline';
      readonly lanes: readonly TimelineLane[];
      /** The incident, in seconds of the base `utc`; null: not asked for, or not known in it. */
      readonly incident: { readonly from: number | null; readonly to: number | null } | null;
    };
