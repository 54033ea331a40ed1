/**
 * A walk's outline → terminal lines: verdict, facts, then one section for each table with the log's line
 * number, the chain and rule number (indented by call depth), the rule's text, and notes under it.
 */
import { visible } from '../../text/escape.ts';
import { displayWidth } from '../../text/width.ts';
import { type Line, line, type Row, type Section, span, type WalkOutline } from '../outline.ts';
import { divergenceTable } from './divergence.ts';
import { hanging, type Page } from './layout.ts';

/** Columns between the line number and the chain: blank, sign, blank. */
const LEAD = 3;
/** Blanks of one call depth. */
const NEST = 2;
/** Blanks between the columns. */
const GAP = 2;
/** The column of chain and number takes at most this part of the width. */
const PLACE_SHARE = 0.4;
const NEST_SHARE = 0.25;

export function renderWalk(page: Page, walk: WalkOutline): readonly string[] {
  const { style } = page;
  const times = walk.count === 1 ? '' : ` ×${walk.count}`;
  const head = `#${walk.n}${times}  `;
  const lines = [...hanging(page, style.strong(head), head.length, 4, walk.verdict)];
  for (const fact of walk.facts) lines.push(...hanging(page, '    ', 4, 6, fact));
  if (walk.divergence !== null) lines.push('', ...divergenceTable(page, walk.divergence));
  return [...lines, ...renderSteps(page, walk)];
}

/** The steps alone, an empty line before each section. */
export function renderSteps(page: Page, walk: WalkOutline): readonly string[] {
  const lines: string[] = [];
  const gutter = Math.max(3, ...walk.sections.flatMap(({ rows }) => rows.map((row) => digits(row.line))));
  for (const section of walk.sections) lines.push('', ...renderSection(page, section, gutter));
  return lines;
}

function digits(number: number | null): number {
  return number === null ? 0 : String(number).length;
}

function renderSection(page: Page, { hook, table, rows }: Section, gutter: number): readonly string[] {
  const { style, width } = page;
  const lines = [`${' '.repeat(gutter + LEAD)}${style.strong(`${hook} ${table}`)}`];
  const widest = Math.max(...rows.map((row) => nesting(page, row) + displayWidth(visible(row.place))));
  const column = Math.min(widest, Number.isFinite(width) ? Math.floor(width * PLACE_SHARE) : widest);
  for (const row of rows) lines.push(...renderRow(page, row, gutter, column));
  return lines;
}

/** Blanks before a row's chain; very deep calls share the deepest place that leaves room for text. */
function nesting({ width }: Page, { depth }: Row): number {
  return Math.min(depth * NEST, Number.isFinite(width) ? Math.floor(width * NEST_SHARE) : 100);
}

function renderRow(page: Page, row: Row, gutter: number, column: number): readonly string[] {
  const { style } = page;
  const start = gutter + LEAD;
  const number = (row.line === null ? '' : String(row.line)).padStart(gutter);
  const head = (sign: string): string => `${style.muted(number)} ${sign} `;
  const file =
    row.file === null ? [] : hanging(page, ' '.repeat(start), start, start, [span('muted', `(${row.file})`)]);
  // A gap belongs to the walk, not to a chain: it starts where chains start.
  if (row.place === '') return [...file, ...hanging(page, head(' '), start, start + 2, row.text)];

  const nest = nesting(page, row);
  const place = visible(row.place);
  const tone = row.weight === null ? 'plain' : 'bad';
  const before = head(style[tone](row.weight === null ? ' ' : '▶')) + ' '.repeat(nest);
  const indent = start + column + GAP;
  const notes = row.notes.flatMap((note) => renderNote(page, indent, note));
  const blanks = column - nest - displayWidth(place);
  if (blanks >= 0) {
    const wide = before + style[tone](place) + ' '.repeat(blanks + GAP);
    return [...file, ...hanging(page, wide, indent, indent, row.text), ...notes];
  }
  // The place leaves no room beside it: the text goes under it.
  return [
    ...file,
    ...hanging(page, before, start + nest, start + nest, [span(tone, row.place)]),
    ...hanging(page, ' '.repeat(indent), indent, indent, row.text),
    ...notes,
  ];
}

function renderNote(page: Page, indent: number, note: Line): readonly string[] {
  return hanging(page, ' '.repeat(indent), indent, indent + 2, line(span('muted', '↳ '), note));
}
