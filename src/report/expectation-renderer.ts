/**
 * What came of cases, one by one → text in one format. A renderer is fed in the cases' order; `end` gives the
 * rest: counts, and the context that would have decided what is open.
 */
import { SCHEMA_VERSION } from '../model/analysis.ts';
import type { ContextKind } from '../model/context.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import {
  type CaseResult,
  EXPECTATION_STATUSES,
  type ExpectationStatus,
  type ExpectationVerdict,
} from '../model/expectation.ts';
import { jsonText } from '../text/escape.ts';
import { counted } from './count.ts';
import { caseLine, plainText, reasonLines, STATUS_TONE, troubleLines } from './expectation-outline.ts';
import { caseRecord } from './expectation-record.ts';
import { JunitSuite, junitText } from './junit-suite.ts';
import { type Block, joined, line, span } from './outline.ts';
import { wantedFile } from './prediction-wording.ts';
import { diagnosticRecord } from './record.ts';
import type { Spool } from './renderer.ts';
import { placeInFile } from './sarif.ts';
import { SarifLog } from './sarif-log.ts';
import type { Page } from './terminal/layout.ts';
import { renderBlocks } from './terminal/render.ts';
import { messageOf } from './wording.ts';

export interface ExpectationRenderer {
  push(result: CaseResult): string;
  end(): Iterable<string>;
}

export interface ExpectationRendererOptions {
  readonly page: Page;
  readonly spool: () => Spool;
  /** What was found about the inputs; text says it elsewhere. */
  readonly diagnostics: readonly Diagnostic[];
}

export type ExpectationFormat = 'text' | 'ndjson' | 'junit' | 'sarif';

const RENDERERS = {
  text: textRenderer,
  ndjson: ndjsonRenderer,
  junit: junitRenderer,
  sarif: sarifRenderer,
} satisfies Record<ExpectationFormat, (options: ExpectationRendererOptions) => ExpectationRenderer>;

/** A renderer of this format. */
export function openExpectationRenderer(
  format: ExpectationFormat,
  options: ExpectationRendererOptions,
): ExpectationRenderer {
  return RENDERERS[format](options);
}

/** What the end of a report counts. */
class Tally {
  cases = 0;
  readonly counts: Record<ExpectationStatus, number> = { met: 0, unmet: 0, undecided: 0 };
  readonly wanting = new Set<ContextKind>();

  add({ status, wanting }: CaseResult): void {
    this.cases++;
    this.counts[status]++;
    for (const kind of wanting) this.wanting.add(kind);
  }
}

function textRenderer({ page }: ExpectationRendererOptions): ExpectationRenderer {
  const tally = new Tally();
  return {
    push: (result) => {
      tally.add(result);
      const trouble = troubleLines(result);
      const blocks: Block[] = [{ kind: 'paragraph', text: caseLine(result) }];
      if (trouble.length > 0) blocks.push({ kind: 'list', items: trouble });
      return renderBlocks(page, blocks);
    },
    end: () => [renderBlocks(page, endBlocks(tally))],
  };
}

function endBlocks({ cases, counts, wanting }: Tally): readonly Block[] {
  if (cases === 0) return [];
  const parts = EXPECTATION_STATUSES.filter((status) => counts[status] > 0).map((status) =>
    line(`${counts[status]} `, span(STATUS_TONE[status], status)),
  );
  const sum: Block = { kind: 'heading', text: line(`${counted(cases, 'case')}: `, joined(parts, ', ')) };
  if (wanting.size === 0) return [sum];
  return [
    sum,
    { kind: 'heading', text: line('What would tell more') },
    {
      kind: 'table',
      head: ['file', 'tells', 'made by'],
      align: ['left', 'left', 'left'],
      rows: [...wanting].map((kind) => {
        const { file, tells, command } = wantedFile(kind);
        return [line(file), line(tells), line(span('code', command))];
      }),
    },
  ];
}

function ndjsonRenderer({ diagnostics }: ExpectationRendererOptions): ExpectationRenderer {
  const tally = new Tally();
  return {
    push: (result) => {
      tally.add(result);
      return `${jsonText(caseRecord(result))}\n`;
    },
    end: () => [
      ...diagnostics.map((each) => `${jsonText(diagnosticRecord(each))}\n`),
      `${jsonText({ type: 'summary', schemaVersion: SCHEMA_VERSION, cases: tally.cases, ...tally.counts })}\n`,
    ],
  };
}

function junitRenderer({ spool, diagnostics }: ExpectationRendererOptions): ExpectationRenderer {
  const suites = new Map<string, JunitSuite>();
  const inputs = new JunitSuite('inputs', spool());
  return {
    push: (result) => {
      const { file } = result.case.at;
      const suite = suites.get(file) ?? new JunitSuite(file, spool());
      suites.set(file, suite);
      const trouble = troubleLines(result).map(plainText);
      const outcome = ({ met: 'passed', unmet: 'failure', undecided: 'error' } as const)[result.status];
      suite.add({
        name: result.case.name,
        group: file,
        outcome,
        message: trouble
          .slice(0, 2)
          .map((text) => text.trim())
          .join('; '),
        body: trouble.join('\n'),
      });
      return '';
    },
    end: () => {
      for (const each of diagnostics) {
        if (each.severity !== 'error') continue;
        const name = `${each.code} at ${each.at.file}:${each.at.line}`;
        inputs.add({ name, group: each.at.file, outcome: 'error', message: messageOf(each), body: '' });
      }
      return junitText([...suites.values(), inputs]);
    },
  };
}

/** An expectation that is not met points at the rule responsible, and from there at the expectation's own line. */
function sarifRenderer({ diagnostics }: ExpectationRendererOptions): ExpectationRenderer {
  const log = new SarifLog((id) =>
    id.startsWith('expectation.') ? 'What is expected of a packet.' : 'A problem with an input.',
  );
  const resultOf = (name: string, verdict: ExpectationVerdict): string => {
    const { expectation, status, counterexamples } = verdict;
    const [first] = counterexamples;
    const [reason] = reasonLines(verdict);
    const source = first?.blame == null ? null : placeInFile(first.blame.place);
    const { file, line } = expectation.at;
    const own = { file, line, column: expectation.at.column };
    const seen =
      first?.walk == null ? '' : ` (packet #${first.walk.n}, ${first.walk.at.file}:${first.walk.at.line})`;
    const instead = [
      first?.found ?? '',
      first?.unless == null ? '' : `not known: ${first.unless}`,
      reason === undefined ? '' : plainText(reason),
    ];
    return log.result({
      ruleId: `expectation.${expectation.wanted.kind}`,
      severity: status === 'unmet' ? 'error' : 'warning',
      message: `${name}: expected that it ${expectation.text}; ${instead.filter((text) => text !== '').join(', ')}${seen}`,
      at: source ?? own,
      related: source === null ? [] : [{ at: own, message: 'the expectation' }],
    });
  };
  return {
    push: ({ case: { name }, predicted, observed }) =>
      [
        ...predicted.filter(({ status }) => status !== 'met'),
        ...(observed?.verdicts ?? []).filter(({ status }) => status === 'unmet'),
      ]
        .map((verdict) => resultOf(name, verdict))
        .join(''),
    *end() {
      for (const each of diagnostics) {
        const { code, severity, at, excerpt } = each;
        const place = { file: at.file, line: at.line, column: excerpt === null ? null : at.column };
        yield log.result({ ruleId: code, severity, message: messageOf(each), at: place, related: [] });
      }
      yield log.end(true);
    },
  };
}
