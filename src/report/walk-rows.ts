/**
 * Walks as they pass → one short row for each, for a list that can be searched: which group shows its steps,
 * and what tells it from the others of that group. Bounded: beyond the limit, walks are only counted.
 */

import { dportOf, isReply, sportOf } from '../model/packet.ts';
import type { Walk } from '../model/walk.ts';
import type { Group } from './groups.ts';
import { owned } from './own.ts';
import { bothTimes } from './time.ts';
import { endpoints } from './verdict.ts';

export interface WalkRow {
  readonly n: number;
  /** Null: its kind found no room, so its steps are not shown. */
  readonly group: Group | null;
  /** The port that tells it from the others of its group. */
  readonly port: number | null;
  readonly when: string;
  /** `file:line` of its first line. */
  readonly place: string;
  /** IPv4 identification. */
  readonly id: number | null;
  /** Of a walk without group: who and how it ended. */
  readonly alone: string;
}

export class WalkRows {
  beyond = 0;
  readonly rows: WalkRow[] = [];
  private readonly limit: number;

  constructor(limit = 250_000) {
    this.limit = limit;
  }

  add(walk: Walk, group: Group | null): void {
    if (this.rows.length >= this.limit) {
      this.beyond += 1;
      return;
    }
    const { packet, n } = walk;
    const start = walk.steps[0]?.event;
    const time = start === undefined ? null : bothTimes(start.stamp, start.time);
    const when = time ?? (start?.uptime == null ? '' : `uptime ${start.uptime.toFixed(6)}`);
    this.rows.push({
      n,
      group,
      port: isReply(packet) ? dportOf(packet) : sportOf(packet),
      when: owned(when),
      place: start === undefined ? '' : owned(`${start.file}:${start.line}`),
      id: packet.id,
      alone: group === null ? owned(`${endpoints(packet)} ${walk.disposition}`) : '',
    });
  }

  sorted(): readonly WalkRow[] {
    return [...this.rows].sort((a, b) => a.n - b.n);
  }
}
