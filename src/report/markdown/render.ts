/**
 * A postmortem → GitHub Markdown: headings whose names stay the same, tables, fenced evidence and steps, one
 * mermaid diagram. Every span is escaped here; in a fence nothing is markup, and no text can end it.
 */
import { escapeMarkdown, markdownCode, markdownLine, markdownPart, visible } from '../../text/escape.ts';
import { type FencedBlock, withDiagnosticRuns } from '../diagnostic-runs.ts';
import {
  type Block,
  type DivergenceOutline,
  type Line,
  line,
  type Span,
  span,
  type TableBlock,
} from '../outline.ts';
import type { Postmortem, ReportWalk } from '../postmortem.ts';
import { evidenceLines } from '../terminal/render.ts';
import { PLAIN_STYLE } from '../terminal/style.ts';
import { renderSteps } from '../terminal/walk.ts';
import { walksNote } from '../walks-note.ts';
import { flowDiagram } from './mermaid.ts';

const PAGE = { width: Number.POSITIVE_INFINITY, style: PLAIN_STYLE };
/** Kinds of packet whose steps are told; the others keep their verdict. */
const TOLD_WALKS = 60;

/** The whole report, in pieces. */
export function* renderMarkdown(report: Postmortem): Iterable<string> {
  const links = new Set(report.walks.map(({ outline }) => outline.n));
  yield `# ${escapeMarkdown(report.title)}\n\n`;
  yield blocksText(report.head, links);
  if (report.walks.length > 0) {
    const diagram = flowDiagram(report.walks, report.worst);
    yield `## Main flow\n\n${inline(diagram.caption, links)}\n\n${fenced('mermaid', diagram.lines)}\n`;
    yield '## Walks\n\n';
    const { shared, beyond } = walksNote(report);
    const told =
      report.walks.length <= TOLD_WALKS
        ? ''
        : `Of the first ${TOLD_WALKS} kinds every step is told, of the others what became of them.`;
    for (const note of [shared, beyond, told]) if (note !== '') yield `${escapeMarkdown(note)}\n\n`;
    for (const [i, walk] of report.walks.entries()) yield walkText(walk, links, i < TOLD_WALKS);
  }
  yield blocksText(report.tail, links);
}

function blocksText(blocks: readonly Block[], links: ReadonlySet<number>): string {
  return withDiagnosticRuns(blocks)
    .map((block) => `${blockText(block, links)}\n`)
    .join('');
}

function blockText(block: FencedBlock, links: ReadonlySet<number>): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level ?? 2)} ${inline(block.text, links)}\n`;
    case 'paragraph':
      return `${inline(block.text, links)}\n`;
    case 'list':
      return block.items.map((item) => `- ${inline(item, links)}\n`).join('');
    case 'table':
      return tableText(block, links);
    case 'picture':
      return tableText(block.table, links);
    case 'evidence':
      return fenced('text', evidenceLines(block.items));
    case 'diagnostics':
      return fenced('text', block.lines);
    case 'walk':
      return '';
  }
}

function walkText({ outline }: ReportWalk, links: ReadonlySet<number>, told: boolean): string {
  const times = outline.count === 1 ? '' : ` ×${outline.count}`;
  const facts = outline.facts.map((fact) => `- ${inline(fact, links)}\n`).join('');
  const head = `### Walk ${outline.n}\n\n${inline(line(span('code', `#${outline.n}`), span('strong', times), ' ', outline.verdict), links)}\n\n${facts}\n`;
  if (!told) return head;
  const divergence = outline.divergence === null ? '' : `${divergenceText(outline.divergence, links)}\n`;
  return `${head}${divergence}${fenced('text', renderSteps(PAGE, outline).slice(1))}\n`;
}

function divergenceText({ title, rows, reasons }: DivergenceOutline, links: ReadonlySet<number>): string {
  const table: TableBlock = {
    kind: 'table',
    head: ['step', 'the rules say', 'the kernel logged'],
    align: ['right', 'left', 'left'],
    rows: rows.map(({ step, expected, observed, parts }) => [
      line(`${parts ? '▶ ' : ''}${step}`),
      expected,
      observed,
    ]),
  };
  const why = reasons.map((reason) => `- ${inline(reason, links)}\n`).join('');
  return `${inline(title, links)}\n\n${tableText(table, links)}\n${why}`;
}

function tableText({ head, align, rows }: TableBlock, links: ReadonlySet<number>): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return (
    row(head.map(markdownPart)) +
    row(align.map((side) => (side === 'right' ? '--:' : '---'))) +
    rows.map((cells) => row(head.map((_, i) => inline(cells[i] ?? [], links, true)))).join('')
  );
}

/** Lines in a fence that none of them can end. Lines are made visible here. */
function fenced(language: string, lines: readonly string[]): string {
  const shown = lines.map(visible);
  const longest = shown
    .flatMap((text) => text.match(/`+/g) ?? [])
    .reduce((most, run) => Math.max(most, run.length), 2);
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${shown.join('\n')}\n${fence}\n`;
}

function inline(text: Line, links: ReadonlySet<number>, inTable = false): string {
  const parts = text
    .map((each) => spanText(each, links, inTable))
    .join('')
    .trim();
  return inTable ? parts : markdownLine(parts);
}

function spanText({ text, tone, walk }: Span, links: ReadonlySet<number>, inTable: boolean): string {
  if (tone === 'code') return text === '' ? '' : markdownCode(text, inTable);
  if (walk !== undefined) {
    const name = markdownCode(text, inTable);
    return links.has(walk) ? `[${name}](#walk-${walk})` : name;
  }
  const escaped = markdownPart(text);
  if (tone !== 'strong' && tone !== 'bad') return escaped;
  // Emphasis must touch its text; blanks go outside.
  const [, before = '', core = '', after = ''] = /^( *)(.*?)( *)$/s.exec(escaped) ?? [];
  return core === '' ? escaped : `${before}**${core}**${after}`;
}
