/** A table block → aligned columns without rules, the last column wrapped to what room is left. */
import { displayWidth } from '../../text/width.ts';
import { joined, type Line, type TableBlock } from '../outline.ts';
import { hanging, inline, lineWidth, type Page } from './layout.ts';

const GAP = '  ';
const MARGIN = '  ';
/** Room that the last column needs; where it is not left, a row is one wrapped line. */
const MIN_LAST = 26;

export function renderTable(page: Page, { head, align, rows }: TableBlock): readonly string[] {
  const { style } = page;
  const last = head.length - 1;
  const widths = head.map((title, i) =>
    Math.max(displayWidth(title), ...rows.map((row) => lineWidth(row[i] ?? []))),
  );
  const before = widths.slice(0, last).reduce((sum, width) => sum + width + GAP.length, MARGIN.length);
  const cell = (text: string, width: number, i: number): string => {
    const blanks = ' '.repeat(Math.max(0, (widths[i] ?? 0) - width));
    return align[i] === 'right' ? blanks + text : text + blanks;
  };
  const render = (row: readonly Line[]): readonly string[] => {
    const cells = row.slice(0, last).map((each, i) => cell(inline(each, style), lineWidth(each), i));
    return hanging(
      page,
      MARGIN + cells.map((each) => each + GAP).join(''),
      before,
      before + 2,
      row[last] ?? [],
    );
  };
  if (page.width - before < MIN_LAST) {
    return rows.flatMap((row) => hanging(page, MARGIN, MARGIN.length, MARGIN.length + 4, joined(row, GAP)));
  }
  const titles = head.map((title, i) => (i < last ? cell(title, displayWidth(title), i) : title));
  return [style.muted(MARGIN + titles.join(GAP)), ...rows.flatMap(render)];
}
