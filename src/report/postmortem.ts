/**
 * Records of an analysis, as they pass → a whole postmortem, told once for every format: verdict, what was
 * captured, findings, flows, walks, rules and endpoints, assumptions, inputs. Everything is known only with
 * the summary; memory is bounded by the folds.
 */
import type { AnalysisRecord, Summary } from '../model/analysis.ts';
import type { InputFile } from '../model/inputs.ts';
import { type Moment, placeInTime } from '../model/moment.ts';
import type { Ruleset } from '../model/ruleset.ts';
import type { Walk } from '../model/walk.ts';
import { Assumed } from './assumed.ts';
import { counted, number } from './count.ts';
import { Flows, flowBlocks } from './flows.ts';
import { type Group, Groups } from './groups.ts';
import { remarks } from './input-outline.ts';
import { type Block, type Line, line, span, type WalkOutline } from './outline.ts';
import { likenessOf } from './packet-list.ts';
import { overviewBlocks, Passage } from './passage.ts';
import { findingBlocks, toldFindings } from './postmortem-findings.ts';
import { verdictParagraph } from './postmortem-verdict.ts';
import { choiceBlocks, Reach, unreachedBlocks } from './reach.ts';
import { enders, headline } from './summary-outline.ts';
import { Tally } from './tally.ts';
import { Timeline, timelineBlocks } from './timeline.ts';
import { walkOutline } from './walk-outline.ts';
import { type WalkRow, WalkRows } from './walk-rows.ts';

/** A bound of the incident: as written, and as a moment. */
export interface IncidentEdge {
  readonly text: string;
  readonly moment: Moment;
}

export interface PostmortemOptions {
  /** Title and notes are asked for at the end, when it is known what is to be redacted in them. */
  readonly title: () => string | null;
  readonly from: IncidentEdge | null;
  readonly to: IncidentEdge | null;
  /** Paragraphs of the person who writes it. */
  readonly notes: () => readonly string[];
  /** The files that were read; asked for once, at the end. */
  readonly inputs: () => readonly InputFile[];
}

export const NO_POSTMORTEM_OPTIONS: PostmortemOptions = {
  title: () => null,
  from: null,
  to: null,
  notes: () => [],
  inputs: () => [],
};

export interface ReportWalk {
  readonly group: Group;
  readonly outline: WalkOutline;
}

export interface Postmortem {
  readonly title: string;
  readonly head: readonly Block[];
  /** Walks of each kind, alarming ones first. They stand between head and tail. */
  readonly walks: readonly ReportWalk[];
  /** Number of the walk that shows the weightiest finding; null: none is about a packet. */
  readonly worst: number | null;
  /** Packets of kinds that are not among the walks. */
  readonly beyond: number;
  readonly tail: readonly Block[];
  readonly rows: readonly WalkRow[];
  /** Packets that are not among the rows. */
  readonly unlisted: number;
}

export class PostmortemFold {
  private readonly options: PostmortemOptions;
  private readonly tally = new Tally();
  private readonly groups = new Groups();
  private readonly flows = new Flows();
  private readonly passage = new Passage();
  private readonly timeline = new Timeline();
  private readonly reach = new Reach();
  private readonly assumed = new Assumed();
  private readonly rows = new WalkRows();
  private ruleset: Ruleset | null = null;
  private summary: Summary | null = null;
  private within = 0;

  constructor(options: PostmortemOptions) {
    this.options = options;
  }

  push(record: AnalysisRecord): void {
    switch (record.type) {
      case 'rules':
        this.ruleset = record.ruleset;
        return;
      case 'diagnostic':
        this.tally.addDiagnostic(record.diagnostic);
        return;
      case 'finding':
        this.tally.addFinding(record.finding);
        return;
      case 'walk':
        this.pushWalk(record.walk);
        return;
      case 'summary':
        this.summary = record.summary;
    }
  }

  private pushWalk(walk: Walk): void {
    this.tally.addWalk(walk);
    this.rows.add(walk, this.groups.add(walk, this.tally.lossesWithin(walk)));
    this.flows.add(walk);
    this.passage.add(walk);
    this.timeline.add(walk);
    this.reach.add(walk);
    this.assumed.add(walk);
    if (this.isWithin(walk)) this.within += 1;
  }

  private isWithin(walk: Walk): boolean {
    const { from, to } = this.options;
    const start = walk.steps[0]?.event;
    if (start === undefined || (from === null && to === null)) return false;
    const after = from === null ? 0 : placeInTime(start, from.moment);
    const before = to === null ? 0 : placeInTime(start, to.moment);
    return after !== null && before !== null && after >= 0 && before <= 0;
  }

  /** The whole story; call it once, after the summary. */
  report(): Postmortem {
    const { options, tally, ruleset } = this;
    const summary = this.summary ?? EMPTY_SUMMARY;
    const groups = this.groups.sorted();
    const renumbering = tally.renumbering(ruleset);
    const walks = groups.map((group): ReportWalk => {
      const { example, losses } = group;
      const called = tally.calledBy(example.n);
      const options = { like: likenessOf(group), losses, ruleset, renumbering, called };
      return { group, outline: walkOutline(example, options) };
    });
    const told = toldFindings(tally, groups, ruleset, this.flows);
    const head: Block[] = [
      { kind: 'heading', text: line('Verdict'), id: 'verdict' },
      { kind: 'paragraph', text: verdictParagraph(summary, tally, groups) },
      ...this.notes(),
      { kind: 'heading', text: line('What was captured'), id: 'captured' },
      ...headline(summary, tally),
      ...this.incident(),
      ...named(remarks(summary, tally), 'input'),
      ...timelineBlocks(this.timeline, incidentSeconds(options)),
      ...overviewBlocks(this.passage),
      ...findingBlocks(told),
      ...flowBlocks(this.flows),
    ];
    const tail: Block[] = [
      ...named(enders(tally, 100), 'stopped'),
      ...(ruleset === null
        ? []
        : [...choiceBlocks(ruleset, this.reach), ...unreachedBlocks(ruleset, this.reach)]),
      ...(tally.checked ? this.assumed.blocks() : []),
      ...inputBlocks(options.inputs()),
    ];
    return {
      title: options.title() ?? 'What the packets did',
      head,
      walks,
      worst: told.find(({ walk, tone }) => walk !== null && tone !== 'muted')?.walk ?? null,
      beyond: this.groups.beyond,
      tail,
      rows: this.rows.sorted(),
      unlisted: this.rows.beyond,
    };
  }

  private notes(): readonly Block[] {
    const notes = this.options.notes();
    if (notes.length === 0) return [];
    return [
      { kind: 'heading', text: line('Notes'), id: 'notes' },
      ...notes.map((text): Block => ({ kind: 'paragraph', text: line(text) })),
    ];
  }

  private incident(): readonly Block[] {
    const { from, to } = this.options;
    if (from === null && to === null) return [];
    const range = [
      from === null ? 'until' : `from ${from.text}`,
      to === null ? 'on' : `${from === null ? '' : 'to '}${to.text}`,
    ];
    const text = line(
      span('strong', 'Incident: '),
      `${range.join(' ')}; `,
      `${counted(this.within, 'packet')} of ${number(this.tally.walks)} in it`,
    );
    return [{ kind: 'paragraph', text }];
  }
}

const EMPTY_SUMMARY: Summary = {
  lines: 0,
  records: 0,
  traceLines: 0,
  unparsed: 0,
  notOurs: 0,
  walks: 0,
  dispositions: {},
  checks: { agrees: 0, diverges: 0, incomplete: 0, unchecked: 0 },
  partial: true,
};

/** The same blocks, their first heading with a name for links. */
function named(blocks: readonly Block[], id: string): readonly Block[] {
  return blocks.map((block, i) => (i === 0 && block.kind === 'heading' ? { ...block, id } : block));
}

function incidentSeconds({ from, to }: PostmortemOptions): { from: number | null; to: number | null } | null {
  const seconds = (edge: IncidentEdge | null): number | null =>
    edge?.moment.kind === 'utc' ? edge.moment.milliseconds / 1000 : null;
  const [start, end] = [seconds(from), seconds(to)];
  return start === null && end === null ? null : { from: start, to: end };
}

function inputBlocks(inputs: readonly InputFile[]): readonly Block[] {
  if (inputs.length === 0) return [];
  return [
    { kind: 'heading', text: line('Appendix: input files'), id: 'files' },
    {
      kind: 'table',
      head: ['file', 'read as', 'bytes', 'SHA-256'],
      align: ['left', 'left', 'right', 'left'],
      rows: inputs.map(({ file, role, bytes, sha256 }): readonly Line[] => [
        line(file === '-' ? 'standard input' : file),
        line(role),
        line(bytes === null ? '?' : number(bytes)),
        [span('code', sha256 ?? 'not known')],
      ]),
    },
  ];
}
