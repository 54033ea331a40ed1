/** Packets by host over time → SVG: one lane of bars for each host, stopped ones on top of those that went well. */
import { momentText } from '../timeline.ts';
import { PICTURE_ENDS, type Picture, type TimelineLane } from './picture.ts';
import { element, label, svg } from './svg.ts';

type TimelinePicture = Extract<Picture, { readonly kind: 'timeline' }>;

const WIDTH = 860;
const LEFT = 8;
const BARS = 46;
const LANE = 96;
/** More lanes would make no picture. */
const MAX_LANES = 12;

export function timelinePicture({ lanes, incident }: TimelinePicture): string {
  const shown = lanes.slice(0, MAX_LANES);
  const shared = shown.every(({ base }) => base === 'utc');
  const ends = (each: readonly TimelineLane[]): { from: number; to: number } => ({
    from: Math.min(...each.map(({ from }) => from)),
    to: Math.max(...each.map(({ from, bins, width }) => from + bins.length * width)),
  });
  const most = Math.max(1, ...shown.flatMap(({ bins }) => bins.map(total)));
  let shapes = '';
  shown.forEach((lane, i) => {
    shapes += laneShapes(
      lane,
      i * LANE,
      ends(shared ? shown : [lane]),
      most,
      lane.base === 'utc' ? incident : null,
    );
  });
  const name = `Packets over time: ${shown.map(({ host, bins }) => `${host || 'no host name'} ${bins.reduce((sum, bin) => sum + total(bin), 0)}`).join(', ')}`;
  return svg(WIDTH, Math.max(1, shown.length * LANE - 8), name, 'p-timeline', shapes);
}

function total(bin: readonly number[]): number {
  return bin.reduce((sum, count) => sum + count, 0);
}

function laneShapes(
  lane: TimelineLane,
  top: number,
  axis: { readonly from: number; readonly to: number },
  most: number,
  incident: TimelinePicture['incident'],
): string {
  const room = WIDTH - 2 * LEFT;
  const scale = room / Math.max(axis.to - axis.from, Number.MIN_VALUE);
  const xOf = (value: number): number => LEFT + Math.min(room, Math.max(0, (value - axis.from) * scale));
  const base = top + 20 + BARS;
  let shapes = '';
  if (incident !== null) {
    const [from, to] = [xOf(incident.from ?? axis.from), xOf(incident.to ?? axis.to)];
    shapes += element('rect', {
      x: from,
      y: top + 18,
      width: Math.max(2, to - from),
      height: BARS + 4,
      class: 'p-incident',
    });
  }
  const bar = Math.max(1.5, lane.width * scale - 1);
  lane.bins.forEach((bin, i) => {
    let y = base;
    PICTURE_ENDS.forEach((end, kind) => {
      const count = bin[kind] ?? 0;
      if (count === 0) return;
      const height = Math.max(2, (count / most) * BARS);
      y -= height;
      shapes += element('rect', {
        x: xOf(lane.from + i * lane.width),
        y,
        width: Math.min(bar, 60),
        height,
        class: `p-${end}`,
      });
    });
  });
  const packets = lane.bins.reduce((sum, bin) => sum + total(bin), 0);
  return (
    label(LEFT, top + 13, `${lane.host === '' ? 'no host name' : lane.host} · ${packets}`, {
      class: 'p-title',
    }) +
    shapes +
    element('path', { d: `M${LEFT} ${base}H${WIDTH - LEFT}`, class: 'p-axis' }) +
    label(LEFT, base + 15, momentText(lane.base, axis.from), { class: 'p-small' }) +
    label(WIDTH - LEFT, base + 15, momentText(lane.base, axis.to), { class: 'p-small', 'text-anchor': 'end' })
  );
}
