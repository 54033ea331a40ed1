/**
 * Spans → lines of a terminal: made visible, wrapped to a width with a hanging indent, styled last so that
 * colour never counts as width and never wraps.
 */
import { visible } from '../../text/escape.ts';
import { displayWidth, type Piece, wrapPieces } from '../../text/width.ts';
import type { Line, Tone } from '../outline.ts';
import type { Style } from './style.ts';

export interface Page {
  /** Columns; Infinity: break nothing. */
  readonly width: number;
  readonly style: Style;
}

/** Narrowest column that text is wrapped to; what is narrower overflows. */
const MIN_TEXT = 24;

function piecesOf(text: Line): readonly Piece<Tone>[] {
  return text.map((span) => ({ text: visible(span.text), value: span.tone }));
}

/** Columns of a line as it will be printed. */
export function lineWidth(text: Line): number {
  return text.reduce((sum, span) => sum + displayWidth(visible(span.text)), 0);
}

/** The line without wrapping, styled. */
export function inline(text: Line, style: Style): string {
  return piecesOf(text)
    .map((piece) => style[piece.value](piece.text))
    .join('');
}

/**
 * The line wrapped: `head` stands before its first line, blanks of `indent` columns before the others.
 * `head` is already styled, and `headWidth` columns wide.
 */
export function hanging(
  page: Page,
  head: string,
  headWidth: number,
  indent: number,
  text: Line,
): readonly string[] {
  const rest = Math.max(MIN_TEXT, page.width - indent);
  const first = Math.max(MIN_TEXT, page.width - headWidth);
  return wrapPieces(piecesOf(text), rest, first).map((pieces, i) => {
    const body = pieces.map((piece) => page.style[piece.value](piece.text)).join('');
    return (i === 0 ? head : ' '.repeat(indent)) + body;
  });
}
