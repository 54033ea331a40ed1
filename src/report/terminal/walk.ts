/**
 * A walk's outline → terminal lines: verdict, facts, then one section for each table with the log's line
 * number, the chain and rule number (indented by call depth), the rule's text, and notes under it.
 */
import { visible } from '../../text/escape.ts';
import { displayWidth } from '../../text/width.ts';
import { type Line, line, type Row, type Section, span, type WalkOutline } from '../outline.ts';
import { divergenceTable } from './divergence.ts';
import { hanging, type Page } from './layout.ts';

/** Blanks of one call depth. */
const NEST = 2;
/** The column of chain and number takes at most this part of the width. */
const PLACE_SHARE = 0.4;

export function renderWalk(page: Page, walk: WalkOutline): readonly string[] {
  const { style } = page;
  const times = walk.count === 1 ? '' : ` ×${walk.count}`;
  const head = `#${walk.n}${times}  `;
  const lines = [...hanging(page, style.strong(head), head.length, 4, walk.verdict)];
  for (const fact of walk.facts) lines.push(...hanging(page, '    ', 4, 6, fact));
  if (walk.divergence !== null) lines.push('', ...divergenceTable(page, walk.divergence));
  const gutter = Math.max(3, ...walk.sections.flatMap(({ rows }) => rows.map((row) => digits(row.line))));
  for (const section of walk.sections) lines.push('', ...renderSection(page, section, gutter));
  return lines;
}

function digits(number: number | null): number {
  return number === null ? 0 : String(number).length;
}

function renderSection(page: Page, { hook, table, rows }: Section, gutter: number): readonly string[] {
  const { style, width } = page;
  const lines = [`${' '.repeat(gutter + 2)}${style.strong(`${hook} ${table}`)}`];
  const widest = Math.max(...rows.map((row) => row.depth * NEST + displayWidth(visible(row.place))));
  const column = Math.min(widest, Number.isFinite(width) ? Math.floor(width * PLACE_SHARE) : widest);
  for (const row of rows) lines.push(...renderRow(page, row, gutter, column));
  return lines;
}

function renderRow(page: Page, row: Row, gutter: number, column: number): readonly string[] {
  const { style } = page;
  const lines: string[] = [];
  if (row.file !== null) lines.push(style.muted(`${' '.repeat(gutter + 2)}(${visible(row.file)})`));
  const number = (row.line === null ? '' : String(row.line)).padStart(gutter);
  const sign = row.weight === null ? ' ' : '▶';
  const place = ' '.repeat(row.depth * NEST) + visible(row.place);
  const placeWidth = Math.max(displayWidth(place), column);
  const padding = ' '.repeat(placeWidth - displayWidth(place));
  const styled = row.weight === null ? place : style.bad(place);
  const head = `${style.muted(number)} ${row.weight === null ? sign : style.bad(sign)}${styled}${padding}  `;
  const indent = gutter + 2 + column + 2;
  // A gap belongs to the walk, not to a chain: it starts where chains start.
  if (row.place === '') {
    const start = gutter + 2;
    lines.push(...hanging(page, `${style.muted(number)}  `, start, start + 2, row.text));
  } else {
    lines.push(...hanging(page, head, gutter + 2 + placeWidth + 2, indent, row.text));
  }
  for (const note of row.notes) lines.push(...renderNote(page, indent, note));
  return lines;
}

function renderNote(page: Page, indent: number, note: Line): readonly string[] {
  return hanging(page, ' '.repeat(indent), indent, indent + 2, line(span('muted', '↳ '), note));
}
