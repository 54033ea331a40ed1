/** The price of reading a line as a walk's next: the order of lines (follow.ts) and the fields (continuity.ts). */
import { continuity } from './continuity.ts';
import { COST, IMPOSSIBLE } from './cost.ts';
import { WAY } from './effect.ts';
import { followExactly, followSomehow } from './follow.ts';
import type { Host } from './host.ts';
import type { Line, Move } from './move.ts';
import type { Node } from './node.ts';

/** What the price depends on beside the two lines. */
export interface Circumstances {
  readonly host: Host;
  /** The packet's identity all but names it. */
  readonly distinctive: boolean;
  /** Serial number of the latest event before which the log says that lines were lost. */
  readonly lastLoss: number;
}

/** The price of the line as the very next of `from`; IMPOSSIBLE if anything would be missing. */
export function priceExactly(from: Node, line: Line, circumstances: Circumstances, move: Move): number {
  followExactly(from, line, circumstances.host, move);
  if (move.relation === 'none') return IMPOSSIBLE;
  const changes = changesCost(from, line, move, circumstances);
  return changes + move.cost + bindingCost(from, line) + habitCost(from, line, move) + timeCost(from, line);
}

/** The price of the line as a later one of `from`, if it is not its very next. */
export function priceSomehow(from: Node, line: Line, circumstances: Circumstances, move: Move): number {
  followSomehow(from, line, circumstances.host, move);
  if (move.relation === 'none') return IMPOSSIBLE;
  const base = relationPrice(from, move, circumstances);
  return base + changesCost(from, line, move, circumstances) + move.cost + timeCost(from, line);
}

/** What the changed fields cost. A packet that all but names itself is not given up for one. */
function changesCost(
  from: Node,
  { event }: Line,
  { hook, relation }: Move,
  { host, distinctive }: Circumstances,
): number {
  // Lost lines may have changed anything, and a rule that is contradicted is not the one that ran.
  const changes = continuity(from, event, hook, relation !== 'exact', host);
  return distinctive ? changes / 10 : changes;
}

function relationPrice(from: Node, move: Move, { distinctive, lastLoss }: Circumstances): number {
  if (from.effect.ways === WAY.end) return distinctive ? COST.afterEndDistinctive : COST.afterEnd;
  if (move.relation === 'exact') return 0;
  if (move.relation === 'unruly') return distinctive ? COST.unrulyDistinctive : COST.unruly;
  if (lastLoss > from.serial) return COST.gapAtLoss;
  return distinctive ? COST.gapDistinctive : COST.gap;
}

/** Seconds in which no packet stays between two lines, but one that is queued. */
const LONG = 10;

/** The kernel's own clock: an ID that comes again after long, or after a reboot, is another packet's. */
function timeCost({ event, effect }: Node, line: Line): number {
  if (event.uptime === null || line.event.uptime === null) return 0;
  const apart = Math.abs(line.event.uptime - event.uptime) > LONG;
  if (!apart || (effect.ways & WAY.again) !== 0) return 0;
  // An unknown rule may queue.
  return effect.open && event.type === 'rule' ? 0 : COST.longAgo;
}

/** nat at the second hook without nat at the first: the walk of a connection's first packet has both. */
function bindingCost(from: Node, { event }: Line): number {
  return event.table === 'nat' && from.binding === 'passed' ? COST.lateBinding : 0;
}

/** Unknown rules are known by what they have led to. */
function habitCost({ event, chain, effect }: Node, line: Line, { way }: Move): number {
  return effect.open && chain.habits.contradicts(event.number, way, line.chain) ? COST.unusual : 0;
}
