/** A difference → text in one format. */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Difference } from '../model/difference.ts';
import { jsonText } from '../text/escape.ts';
import { diffBlocks, type SideNames } from './diff-outline.ts';
import { differenceRecords, differenceSummary } from './diff-record.ts';
import { renderHtml } from './html/render.ts';
import { renderMarkdown } from './markdown/render.ts';
import type { Postmortem } from './postmortem.ts';
import { diagnosticRecord } from './record.ts';
import type { Page } from './terminal/layout.ts';
import { renderBlocks } from './terminal/render.ts';

export type DiffFormat = 'text' | 'markdown' | 'html' | 'ndjson' | 'json';

export interface DiffRenderOptions {
  readonly page: Page;
  readonly names: SideNames;
  /** What was found about the inputs; text says it elsewhere. */
  readonly diagnostics: readonly Diagnostic[];
}

const RENDERERS = {
  text: (difference, { page, names }) => [renderBlocks(page, diffBlocks(difference, names))],
  markdown: (difference, { names }) => renderMarkdown(reportOf(difference, names)),
  html: (difference, { names }) => renderHtml(reportOf(difference, names)),
  ndjson: (difference, { diagnostics }) => ndjson(difference, diagnostics),
  json: (difference, { diagnostics }) => jsonForm(difference, diagnostics),
} satisfies Record<DiffFormat, (difference: Difference, options: DiffRenderOptions) => Iterable<string>>;

/** The whole text, in pieces. */
export function renderDifference(
  format: DiffFormat,
  difference: Difference,
  options: DiffRenderOptions,
): Iterable<string> {
  return RENDERERS[format](difference, options);
}

function reportOf(difference: Difference, names: SideNames): Postmortem {
  const head = diffBlocks(difference, names);
  return { title: 'What differs', head, walks: [], worst: null, beyond: 0, tail: [], rows: [], unlisted: 0 };
}

function* ndjson(difference: Difference, diagnostics: readonly Diagnostic[]): Iterable<string> {
  for (const record of differenceRecords(difference)) yield `${jsonText(record)}\n`;
  for (const each of diagnostics) yield `${jsonText(diagnosticRecord(each))}\n`;
  yield `${jsonText(differenceSummary(difference))}\n`;
}

/** `{"summary":…,"differences":[…],"diagnostics":[…]}`. */
function* jsonForm(difference: Difference, diagnostics: readonly Diagnostic[]): Iterable<string> {
  yield `{"summary":${jsonText(differenceSummary(difference))},\n"differences":[`;
  let separator = '\n';
  for (const record of differenceRecords(difference)) {
    yield separator + jsonText(record);
    separator = ',\n';
  }
  yield '],\n"diagnostics":[';
  yield diagnostics.map((each) => `\n${jsonText(diagnosticRecord(each))}`).join(',');
  yield ']}\n';
}
