/**
 * Blocks of a report → text for a terminal or a plain file. Every span is escaped here and only here;
 * nothing from the input reaches the terminal otherwise. Lines end in `\n`, without blanks before it.
 */

import type { Diagnostic } from '../../model/diagnostic.ts';
import { visible } from '../../text/escape.ts';
import { excerptOf } from '../../text/excerpt.ts';
import { displayWidth, padTo } from '../../text/width.ts';
import { type Block, type Evidence, line, span } from '../outline.ts';
import type { Postmortem } from '../postmortem.ts';
import { walksNote } from '../walks-note.ts';
import { messageOf } from '../wording.ts';
import { hanging, inline, type Page } from './layout.ts';
import { renderTable } from './table.ts';
import { renderWalk } from './walk.ts';

/** Width of an excerpt where the page has no end. */
const EXCERPT_WIDTH = 120;

/** The blocks as text, each apart from the one before by an empty line where that helps. */
export function renderBlocks(page: Page, blocks: readonly Block[]): string {
  let text = '';
  blocks.forEach((block, i) => {
    const before = blocks[i - 1];
    if (before !== undefined && isApart(before, block)) text += '\n';
    for (const each of renderBlock(page, block)) text += `${each.replace(/ +$/, '')}\n`;
    // A walk is long: what follows stands clear of it, also if it comes in a later call.
    if (block.kind === 'walk') text += '\n';
  });
  return text;
}

/** A whole postmortem, in pieces. */
export function* renderPostmortem(page: Page, report: Postmortem): Iterable<string> {
  const apart = renderBlocks(page, [
    { kind: 'heading', text: [span('strong', report.title)] },
    ...report.head,
  ]);
  yield `${apart}\n`;
  const { shared, beyond } = walksNote(report);
  const notes = [shared, beyond].filter((note) => note !== '');
  if (report.walks.length > 0) {
    const heading: Block = { kind: 'heading', text: [span('strong', 'Walks')] };
    const about = notes.map((note): Block => ({ kind: 'paragraph', text: line(note) }));
    yield `${renderBlocks(page, [heading, ...about])}\n`;
  }
  for (const { outline } of report.walks) yield renderBlocks(page, [{ kind: 'walk', walk: outline }]);
  yield renderBlocks(page, report.tail);
}

function isApart(before: Block, block: Block): boolean {
  return (block.kind === 'heading' || block.kind === 'walk') && before.kind !== 'walk';
}

function renderBlock(page: Page, block: Block): readonly string[] {
  const { style } = page;
  switch (block.kind) {
    case 'heading':
      return [style.strong(inline(block.text, style))];
    case 'paragraph':
      return hanging(page, '', 0, 2, block.text);
    case 'list':
      return block.items.flatMap((item) => hanging(page, '  ', 2, 6, item));
    case 'table':
      return renderTable(page, block);
    case 'evidence':
      return evidenceLines(block.items).map((each) => `    ${each}`);
    case 'picture':
      return renderTable(page, block.table);
    case 'diagnostic':
      return renderDiagnostic(page, block.diagnostic);
    case 'walk':
      return renderWalk(page, block.walk);
  }
}

/** One line for each piece, places aligned. Visible text. */
export function evidenceLines(items: readonly Evidence[]): readonly string[] {
  const places = items.map(({ place }) => visible(place));
  const column = Math.max(...places.map(displayWidth));
  return items.map(({ text }, i) => `${padTo(places[i] ?? '', column)}  ${visible(text)}`.trim());
}

const SEVERITY_TONE = { error: 'bad', warning: 'warn', info: 'muted' } as const;

/** `file:line:column: warning: message`, and the line with a caret under what is meant. */
export function renderDiagnostic(page: Page, diagnostic: Diagnostic): readonly string[] {
  const { at, severity } = diagnostic;
  const place =
    diagnostic.excerpt === null && at.line <= 1
      ? at.file
      : `${at.file}:${at.line}${diagnostic.excerpt === null ? '' : `:${at.column}`}`;
  const lines = [
    ...hanging(
      page,
      '  ',
      2,
      6,
      line(
        span('strong', `${place}: `),
        span(SEVERITY_TONE[severity], severity),
        `: ${messageOf(diagnostic)}`,
      ),
    ),
  ];
  const number = String(at.line);
  const width = (Number.isFinite(page.width) ? page.width : EXCERPT_WIDTH) - number.length - 7;
  const excerpt = excerptOf(diagnostic, width);
  if (excerpt === null) return lines;
  const { caret } = excerpt;
  lines.push(`    ${page.style.muted(`${number} |`)} ${visible(excerpt.text)}`);
  lines.push(
    `    ${page.style.muted(`${' '.repeat(number.length)} |`)} ${' '.repeat(caret.offset)}${page.style.warn('^'.repeat(caret.length))}`,
  );
  return lines;
}
