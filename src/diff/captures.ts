/**
 * Two captures → the flows that differ. Of each kind of packet of a flow, the ways of both sides are held against
 * each other; a way that only one side has is told beside the nearest one of the other side.
 */
import type { Difference, FlowName, Passage, WayDifference } from '../model/difference.ts';
import { type Capture, type CapturedFlow, type CapturedWay, flowKey } from './capture.ts';
import type { Alignment, ComparedRulesets, Side } from './rulesets.ts';
import { type ComparedFlow, tallyFlows, withReasons } from './tally.ts';
import { changedFields, commonSteps, idsOf, type NamedWay, partingOf, whyOf } from './ways.ts';

export interface CompareOptions {
  /** Whether the flows are some that were asked for: then the others are counted. */
  readonly filtered: boolean;
  /** Whether the run was interrupted. */
  readonly partial: boolean;
}

/** Compares two captures, A before B. `rules`: their rule sets, compared. */
export function compareCaptures(
  a: Capture,
  b: Capture,
  rules: ComparedRulesets,
  { filtered, partial }: CompareOptions,
): Difference {
  // Where each side is of one host, it is the same one, whatever its name.
  const named = a.hosts.size > 1 || b.hosts.size > 1;
  const flows = new Map<string, { a: CapturedFlow | null; b: CapturedFlow | null }>();
  for (const side of ['a', 'b'] as const) {
    for (const captured of (side === 'a' ? a : b).flows.values()) {
      const key = `${named ? captured.flow.host : ''} ${flowKey(captured.flow)}`;
      const both = flows.get(key) ?? { a: null, b: null };
      both[side] = captured;
      flows.set(key, both);
    }
  }
  const chosen = [...flows.values()].filter((each) => each.a?.chosen === true || each.b?.chosen === true);
  const compared = chosen.flatMap((each) => compareFlow(each.a, each.b, named, rules.alignment));
  const packetsOf = (side: Side): number => chosen.reduce((sum, each) => sum + (each[side]?.packets ?? 0), 0);
  return {
    mode: 'captures',
    rules: rulesOf(a, b, rules),
    sets: [],
    ...tallyFlows(compared),
    packets: filtered ? { a: packetsOf('a'), b: packetsOf('b') } : { a: a.packets, b: b.packets },
    beyond: a.beyond + b.beyond,
    leftOut: filtered ? flows.size - chosen.length : null,
    partial,
  };
}

function rulesOf(a: Capture, b: Capture, { difference }: ComparedRulesets): Difference['rules'] {
  return a.ruleset.tables.length === 0 || b.ruleset.tables.length === 0 ? null : difference;
}

function compareFlow(
  a: CapturedFlow | null,
  b: CapturedFlow | null,
  named: boolean,
  alignment: Alignment,
): readonly ComparedFlow[] {
  const some = a ?? b;
  if (some === null) return [];
  const flow: FlowName = named ? some.flow : { ...some.flow, host: null };
  const kinds = new Set([...(a?.kinds.keys() ?? []), ...(b?.kinds.keys() ?? [])]);
  const all: ComparedWay[] = [];
  let undecided = false;
  for (const kind of kinds) {
    const found = compareKind(
      kind,
      seenWays(a, kind, 'a', alignment),
      seenWays(b, kind, 'b', alignment),
      alignment,
    );
    all.push(...found.ways);
    undecided ||= found.undecided;
  }
  const ways = withReasons(leading(all.sort((x, y) => orderOf(x.difference) - orderOf(y.difference))));
  return [
    {
      flow,
      order: some.first,
      ways,
      undecided,
      packets: { a: a?.packets ?? 0, b: b?.packets ?? 0 },
    },
  ];
}

/** A difference, and which of its ways are of one side only. */
interface ComparedWay {
  readonly difference: WayDifference;
  readonly only: { readonly a: boolean; readonly b: boolean };
}

/** Where the first kind of packet fares otherwise, others that met no other rule only came, or did not. */
function leading(found: readonly ComparedWay[]): readonly WayDifference[] {
  const lead = found.find(({ difference }) => difference.changed.length > 0)?.difference;
  return found.flatMap(({ difference, only }) => {
    const { a, b, packet, why } = difference;
    const follows = lead !== undefined && packet !== lead.packet && why !== 'rules';
    if (!follows || a === null || b === null) return [difference];
    const bare = { packet, changed: [], parting: null, why, certain: true };
    return [...(only.a ? [{ ...bare, a, b: null }] : []), ...(only.b ? [{ ...bare, a: null, b }] : [])];
  });
}

function orderOf({ a, b }: WayDifference): number {
  return (a ?? b)?.first?.n ?? 0;
}

interface SeenWay extends NamedWay {
  readonly captured: CapturedWay;
}

function seenWays(
  captured: CapturedFlow | null,
  kind: string,
  side: Side,
  alignment: Alignment,
): readonly SeenWay[] {
  const ways = captured?.kinds.get(kind)?.values() ?? [];
  return [...ways].map((each) => ({ way: each.way, ids: idsOf(each.way, side, alignment), captured: each }));
}

function compareKind(
  packet: string,
  a: readonly SeenWay[],
  b: readonly SeenWay[],
  alignment: Alignment,
): { readonly ways: readonly ComparedWay[]; readonly undecided: boolean } {
  if (a.length === 0 || b.length === 0) {
    return {
      ways: [...a.map((way) => alone(packet, way, 'a')), ...b.map((way) => alone(packet, way, 'b'))],
      undecided: false,
    };
  }
  const onlyA = a.filter((way) => !b.some((other) => changedFields(way, other).length === 0));
  const onlyB = b.filter((way) => !a.some((other) => changedFields(other, way).length === 0));
  const closedA = onlyA.filter((way) => !mayBe(way, b));
  const closedB = onlyB.filter((way) => !mayBe(way, a));
  const ways: ComparedWay[] = [];
  const told = new Set<SeenWay>();
  for (const way of closedA) {
    const other =
      nearest(
        way,
        closedB.filter((each) => !told.has(each)),
      ) ?? nearest(way, b);
    if (other === null) continue;
    told.add(other);
    const only = { a: true, b: closedB.includes(other) };
    ways.push({ difference: apart(packet, way, other, alignment), only });
  }
  for (const way of closedB) {
    const other = told.has(way) ? null : nearest(way, a);
    if (other === null) continue;
    ways.push({ difference: apart(packet, other, way, alignment), only: { a: false, b: true } });
  }
  return { ways, undecided: closedA.length < onlyA.length || closedB.length < onlyB.length };
}

/** Whether what a way lacks, or the others lack, may make it one of them. */
function mayBe({ way }: SeenWay, others: readonly SeenWay[]): boolean {
  return others.some(({ way: other }) => {
    if (!way.open && !other.open) return false;
    const ended = [way, other].every(({ disposition }) => disposition !== 'unknown');
    return !ended || way.disposition === other.disposition;
  });
}

function nearest(way: NamedWay, others: readonly SeenWay[]): SeenWay | null {
  let best: SeenWay | null = null;
  let most = -1;
  for (const other of others) {
    const common =
      commonSteps(way.ids, other.ids) * 2 + (way.way.disposition === other.way.disposition ? 1 : 0);
    if (common > most) [best, most] = [other, common];
  }
  return best;
}

function apart(packet: string, a: SeenWay, b: SeenWay, alignment: Alignment): WayDifference {
  const parting = partingOf(a, b, alignment);
  return {
    packet,
    a: passageOf(a),
    b: passageOf(b),
    changed: changedFields(a, b),
    parting,
    why: whyOf(parting),
    certain: true,
  };
}

function alone(packet: string, way: SeenWay, side: Side): ComparedWay {
  const passage = passageOf(way);
  const [a, b] = side === 'a' ? [passage, null] : [null, passage];
  const difference: WayDifference = { packet, a, b, changed: [], parting: null, why: 'state', certain: true };
  return { difference, only: { a: a !== null, b: b !== null } };
}

function passageOf({ captured: { way, packets, first } }: SeenWay): Passage {
  return { way, packets, first, assumptions: [] };
}
