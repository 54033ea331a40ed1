/**
 * A packet's prediction → blocks: the verdict, what it ends as, the ways that it may go with what each hangs
 * on, and the steps of the likeliest ways, as the kernel would log them.
 */
import type { PacketSpec } from '../model/packet-spec.ts';
import type { PredictedPath, Prediction, WhyNot } from '../model/prediction.ts';
import type { Ruleset } from '../model/ruleset.ts';
import type { SourceRef } from '../model/source.ts';
import { counted } from './count.ts';
import { type Block, type Line, line, type Row, type Section, span, type WalkOutline } from './outline.ts';
import { pathFacts, stepsText } from './prediction-facts.ts';
import { type PlacedRow, predictedRows, predictedSections } from './prediction-steps.ts';
import { packetLine, pathOutcome, percent } from './prediction-verdict.ts';
import { type Ending, endingsOf, endingsTable, fieldsWanted } from './prediction-ways.ts';
import { whyNotBlocks } from './prediction-why-not.ts';
import { wantedFile } from './prediction-wording.ts';

/** A packet, what is predicted of it, and what was asked about it. */
export interface PredictedPacket {
  /** The packet's number: its place among those given, from 0, or its own. */
  readonly n: number;
  readonly packet: PacketSpec;
  /** Where it is described. */
  readonly at: SourceRef;
  readonly prediction: Prediction;
  readonly whyNot: readonly WhyNot[];
}

/** Ways whose steps are shown, and endings that are listed, unless all is asked for. */
const SHOWN_WAYS = 3;
const LISTED_ENDINGS = 20;

/** The blocks of one packet. @param sameAs The packet that went the very same way; null: none */
export function predictionBlocks(
  predicted: PredictedPacket,
  ruleset: Ruleset,
  options: { readonly all: boolean; readonly sameAs: number | null },
): readonly Block[] {
  const { prediction, whyNot } = predicted;
  const { paths } = prediction;
  const { sameAs } = options;
  const endings = endingsOf(paths, options.all);
  // Who asks about a rule wants to read the answer, not the walk.
  const shown =
    sameAs !== null || (whyNot.length > 0 && !options.all) ? 0 : options.all ? paths.length : SHOWN_WAYS;
  const told = endings.slice(0, shown).flatMap(({ ways }) => ways.slice(0, 1));
  const rows = told.map((way) => {
    const path = paths[way];
    return path === undefined ? [] : predictedRows(path, predicted.packet.family, ruleset);
  });
  const [only] = paths;
  const head: readonly Block[] =
    paths.length === 1 && only !== undefined
      ? [walkBlock(predicted.n, ...singleHead(predicted, only, sameAs), predictedSections(rows[0] ?? []))]
      : manyHead(predicted, endings, options);
  const ways =
    paths.length === 1
      ? []
      : rows.map((each, i) => wayBlock(predicted, told[i] ?? 0, each, i === 0 ? null : rows[0]));
  const answers = whyNot.flatMap((asked) => whyNotBlocks(asked, prediction));
  return [...head, ...ways, ...answers];
}

/** What makes two predictions the same way: all that is shown of their steps. */
export function wayKey({ prediction, packet }: PredictedPacket, ruleset: Ruleset): string {
  return JSON.stringify(
    prediction.paths.map((path) => [
      path.probability,
      path.disposition,
      path.ending,
      path.traced,
      predictedRows(path, packet.family, ruleset),
    ]),
  );
}

function walkBlock(n: number, verdict: Line, facts: readonly Line[], sections: readonly Section[]): Block {
  const walk: WalkOutline = {
    n,
    count: 1,
    verdict,
    facts: facts.filter((fact) => fact.length > 0),
    divergence: null,
    sections,
  };
  return { kind: 'walk', walk };
}

function singleHead(
  predicted: PredictedPacket,
  path: PredictedPath,
  sameAs: number | null,
): readonly [Line, readonly Line[]] {
  return [
    line(packetLine(predicted.packet), ': ', pathOutcome(path)),
    [
      whereLine(predicted, [stepsText(path)]),
      ...(sameAs === null ? [] : [line(`goes the same way as #${sameAs}, step for step`)]),
      ...pathFacts(path),
    ],
  ];
}

function manyHead(
  predicted: PredictedPacket,
  endings: readonly Ending[],
  { all, sameAs }: { all: boolean; sameAs: number | null },
): readonly Block[] {
  const { packet, prediction, n } = predicted;
  const { paths, more } = prediction;
  const count = more
    ? `more than ${paths.length} ways, which are too many to follow`
    : `${paths.length} ways`;
  const facts = [
    whereLine(predicted, []),
    ...(sameAs === null ? [] : [line(`the same ways as #${sameAs}, step for step`)]),
    ...hangsOn(predicted),
    ...(more
      ? [line(span('warn', `shown are the first ${paths.length} that were found (--branches follows more)`))]
      : []),
  ];
  const listed = all ? endings.length : Math.min(endings.length, LISTED_ENDINGS);
  const rest = endings.length - listed;
  const grouped = endings.some(({ ways }) => ways.length > 1);
  const notes = [
    ...(rest > 0 ? [`and ${counted(rest, 'more ending')}`] : []),
    ...(grouped || rest > 0 ? ['--all tells every way'] : []),
  ];
  return [
    walkBlock(n, line(packetLine(packet), ': ', ...endOfAll(paths), span('warn', count)), facts, []),
    // One ending is told in the first line.
    ...(endings.length > 1 ? [endingsTable(paths, endings.slice(0, listed))] : []),
    ...(notes.length > 0 ? [{ kind: 'paragraph', text: [span('muted', notes.join(' · '))] } as const] : []),
  ];
}

/** The end, if it is the same on every way. */
function endOfAll(paths: readonly PredictedPath[]): readonly (Line | string)[] {
  const ends = paths.map(pathOutcome);
  const [first] = ends;
  const same = first !== undefined && new Set(ends.map((end) => JSON.stringify(end))).size === 1;
  return same ? [first, ', by '] : [];
}

/** What was not said of the packet, and the files that were not given, and would have told. */
function hangsOn({ packet, prediction: { paths } }: PredictedPacket): readonly Line[] {
  const kinds = new Set(paths.flatMap(({ wanting }) => wanting));
  const files = [...kinds].map((kind) => wantedFile(kind).file).join(', ');
  const fields = fieldsWanted(packet, paths);
  return [
    ...(fields.length === 0
      ? []
      : [line(span('warn', `hangs on what was not said of the packet: ${fields.join(', ')}`))]),
    ...(kinds.size === 0
      ? []
      : [line(span('warn', `hangs on what was not given: ${files}`), ' (how to make it stands at the end)')]),
  ];
}

/** The steps of one of several ways; those that it shares with the first are not told again. */
function wayBlock(
  { n, prediction }: PredictedPacket,
  index: number,
  rows: readonly PlacedRow[],
  first: readonly PlacedRow[] | null | undefined,
): Block {
  const path = prediction.paths[index];
  if (path === undefined) return walkBlock(n, [], [], []);
  const shared = first == null ? 0 : sharedRows(first, rows);
  const chance = percent(path.probability);
  return walkBlock(
    n,
    line(span('strong', `way ${index + 1}`), `${chance === null ? '' : `, ${chance}`}: `, pathOutcome(path)),
    [
      [span('muted', stepsText(path))],
      ...pathFacts(path),
      ...(shared === 0 ? [] : [line(`the same as way 1 up to step ${shared}`)]),
    ],
    first == null
      ? predictedSections(rows)
      : unlike(predictedSections(rows, shared), predictedSections(first, shared)),
  );
}

/** Sections that are on way 1 too, to the letter, are named and not told again. */
function unlike(sections: readonly Section[], others: readonly Section[]): readonly Section[] {
  const keyOf = ({ hook, table, rows }: Section): string =>
    JSON.stringify([hook, table, rows.map((row) => ({ ...row, line: null }))]);
  const known = new Set(others.map(keyOf));
  return sections.map((section) => {
    const [first, last] = [section.rows[0]?.line, section.rows.at(-1)?.line];
    if (!known.has(keyOf(section)) || first == null || last == null) return section;
    const steps = first === last ? `step ${first}` : `steps ${first}–${last}`;
    return { ...section, rows: [{ ...REMARK, text: [span('muted', `${steps}, as on way 1`)] }] };
  });
}

const REMARK: Row = { line: null, file: null, depth: 0, place: '', text: [], notes: [], weight: null };

function sharedRows(a: readonly PlacedRow[], b: readonly PlacedRow[]): number {
  let i = 0;
  while (i < a.length && i < b.length && JSON.stringify(a[i]) === JSON.stringify(b[i])) i++;
  return i;
}

/** Where the packet is described, unless the command line itself did. */
function whereLine({ at }: PredictedPacket, parts: readonly string[]): Line {
  const place = at.file.startsWith('--') ? [] : [`${at.file}:${at.line}`];
  const all = [...place, ...parts];
  return all.length === 0 ? [] : [span('muted', all.join(' · '))];
}
