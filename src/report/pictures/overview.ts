/** Counts by hook and table → SVG: hooks in the kernel's order, tables below each other, wide where many passed. */
import type { Hook } from '../../model/hook.ts';
import { number } from '../count.ts';
import type { OverviewCell } from './picture.ts';
import { element, label, svg } from './svg.ts';

const CELL = { width: 158, height: 44, gap: 8 };
const HEAD = 24;
const LANE = 190;

/** Column and first row of a hook: the forwarding way on top, this host's own below. */
const PLACES: Readonly<Record<Hook, { readonly column: number; readonly lower: boolean }>> = {
  PREROUTING: { column: 0, lower: false },
  FORWARD: { column: 1, lower: false },
  POSTROUTING: { column: 2, lower: false },
  INPUT: { column: 1, lower: true },
  OUTPUT: { column: 2, lower: true },
};
/** Where packets go between hooks. */
const WAYS: readonly (readonly [Hook, Hook])[] = [
  ['PREROUTING', 'FORWARD'],
  ['FORWARD', 'POSTROUTING'],
  ['PREROUTING', 'INPUT'],
  ['OUTPUT', 'POSTROUTING'],
];

export function overviewPicture(cells: readonly OverviewCell[]): string {
  const most = Math.max(1, ...cells.map(({ packets }) => packets));
  const hooks = [...new Set(cells.map(({ hook }) => hook))];
  const rowsOf = (hook: Hook): number => cells.filter((cell) => cell.hook === hook).length;
  const upper = Math.max(0, ...hooks.filter((hook) => !PLACES[hook].lower).map(rowsOf));
  const lower = Math.max(0, ...hooks.filter((hook) => PLACES[hook].lower).map(rowsOf));
  const step = CELL.height + CELL.gap;
  const lowerTop = upper === 0 ? 0 : HEAD + upper * step + 22;
  const at = (hook: Hook): { x: number; y: number } => ({
    x: PLACES[hook].column * (LANE + 60),
    y: PLACES[hook].lower ? lowerTop : 0,
  });
  const height = lower === 0 ? HEAD + upper * step : lowerTop + HEAD + lower * step;
  let shapes = '';
  for (const [from, to] of WAYS) {
    if (!hooks.includes(from) || !hooks.includes(to)) continue;
    shapes += way(at(from), at(to), PLACES[from].lower);
  }
  for (const hook of hooks) {
    const { x, y } = at(hook);
    shapes += label(x + 4, y + 16, hook, { class: 'p-title' });
    cells
      .filter((cell) => cell.hook === hook)
      .forEach((cell, i) => {
        shapes += box(cell, x, y + HEAD + i * step, most);
      });
  }
  const name = `Packets by hook and table: ${cells.map(({ hook, table, packets }) => `${hook} ${table} ${packets}`).join(', ')}`;
  return svg(2 * (LANE + 60) + LANE, height, name, 'p-overview', shapes);
}

function box({ table, packets, stopped }: OverviewCell, x: number, y: number, most: number): string {
  const share = Math.max(0.02, packets / most);
  return (
    element('rect', { x, y, width: CELL.width, height: CELL.height, rx: 5, class: 'p-section' }) +
    element('rect', {
      x,
      y: y + CELL.height - 5,
      width: CELL.width * share,
      height: 4,
      rx: 2,
      class: 'p-well',
    }) +
    (stopped === 0
      ? ''
      : element('rect', {
          x,
          y: y + CELL.height - 5,
          width: Math.max(3, (CELL.width * stopped) / most),
          height: 4,
          rx: 2,
          class: 'p-stopped',
        })) +
    label(x + 9, y + 18, table, { class: 'p-text p-name' }) +
    label(x + CELL.width - 8, y + 18, number(packets), { class: 'p-text', 'text-anchor': 'end' }) +
    (stopped === 0 ? '' : label(x + 9, y + 34, `${number(stopped)} stopped here`, { class: 'p-text p-bad' }))
  );
}

function way(from: { x: number; y: number }, to: { x: number; y: number }, upwards: boolean): string {
  const [startX, startY, endX, endY] = upwards
    ? [from.x + CELL.width / 2, from.y + 4, to.x + CELL.width / 2, from.y - 20]
    : [from.x + CELL.width + 6, from.y + HEAD + 20, to.x - 8, to.y + HEAD + 20];
  const bend = upwards ? '' : ` ${startX + 30} ${startY} ${endX - 30} ${endY}`;
  const line = upwards
    ? `M${startX} ${startY}L${endX} ${endY}`
    : `M${startX} ${startY}C${bend} ${endX} ${endY}`;
  const head = upwards
    ? `M${endX - 5} ${endY + 7}L${endX} ${endY}L${endX + 5} ${endY + 7}`
    : `M${endX - 7} ${endY - 5}L${endX} ${endY}L${endX - 7} ${endY + 5}`;
  return element('path', { d: line + head, class: 'p-way' });
}
