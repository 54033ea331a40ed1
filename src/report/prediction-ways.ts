/**
 * The ways that a packet may go → its endings: ways that end alike as one, with what all of them hang on, and what
 * would have to be said of the packet to know more.
 */
import type { PacketSpec } from '../model/packet-spec.ts';
import type { PredictedPath } from '../model/prediction.ts';
import { type Line, line, span, type TableBlock } from './outline.ts';
import { factsOf, ifLine } from './prediction-facts.ts';
import { pathOutcome, percent } from './prediction-verdict.ts';

/** Ways with one ending. */
export interface Ending {
  /** Indices of the ways, the likeliest first. */
  readonly ways: readonly number[];
  readonly outcome: Line;
}

/** @param apart Each way is told by itself */
export function endingsOf(paths: readonly PredictedPath[], apart: boolean): readonly Ending[] {
  const endings = new Map<string, { ways: number[]; outcome: Line }>();
  paths.forEach((path, way) => {
    const outcome = pathOutcome(path);
    const key = apart ? String(way) : JSON.stringify(outcome);
    const known = endings.get(key);
    if (known === undefined) endings.set(key, { ways: [way], outcome });
    else known.ways.push(way);
  });
  return [...endings.values()];
}

/** How the packet may end, how likely, and what must hold on every way to it. */
export function endingsTable(paths: readonly PredictedPath[], endings: readonly Ending[]): TableBlock {
  const told = paths.some(({ probability }) => probability !== null);
  const grouped = endings.some(({ ways }) => ways.length > 1);
  return {
    kind: 'table',
    head: ['way', ...(told ? ['chance'] : []), 'how it ends'],
    align: [grouped ? 'left' : 'right', ...(told ? (['right'] as const) : []), 'left'],
    rows: endings.map(({ ways, outcome }) => {
      const own = ways.flatMap((way) => paths[way] ?? []);
      return [
        line(numbersText(ways)),
        ...(told ? [line(percent(chanceOf(own)) ?? '?')] : []),
        line(outcome, ifLine(commonFacts(own)), ...manyText(own)),
      ];
    }),
  };
}

function chanceOf(paths: readonly PredictedPath[]): number | null {
  return paths.reduce<number | null>(
    (sum, { probability }) => (sum === null || probability === null ? null : sum + probability),
    0,
  );
}

function commonFacts(paths: readonly PredictedPath[]): readonly string[] {
  const [first, ...others] = paths;
  if (first === undefined) return [];
  const known = others.map((path) => new Set(factsOf(path)));
  return factsOf(first).filter((fact) => known.every((facts) => facts.has(fact)));
}

function manyText({ length }: readonly PredictedPath[]): Line {
  return length > 1 ? [span('muted', `, by ${length} ways`)] : [];
}

/** `1–3, 7`, counted from 1. */
function numbersText(ways: readonly number[]): string {
  const runs: { from: number; to: number }[] = [];
  for (const way of ways) {
    const last = runs.at(-1);
    if (last !== undefined && last.to === way) last.to = way + 1;
    else runs.push({ from: way + 1, to: way + 1 });
  }
  return runs.map(({ from, to }) => (from === to ? String(from) : `${from}–${to}`)).join(', ');
}

/** Fields of a packet that may be left out: as a fact names them, and an example of saying them. */
const FIELDS: readonly (readonly [name: string, field: keyof PacketSpec, example: string])[] = [
  ['protocol', 'protocol', 'proto=tcp'],
  ['source address', 'src', 'src='],
  ['destination address', 'dst', 'dst='],
  ['source port', 'sport', 'sport='],
  ['destination port', 'dport', 'dport='],
  ['TCP flags', 'flags', 'flags=syn'],
  ['ICMP type', 'icmpType', 'icmpType=8'],
];

/** What was left out of the packet and decides between its ways: `flags=syn`. */
export function fieldsWanted(packet: PacketSpec, paths: readonly PredictedPath[]): readonly string[] {
  const facts = new Set(
    paths.flatMap(({ assumptions }) =>
      assumptions.filter(({ kind }) => kind === 'packet').map(({ fact }) => fact),
    ),
  );
  return FIELDS.flatMap(([name, field, example]) => {
    const open = packet[field] === undefined && [...facts].some((fact) => fact.includes(`packet's ${name} `));
    return open ? [example] : [];
  });
}
