/**
 * Records of an analysis → text in one format. A renderer is fed record by record and gives what can be
 * written at once; `end` gives the rest. Formats differ here and nowhere else.
 */
import type { AnalysisRecord } from '../model/analysis.ts';
import { jsonText } from '../text/escape.ts';
import { dotRenderer } from './dot.ts';
import { renderHtml } from './html/render.ts';
import { junitRenderer } from './junit.ts';
import { renderMarkdown } from './markdown/render.ts';
import { mermaidRenderer } from './mermaid.ts';
import { perfettoRenderer } from './perfetto.ts';
import {
  NO_POSTMORTEM_OPTIONS,
  type Postmortem,
  PostmortemFold,
  type PostmortemOptions,
} from './postmortem.ts';
import { diagnosticRecord, findingRecord, summaryRecord, walkRecord } from './record.ts';
import { sarifRenderer } from './sarif.ts';
import { Story } from './story.ts';
import type { Page } from './terminal/layout.ts';
import { renderBlocks, renderPostmortem } from './terminal/render.ts';

export interface Renderer {
  /** What can be written after this record; may be empty. */
  push(record: AnalysisRecord): string;
  /** What was held back, in pieces. Call it once, after the summary. */
  end(): Iterable<string>;
}

/** Where text waits that may not be written yet: in memory, or beside it if there is much. */
export interface Spool {
  write(text: string): void;
  /** Everything written, in order. */
  read(): Iterable<string>;
}

export interface RendererOptions {
  readonly page: Page;
  /** Tell every walk instead of groups of equal ones. */
  readonly all: boolean;
  /** Makes a place for text that must wait for the summary. */
  readonly spool: () => Spool;
  /** For the formats that tell a whole postmortem. */
  readonly postmortem?: PostmortemOptions;
}

/** Formats that tell a whole postmortem: the same story for a terminal, for Markdown and as a page. */
export const POSTMORTEM_FORMATS = ['report', 'markdown', 'html'] as const;

export type Format =
  | (typeof POSTMORTEM_FORMATS)[number]
  | 'text'
  | 'ndjson'
  | 'json'
  | 'junit'
  | 'sarif'
  | 'mermaid'
  | 'dot'
  | 'perfetto';

const RENDERERS = {
  text: textRenderer,
  ndjson: ndjsonRenderer,
  json: jsonRenderer,
  junit: junitRenderer,
  sarif: sarifRenderer,
  mermaid: mermaidRenderer,
  dot: dotRenderer,
  perfetto: perfettoRenderer,
  report: (options) => postmortemRenderer(options, (report) => renderPostmortem(options.page, report)),
  markdown: (options) => postmortemRenderer(options, renderMarkdown),
  html: (options) => postmortemRenderer(options, renderHtml),
} satisfies Record<Format, (options: RendererOptions) => Renderer>;

/** A renderer of this format. */
export function openRenderer(format: Format, options: RendererOptions): Renderer {
  return RENDERERS[format](options);
}

const NOTHING: readonly string[] = [];

function textRenderer({ page, all }: RendererOptions): Renderer {
  const story = new Story({ all });
  return {
    push: (record) => renderBlocks(page, story.push(record)),
    end: () => NOTHING,
  };
}

/** Everything is held back: a postmortem begins with its verdict. */
function postmortemRenderer(
  { postmortem = NO_POSTMORTEM_OPTIONS }: RendererOptions,
  render: (report: Postmortem) => Iterable<string>,
): Renderer {
  const fold = new PostmortemFold(postmortem);
  return {
    push: (record) => {
      fold.push(record);
      return '';
    },
    end: () => render(fold.report()),
  };
}

function ndjsonRenderer(): Renderer {
  return {
    push: (record) => {
      const object = objectOf(record);
      return object === null ? '' : `${jsonText(object)}\n`;
    },
    end: () => NOTHING,
  };
}

/** `{"summary":…,"walks":[…],"diagnostics":[…],"findings":[…]}`: the summary is known last and stands first. */
function jsonRenderer({ spool }: RendererOptions): Renderer {
  const lists = { walk: spool(), diagnostic: spool(), finding: spool() };
  const separators = { walk: '', diagnostic: '', finding: '' };
  let summary = 'null';
  return {
    push: (record) => {
      const object = objectOf(record);
      if (object === null) return '';
      const text = jsonText(object);
      if (record.type === 'walk' || record.type === 'diagnostic' || record.type === 'finding') {
        lists[record.type].write(`${separators[record.type]}\n${text}`);
        separators[record.type] = ',';
      } else summary = text;
      return '';
    },
    *end() {
      yield `{"summary":${summary},\n"walks":[`;
      yield* lists.walk.read();
      yield '],\n"diagnostics":[';
      yield* lists.diagnostic.read();
      yield '],\n"findings":[';
      yield* lists.finding.read();
      yield ']}\n';
    },
  };
}

function objectOf(record: AnalysisRecord): object | null {
  switch (record.type) {
    case 'walk':
      return walkRecord(record.walk);
    case 'diagnostic':
      return diagnosticRecord(record.diagnostic);
    case 'finding':
      return findingRecord(record.finding);
    case 'summary':
      return summaryRecord(record.summary);
    case 'rules':
      return null;
  }
}
