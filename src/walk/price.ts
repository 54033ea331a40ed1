/** The price of reading a line as a walk's next: the order of lines (follow.ts) and the fields (continuity.ts). */
import type { TraceEvent } from '../model/event.ts';
import { continuity } from './continuity.ts';
import { COST, IMPOSSIBLE } from './cost.ts';
import { WAY } from './effect.ts';
import { followExactly, followSomehow, type Move } from './follow.ts';
import type { Host } from './host.ts';
import type { Node } from './node.ts';
import type { ChainProgram } from './program.ts';

/** What the price depends on beside the two lines. */
export interface Circumstances {
  readonly host: Host;
  /** The packet's identity all but names it. */
  readonly distinctive: boolean;
  /** Serial number of the latest event before which the log says that lines were lost. */
  readonly lastLoss: number;
}

/** The price of `event` as the very next line of `from`; IMPOSSIBLE if anything would be missing. */
export function priceExactly(
  from: Node,
  event: TraceEvent,
  chain: ChainProgram,
  host: Host,
  move: Move,
): number {
  followExactly(from, event, chain, host, move);
  if (move.relation === 'none') return IMPOSSIBLE;
  const { chain: known, effect } = from;
  const unusual =
    effect.open && known.habits.contradicts(from.event.number, move.way, chain) ? COST.unusual : 0;
  return (
    unusual +
    move.cost +
    bindingCost(from, event) +
    continuity(from, event.table, event.packet, move.hook, false, host)
  );
}

/** The price of `event` as a later line of `from`, if it is not its very next. */
export function priceSomehow(
  from: Node,
  event: TraceEvent,
  chain: ChainProgram,
  circumstances: Circumstances,
  move: Move,
): number {
  followSomehow(from, event, chain, circumstances.host, move);
  if (move.relation === 'none') return IMPOSSIBLE;
  const base = relationPrice(from, move, circumstances);
  const gap = move.relation === 'gap';
  const changes = continuity(from, event.table, event.packet, move.hook, gap, circumstances.host);
  // A packet that all but names itself is not given up for a changed field.
  return base + move.cost + (circumstances.distinctive ? changes / 10 : changes);
}

function relationPrice(from: Node, move: Move, { distinctive, lastLoss }: Circumstances): number {
  if (from.effect.ways === WAY.end) return distinctive ? COST.afterEndDistinctive : COST.afterEnd;
  if (move.relation === 'exact') return 0;
  if (move.relation === 'unruly') return distinctive ? COST.unrulyDistinctive : COST.unruly;
  if (lastLoss > from.serial) return COST.gapAtLoss;
  return distinctive ? COST.gapDistinctive : COST.gap;
}

/** nat at the second hook without nat at the first: the walk of a connection's first packet has both. */
function bindingCost(from: Node, event: TraceEvent): number {
  return event.table === 'nat' && from.binding === 'passed' ? COST.lateBinding : 0;
}
