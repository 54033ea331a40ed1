/**
 * A diagnostic's excerpt → what to print of it: the line in a window that fits, made visible, and where
 * the caret goes. Columns are counted after escaping, so that the caret stands under what it means.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import { visible } from './escape.ts';
import { cutTo, displayWidth } from './width.ts';

export interface Excerpt {
  /** Number of the line in its file. */
  readonly line: number;
  /** The line or a part of it, `…` where it was cut. Visible text. */
  readonly text: string;
  /** Terminal columns before the caret, and how many it spans (at least 1). */
  readonly caret: { readonly offset: number; readonly length: number };
}

/** Columns that a caret spans at most: a longer row of carets points at nothing. */
const MAX_CARET = 40;
/** Columns of context that stay before the caret when a line is cut. */
const LEAD = 24;

/** What to show of a diagnostic's line in `width` columns (at least 20); null if it quotes none. */
export function excerptOf({ at, excerpt }: Diagnostic, width = 100): Excerpt | null {
  if (excerpt === null) return null;
  const start = Math.min(Math.max(0, excerpt.column - 1), excerpt.text.length);
  const end = Math.min(excerpt.text.length, start + Math.max(1, excerpt.length));
  const before = visible(excerpt.text.slice(0, start));
  const marked = visible(excerpt.text.slice(start, end));
  const after = visible(excerpt.text.slice(end));

  const room = Math.max(20, width);
  const cutBefore = at.column > excerpt.column;
  const whole = displayWidth(before) + displayWidth(marked) + displayWidth(after);
  const lead = whole <= room ? before : tailOf(before, Math.min(LEAD, room / 2));
  const head = lead.length < before.length || cutBefore ? `…${lead}` : lead;
  const offset = displayWidth(head);
  const rest = marked + after;
  const shown = cutTo(rest, Math.max(1, room - offset));
  const text = shown.length < rest.length ? `${cutTo(rest, Math.max(1, room - offset - 1))}…` : shown;
  const length = Math.min(MAX_CARET, Math.max(1, displayWidth(marked)), Math.max(1, displayWidth(text)));
  return { line: at.line, text: head + text, caret: { offset, length } };
}

function tailOf(text: string, width: number): string {
  let tail = text;
  while (displayWidth(tail) > width) tail = tail.slice((tail.match(/^./su)?.[0] ?? '?').length);
  return tail;
}
