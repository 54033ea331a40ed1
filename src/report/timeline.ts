/**
 * Walks as they pass → packets over time, for each host. Histograms of bounded size: a bin doubles its
 * width when a packet lies beyond them. Hosts that tell the date share one axis; others have their own.
 */
import type { Disposition, Walk } from '../model/walk.ts';
import { number } from './count.ts';
import { type Block, type Line, line, span, type TableBlock } from './outline.ts';
import { owned } from './own.ts';
import type { Picture, PictureEnd, TimelineLane } from './pictures/picture.ts';
import { isoTime } from './time.ts';

const BINS = 128;
const ENDS = 3;
/** Seconds of a bin before any doubling; for an order, packets. */
const FIRST_WIDTH = { utc: 0.001, uptime: 0.001, order: 1 } as const;
const MAX_HOSTS = 50;

const PICTURE_END: Readonly<Record<Disposition, PictureEnd>> = {
  forwarded: 'well',
  delivered: 'well',
  sent: 'well',
  dropped: 'stopped',
  rejected: 'stopped',
  queued: 'stopped',
  vanished: 'open',
  unknown: 'open',
};
const END_INDEX: Readonly<Record<PictureEnd, number>> = { well: 0, stopped: 1, open: 2 };

type Base = TimelineLane['base'];

class Histogram {
  readonly base: Base;
  private start: number;
  private width: number;
  private bins = new Float64Array(BINS * ENDS);

  constructor(base: Base, first: number) {
    this.base = base;
    this.width = FIRST_WIDTH[base];
    this.start = first;
  }

  add(value: number, end: number): void {
    while (value < this.start) this.double(true);
    while (value >= this.start + this.width * BINS) this.double(false);
    const bin = Math.min(BINS - 1, Math.floor((value - this.start) / this.width));
    const index = bin * ENDS + end;
    this.bins[index] = (this.bins[index] ?? 0) + 1;
  }

  /** The bins from the first that is used to the last. */
  lane(host: string): TimelineLane {
    const all = Array.from({ length: BINS }, (_, i) => [...this.bins.subarray(i * ENDS, (i + 1) * ENDS)]);
    const isUsed = (bin: readonly number[]): boolean => bin.some((count) => count > 0);
    const first = all.findIndex(isUsed);
    const bins = all.slice(first, all.findLastIndex(isUsed) + 1);
    return { host, base: this.base, from: this.start + first * this.width, width: this.width, bins };
  }

  /** @param towardsPast What is there moves to the later half, else to the earlier one. */
  private double(towardsPast: boolean): void {
    const doubled = new Float64Array(BINS * ENDS);
    const offset = towardsPast ? BINS / 2 : 0;
    for (let bin = 0; bin < BINS; bin++) {
      for (let end = 0; end < ENDS; end++) {
        const index = (offset + Math.floor(bin / 2)) * ENDS + end;
        doubled[index] = (doubled[index] ?? 0) + (this.bins[bin * ENDS + end] ?? 0);
      }
    }
    if (towardsPast) this.start -= this.width * BINS;
    this.width *= 2;
    this.bins = doubled;
  }
}

export class Timeline {
  /** Packets that are in no lane: too many hosts, or no time beside others that have one. */
  beyond = 0;
  private readonly lanes = new Map<string, Histogram>();
  /** When a host's uptime was 0, in seconds of its dates. */
  private readonly boots = new Map<string, number>();

  add(walk: Walk): void {
    const first = walk.steps[0]?.event;
    if (first === undefined) return;
    const host = walk.host ?? '';
    const base: Base = first.time !== null ? 'utc' : first.uptime !== null ? 'uptime' : 'order';
    const value =
      first.time !== null ? this.finer(host, first.time / 1000, first.uptime) : (first.uptime ?? walk.n);
    let lane = this.lanes.get(host);
    if (lane === undefined && this.lanes.size < MAX_HOSTS && Number.isFinite(value)) {
      lane = new Histogram(base, value);
      this.lanes.set(owned(host), lane);
    }
    if (lane === undefined || lane.base !== base || !Number.isFinite(value)) this.beyond += 1;
    else lane.add(value, END_INDEX[PICTURE_END[walk.disposition]]);
  }

  /** Seconds of a date with the fraction that the uptime tells, where the date has none. */
  private finer(host: string, time: number, uptime: number | null): number {
    if (uptime === null || !Number.isInteger(time)) return time;
    const known = this.boots.get(host);
    // Away by more than the second that is missing: the clock was set, or the host began anew.
    if (known !== undefined && Math.abs(known + uptime - time) < 1.5) return known + uptime;
    if (known !== undefined || this.boots.size < MAX_HOSTS)
      this.boots.set(known === undefined ? owned(host) : host, time - uptime);
    return time;
  }

  result(): readonly TimelineLane[] {
    return [...this.lanes].map(([host, lane]) => lane.lane(host)).sort((a, b) => (a.host < b.host ? -1 : 1));
  }
}

type Incident = Extract<Picture, { readonly kind: 'timeline' }>['incident'];

/** The picture of packets over time. */
export function timelineBlocks(timeline: Timeline, incident: Incident): readonly Block[] {
  const lanes = timeline.result();
  if (lanes.length === 0) return [];
  const rest = timeline.beyond;
  return [
    { kind: 'heading', text: line('Packets over time'), id: 'timeline' },
    { kind: 'picture', picture: { kind: 'timeline', lanes, incident }, table: tableOf(lanes) },
    ...(rest === 0
      ? []
      : [
          {
            kind: 'paragraph',
            text: [span('muted', `${number(rest)} packets are not in it: no time, or too many hosts`)],
          } satisfies Block,
        ]),
  ];
}

function tableOf(lanes: readonly TimelineLane[]): TableBlock {
  return {
    kind: 'table',
    head: ['host', 'first bin', 'last bin', 'packets', 'most in one bin'],
    align: ['left', 'left', 'left', 'right', 'left'],
    rows: lanes.map((lane): readonly Line[] => {
      const sums = lane.bins.map((bin) => bin.reduce((sum, count) => sum + count, 0));
      const most = Math.max(...sums);
      const at = lane.from + sums.indexOf(most) * lane.width;
      return [
        line(lane.host === '' ? '(no name)' : lane.host),
        line(momentText(lane.base, lane.from)),
        line(momentText(lane.base, lane.from + (lane.bins.length - 1) * lane.width)),
        line(number(sums.reduce((sum, count) => sum + count, 0))),
        line(`${number(most)}, from ${momentText(lane.base, at)} on`),
      ];
    }),
  };
}

/** A moment of a lane as text. */
export function momentText(base: Base, value: number): string {
  switch (base) {
    case 'utc':
      return isoTime(Math.round(value * 1000))
        .replace('T', ' ')
        .replace('Z', ' UTC');
    case 'uptime':
      return `uptime ${value.toFixed(3)}`;
    case 'order':
      return `packet ${number(Math.round(value))}`;
  }
}
