/**
 * A predicted path or an observed walk → the one view that expectations are held against. What the rules or
 * the log leave open is undefined: a line shows the packet before its rule acts, and nothing is logged after
 * the last one.
 */
import type { Address, Family } from '../model/address.ts';
import type { Counterexample } from '../model/expectation.ts';
import type { TableName } from '../model/hook.ts';
import { dportOf, sportOf } from '../model/packet.ts';
import type { PredictedPath } from '../model/prediction.ts';
import { type Place, placeOf, type Ruleset } from '../model/ruleset.ts';
import type { Target } from '../model/target.ts';
import type { Disposition, Step, Walk } from '../model/walk.ts';

export interface WayStep {
  readonly table: TableName;
  readonly chain: string;
  readonly number: number;
  readonly place: Place;
}

export interface Way {
  readonly family: Family;
  readonly steps: readonly WayStep[];
  /** Steps may be missing: what is not among them may have been. */
  readonly gaps: boolean;
  readonly disposition: Disposition;
  readonly decider: WayStep | null;
  readonly final: {
    readonly src: Address | undefined;
    readonly dst: Address | undefined;
    readonly sport: number | undefined;
    readonly dport: number | undefined;
    readonly ttl: number | undefined;
    readonly tos: number | undefined;
    readonly length: number | undefined;
    readonly in: string;
    readonly out: string | undefined;
    readonly mark: number | undefined;
  };
  readonly probability: number | null;
  readonly walk: Counterexample['walk'];
}

/** The view of a predicted path. */
export function wayOfPath(path: PredictedPath, family: Family, ruleset: Ruleset): Way {
  const stepOf = ({ table, chain, number }: PredictedPath['steps'][number]): WayStep => ({
    table,
    chain,
    number,
    place: placeOf(ruleset, family, { table, chain, number }),
  });
  return {
    family,
    steps: path.steps.map(stepOf),
    gaps: false,
    disposition: path.disposition,
    decider: path.decidedBy === null ? null : stepOf(path.decidedBy),
    final: path.final,
    probability: path.probability,
    walk: null,
  };
}

function stepOf({ event, place }: Step): WayStep {
  return { table: event.table, chain: event.chain, number: event.number, place };
}

/** The view of an observed walk. */
export function wayOfWalk(walk: Walk): Way {
  const first = walk.steps[0]?.event;
  const last = walk.steps.at(-1);
  const decider = walk.decidedBy === null ? undefined : walk.steps[walk.decidedBy];
  const packet = last?.event.packet ?? walk.packet;
  const open = last === undefined ? EVERYTHING : openAfter(last, walk);
  return {
    family: packet.family,
    steps: walk.steps.map(stepOf),
    gaps: walk.gaps.length > 0 || walk.check.missing.length > 0 || walk.disposition === 'unknown',
    disposition: walk.disposition,
    decider: decider === undefined ? null : stepOf(decider),
    final: {
      src: open.source ? undefined : packet.src,
      dst: open.destination ? undefined : packet.dst,
      sport: open.source ? undefined : (sportOf(packet) ?? undefined),
      dport: open.destination ? undefined : (dportOf(packet) ?? undefined),
      ttl: packet.ttl,
      tos: packet.tos,
      length: packet.length,
      in: packet.in,
      out: packet.out === '' ? undefined : packet.out,
      mark: open.mark ? undefined : packet.mark,
    },
    probability: null,
    walk: { n: walk.n, at: { file: first?.file ?? '', line: first?.line ?? 0, column: 1 } },
  };
}

interface Open {
  readonly source: boolean;
  readonly destination: boolean;
  readonly mark: boolean;
}
const EVERYTHING: Open = { source: true, destination: true, mark: true };

/** What may have changed after the last line. A connection's later packets are translated behind POSTROUTING. */
function openAfter(last: Step, { steps, disposition }: Walk): Open {
  if (disposition === 'unknown') return EVERYTHING;
  const target = last.place.kind === 'rule' ? last.place.rule.target : null;
  const leaving = last.hook === 'POSTROUTING';
  const consulted = steps.some(({ hook, event }) => hook === 'POSTROUTING' && event.table === 'nat');
  return {
    source: changesSource(target) || (leaving && !consulted),
    destination: changesDestination(target),
    mark: changesMark(target),
  };
}

function changesSource(target: Target | null): boolean {
  return target !== null && ['SNAT', 'MASQUERADE', 'NETMAP', 'unknown'].includes(target.kind);
}

function changesDestination(target: Target | null): boolean {
  return target !== null && ['DNAT', 'REDIRECT', 'NETMAP', 'TPROXY', 'unknown'].includes(target.kind);
}

function changesMark(target: Target | null): boolean {
  return target !== null && ['MARK', 'CONNMARK', 'HMARK', 'TPROXY', 'SET', 'unknown'].includes(target.kind);
}

/** The last step of a way whose rule does this. */
export function lastWith(way: Way, does: (target: Target) => boolean): WayStep | null {
  return way.steps.findLast(({ place }) => place.kind === 'rule' && does(place.rule.target)) ?? null;
}

/** The rule that gave a field its last value; null: none did, or nothing tells. */
export function writerOf(way: Way, field: string): WayStep | null {
  switch (field) {
    case 'src':
    case 'sport':
      return lastWith(way, changesSource);
    case 'dst':
    case 'dport':
      return lastWith(way, changesDestination);
    case 'mark':
      return lastWith(way, changesMark);
    case 'ttl':
      return lastWith(way, ({ kind }) => kind === 'TTL');
    case 'tos':
      return lastWith(way, ({ kind }) => kind === 'TOS' || kind === 'DSCP');
    default:
      return null;
  }
}
