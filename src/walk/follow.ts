/**
 * Whether a line can come after a walk's last line, by the order in which the kernel runs hooks, tables,
 * chains and rules: call stack, gotos, chain ends and policies where rules are given (inside.ts, between.ts),
 * the kernel's words where not. Looks at no field of the packet but the interfaces that name the hook.
 */
import type { Packet } from '../model/packet.ts';
import { enterLost, enterTable } from './between.ts';
import type { Host } from './host.ts';
import { goOnInside, goOnLawlessly, skipInside, UNRULY } from './inside.ts';
import type { Line, Move, Relation } from './move.ts';
import type { Node } from './node.ts';

/** Sets `move` to how the line follows `from` with nothing missing and no rule contradicted, if it does. */
export function followExactly(from: Node, line: Line, host: Host, move: Move): void {
  reset(move);
  const { chain } = line;
  if (isSameTable(from, line) && goOnInside(from, from.effect, line, move)) {
    stay(from, line, move, 'exact');
  } else if (chain.hook !== null) {
    const relation = enterTable(from, line, chain.hook, host, move);
    move.relation = relation === 'exact' ? 'exact' : 'none';
  }
}

/** Sets `move` to how the line can follow `from`, if it does not exactly. */
export function followSomehow(from: Node, line: Line, host: Host, move: Move): void {
  reset(move);
  const { chain } = line;
  if (isSameTable(from, line)) {
    if (skipInside(from, line, move)) {
      stay(from, line, move, 'gap');
      return;
    }
    if (!from.effect.open && goOnInside(from, UNRULY[from.event.type], line, move)) {
      stay(from, line, move, 'unruly');
      return;
    }
    if (goOnLawlessly(from, line, move)) {
      stay(from, line, move, 'unruly');
      return;
    }
  }
  if (chain.hook !== null) move.relation = enterTable(from, line, chain.hook, host, move);
  else enterLost(from, line, move);
}

function reset(move: Move): void {
  move.relation = 'none';
  move.cost = 0;
  move.sure = true;
}

/** Whether the line can be of the same pass through the same table. */
function isSameTable(from: Node, { event, chain }: Line): boolean {
  if (chain.table !== from.chain.table || !isSameLink(from.event.packet, event.packet)) return false;
  return chain.hook === null || chain.hook === from.hook || !from.sure;
}

function isSameLink(a: Packet, b: Packet): boolean {
  return a === b || (a.in === b.in && a.out === b.out);
}

function stay(from: Node, { chain }: Line, move: Move, relation: Relation): void {
  move.relation = relation;
  move.hook = chain.hook ?? from.hook;
  move.sure = from.sure || chain.hook !== null;
}
