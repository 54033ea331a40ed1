/**
 * A walk → what opens under its verdict: facts, expected beside observed, the picture of its path, and every
 * step. Where the page has no room left, the names of its steps only.
 */
import { escapeHtml } from '../../text/escape.ts';
import { counted } from '../count.ts';
import { type DivergenceOutline, line, type Row, type Section, type TableBlock } from '../outline.ts';
import { walkPicture } from '../pictures/walk.ts';
import type { ReportWalk } from '../postmortem.ts';
import { nameOf } from '../record.ts';
import { DISPOSITION_TONE } from '../verdict.ts';
import { inline, tableHtml } from './blocks.ts';

/** Steps that are named where there is no room for more. */
const NAMED_STEPS = 120;
/** Deepest indent of the style sheet. */
const MAX_DEPTH = 8;

/** @param whole Whether the picture and the rules' texts have room */
export function walkHtml({ group, outline }: ReportWalk, whole: boolean): string {
  const { example, count } = group;
  const tone = example.check.status === 'diverges' ? 'bad' : DISPOSITION_TONE[example.disposition];
  const times = count === 1 ? '' : ` ×${count}`;
  // Where there is no script, an address that names another of these walks leads here.
  const anchors = group.others.map((n) => `<span id="walk-${n}"></span>`).join('');
  const facts = outline.facts.map((fact) => `<li>${inline(fact)}</li>`).join('');
  const divergence = outline.divergence === null ? '' : divergenceHtml(outline.divergence);
  return `<details class="walk ${tone}-walk" id="walk-${outline.n}"><summary><span class="strong">#${outline.n}${times}</span> ${inline(outline.verdict)}</summary>${anchors}<ul class="facts">${facts}</ul>${divergence}${whole ? wholeHtml({ group, outline }) : namesHtml({ group, outline })}</details>\n`;
}

function wholeHtml({ group, outline }: ReportWalk): string {
  const picture = walkPicture(group.example);
  const drawn =
    picture === ''
      ? ''
      : `<figure><div class="draw" tabindex="0" role="region" aria-label="Path of walk ${outline.n}">${picture}</div></figure>`;
  return drawn + outline.sections.map(sectionHtml).join('');
}

function namesHtml({ group: { example } }: ReportWalk): string {
  const { steps } = example;
  const names = steps.slice(0, NAMED_STEPS).map((step) => escapeHtml(nameOf(step)));
  const more = steps.length - names.length;
  return `<p class="muted">This page has no room left for the rules and the picture of this entry: trace-analyze with --walk ${example.n} tells them.</p><p class="mono">${names.join(' → ')}${more > 0 ? ` and ${counted(more, 'more step')}` : ''}</p>`;
}

function sectionHtml({ hook, table, rows }: Section): string {
  return `<h4>${hook} ${table}</h4><div class="wide" tabindex="0" role="region" aria-label="Steps in ${hook} ${table}"><table class="steps"><tbody>${rows.map(rowHtml).join('\n')}</tbody></table></div>`;
}

function rowHtml({ line: number, file, depth, place, text, notes, weight }: Row): string {
  const sign = weight === null ? '' : '▶ ';
  const where = file === null ? '' : `<span class="note muted">(${escapeHtml(file)})</span>`;
  const indent = depth === 0 ? '' : ` d${Math.min(depth, MAX_DEPTH)}`;
  const under = notes.map((note) => `<span class="note">↳ ${inline(note)}</span>`).join('');
  return `<tr${weight === null ? '' : ` class="${weight}"`}><td class="n">${number ?? ''}</td><td class="place${indent}">${where}${sign}${escapeHtml(place)}</td><td class="rule">${inline(text)}${under}</td></tr>`;
}

function divergenceHtml({ title, rows, reasons }: DivergenceOutline): string {
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
  const why = reasons.map((reason) => `<li>${inline(reason)}</li>`).join('');
  return `<p>${inline(title)}</p>${tableHtml(table, (i) => rows[i]?.parts === true)}<ul>${why}</ul>`;
}
