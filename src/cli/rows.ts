/**
 * Rows of a query → text: an aligned table for people, CSV, or a JSON array of objects, piece by piece. What
 * is in a cell is inert: nothing of it moves a cursor, breaks a row, or is run by a spreadsheet.
 */
import type { RowStream, Value } from '../store/index.ts';
import { jsonText, visible } from '../text/escape.ts';
import { displayWidth, padTo, shorten } from '../text/width.ts';

export const ROW_FORMATS = ['table', 'csv', 'json'] as const;
export type RowFormat = (typeof ROW_FORMATS)[number];

/** Rows that decide how wide the columns of a table are, and rows that are written at once. */
const SAMPLE = 1000;
const GAP = '  ';
/** Narrowest that a column of a table is cut to. */
const NARROW = 12;

const WRITERS = { table, csv, json } satisfies Record<
  RowFormat,
  (rows: RowStream, width: number) => Iterable<string>
>;

/** The text of the rows, in pieces. @param width Columns of the page; cells of a table are cut to fit. */
export function renderRows(format: RowFormat, rows: RowStream, width: number): Iterable<string> {
  return WRITERS[format](rows, width);
}

function* table({ columns, rows }: RowStream, width: number): Generator<string> {
  let widths: readonly number[] | null = null;
  const numeric = columns.map(() => true);
  for (const some of batches(rows)) {
    const cells = some.map((row) => row.map(cellText));
    if (widths === null) {
      for (const row of some) {
        for (const [i, value] of row.entries()) numeric[i] = numeric[i] === true && !isText(value);
      }
      widths = fitted(
        columns.map((name, i) =>
          cells.reduce(
            (most, row) => Math.max(most, displayWidth(row[i] ?? '')),
            displayWidth(visible(name)),
          ),
        ),
        width,
      );
      yield line(columns.map(visible), widths, numeric);
      yield line(
        widths.map((each) => '-'.repeat(each)),
        widths,
        numeric,
      );
    }
    const known = widths;
    yield cells.map((row) => line(row, known, numeric)).join('');
  }
}

/** The widest columns give way until the row fits. */
function fitted(widths: readonly number[], width: number): readonly number[] {
  const fitting = [...widths];
  const total = (): number => fitting.reduce((sum, each) => sum + each + GAP.length, -GAP.length);
  while (total() > width) {
    const widest = Math.max(...fitting);
    if (widest <= NARROW) break;
    const second = Math.max(NARROW, ...fitting.filter((each) => each < widest));
    const count = fitting.filter((each) => each === widest).length;
    const step = Math.min(widest - second, Math.ceil((total() - width) / count));
    for (const [i, each] of fitting.entries()) if (each === widest) fitting[i] = each - Math.max(1, step);
  }
  return fitting;
}

function line(cells: readonly string[], widths: readonly number[], numeric: readonly boolean[]): string {
  const padded = cells.map((cell, i) => {
    const width = widths[i] ?? 0;
    const text = shorten(cell, width);
    return numeric[i] === true
      ? ' '.repeat(Math.max(0, width - displayWidth(text))) + text
      : padTo(text, width);
  });
  return `${padded.join(GAP).trimEnd()}\n`;
}

function* csv({ columns, rows }: RowStream): Generator<string> {
  yield `${columns.map(csvCell).join(',')}\r\n`;
  for (const some of batches(rows)) {
    yield some.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
  }
}

/** RFC 4180; a text that a spreadsheet would take for a formula is marked as text by a quote before it. */
function csvCell(value: Value): string {
  if (!isText(value)) return cellText(value);
  const text = visible(String(value));
  const safe = /^[\s]*[=+\-@|%]/.test(text) ? `'${text}` : text;
  return /[",\r\n']|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function* json({ columns, rows }: RowStream): Generator<string> {
  let before = '[\n';
  for (const some of batches(rows)) {
    const objects = some.map((row) =>
      jsonText(Object.fromEntries(columns.map((name, i) => [name, jsonValue(row[i] ?? null)]))),
    );
    yield before + objects.join(',\n');
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

/** A number that JSON readers would round is given as text. */
function jsonValue(value: Value): string | number | null {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return value instanceof Uint8Array ? cellText(value) : value;
}

function isText(value: Value): boolean {
  return typeof value === 'string';
}

function cellText(value: Value): string {
  if (value === null) return '';
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : visible(String(value));
}

function* batches(rows: Iterable<readonly Value[]>): Generator<readonly (readonly Value[])[]> {
  let some: (readonly Value[])[] = [];
  let any = false;
  for (const row of rows) {
    some.push(row);
    if (some.length < SAMPLE) continue;
    yield some;
    some = [];
    any = true;
  }
  if (some.length > 0 || !any) yield some;
}
