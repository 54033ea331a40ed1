/**
 * A table block → aligned columns without rules, the last column wrapped to what room is left. Uses
 * cli-table3, which counts wide characters and colour rightly.
 */
import Table from 'cli-table3';
import type { Block } from '../outline.ts';
import { hanging, inline, lineWidth, type Page } from './layout.ts';

type TableBlock = Extract<Block, { readonly kind: 'table' }>;

const GAP = 2;
const MARGIN = 2;

export function renderTable(page: Page, { head, align, rows }: TableBlock): readonly string[] {
  const last = head.length - 1;
  const widths = head.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => lineWidth(row[i] ?? []))),
  );
  const before = widths.slice(0, last).reduce((sum, width) => sum + width + GAP, MARGIN);
  const table = new Table({
    chars: NO_RULES,
    style: { 'padding-left': 0, 'padding-right': GAP, head: [], border: [], compact: true },
    colAligns: [...align],
  });
  table.push(head.map((title) => page.style.muted(title)));
  for (const row of rows) {
    table.push(
      row.map((cell, i) =>
        i < last
          ? inline(cell, page.style)
          : hanging({ ...page, width: page.width - before }, '', 0, 2, cell).join('\n'),
      ),
    );
  }
  return table
    .toString()
    .split('\n')
    .map((text) => ' '.repeat(MARGIN) + text);
}

const NO_RULES = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
    'middle',
  ].map((name) => [name, '']),
);
