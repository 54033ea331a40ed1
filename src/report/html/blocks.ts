/** Blocks of a report → HTML. Every span is escaped here and in html/walk.ts, and nowhere else. */
import { escapeHtml } from '../../text/escape.ts';
import { type FencedBlock, withDiagnosticRuns } from '../diagnostic-runs.ts';
import type { Block, Line, TableBlock } from '../outline.ts';
import { overviewPicture } from '../pictures/overview.ts';
import type { Picture } from '../pictures/picture.ts';
import { element, svg } from '../pictures/svg.ts';
import { timelinePicture } from '../pictures/timeline.ts';
import { evidenceLines } from '../terminal/render.ts';

export function blocksHtml(blocks: readonly Block[]): string {
  return withDiagnosticRuns(blocks).map(blockHtml).join('');
}

function blockHtml(block: FencedBlock): string {
  switch (block.kind) {
    case 'heading': {
      const level = block.level ?? 2;
      const id = block.id === undefined ? '' : ` id="${escapeHtml(block.id)}"`;
      return `<h${level}${id}>${inline(block.text)}</h${level}>\n`;
    }
    case 'paragraph':
      return `<p>${inline(block.text)}</p>\n`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${inline(item)}</li>`).join('')}</ul>\n`;
    case 'table':
      return tableHtml(block);
    case 'evidence':
      return pre(evidenceLines(block.items), 'Lines of the inputs', 'said');
    case 'diagnostics':
      return pre(block.lines, 'Lines of the inputs');
    case 'picture':
      return `<figure><div class="draw" tabindex="0" role="region" aria-label="Picture">${pictureSvg(block.picture)}</div>${keyOf(block.picture)}<details><summary>the same as a table</summary>${tableHtml(block.table)}</details></figure>\n`;
    case 'walk':
      return '';
  }
}

/** Lines as they are; focusable, since they may be wider than the page. */
function pre(lines: readonly string[], name: string, kind = ''): string {
  return `<pre${kind === '' ? '' : ` class="${kind}"`} tabindex="0" role="region" aria-label="${name}">${lines.map(escapeHtml).join('\n')}</pre>\n`;
}

function pictureSvg(picture: Picture): string {
  return picture.kind === 'overview' ? overviewPicture(picture.cells) : timelinePicture(picture);
}

function keyOf(picture: Picture): string {
  const item = (kind: string, text: string): string =>
    `<li>${svg(10, 10, text, 'p-key', element('rect', { width: 10, height: 10, class: `p-${kind}` }))}${text}</li>`;
  if (picture.kind === 'overview') return '';
  const incident = picture.incident === null ? '' : item('incident', 'the incident');
  return `<ul class="key">${item('well', 'forwarded, delivered, sent')}${item('stopped', 'dropped, rejected, queued')}${item('open', 'vanished or unknown')}${incident}</ul>`;
}

export function tableHtml(
  { head, align, rows }: TableBlock,
  marked: (row: number) => boolean = () => false,
): string {
  const side = (i: number): string => (align[i] === 'right' ? ' class="right"' : '');
  const titles = head.map((title, i) => `<th scope="col"${side(i)}>${escapeHtml(title)}</th>`).join('');
  const body = rows
    .map((row, at) => {
      const cells = head.map((_, i) => `<td${side(i)}>${inline(row[i] ?? [])}</td>`).join('');
      return `<tr${marked(at) ? ' class="parts"' : ''}>${cells}</tr>`;
    })
    .join('\n');
  return `<div class="wide" tabindex="0" role="region" aria-label="Table"><table><thead><tr>${titles}</tr></thead><tbody>${body}</tbody></table></div>\n`;
}

export function inline(text: Line): string {
  return text
    .map(({ text: raw, tone, walk }) => {
      const escaped = escapeHtml(raw);
      const toned =
        tone === 'plain'
          ? escaped
          : tone === 'code'
            ? `<code>${escaped}</code>`
            : `<span class="${tone}">${escaped}</span>`;
      return walk === undefined ? toned : `<a href="#walk-${walk}">${toned}</a>`;
    })
    .join('');
}
