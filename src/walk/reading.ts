/**
 * One reading of a group's lines: which walks they make. Mostly there is one; where a line fits two walks (nearly)
 * equally well, two readings go on side by side until later lines tell (group.ts).
 */
import { IMPOSSIBLE } from './cost.ts';
import type { Move } from './move.ts';
import { type Node, sameState } from './node.ts';
import type { Start } from './start.ts';

export interface Reading {
  /** Walks under way, by their last lines; that which moved last is last. */
  readonly heads: Node[];
  /** Walks that are over, kept for a while in case that the rules were wrong to say so. */
  readonly ended: Node[];
  /** Starts that this reading needs and others may not. */
  readonly starts: Start[];
  cost: number;
}

export function newReading(): Reading {
  return { heads: [], ended: [], starts: [], cost: 0 };
}

/** A reading that goes on from this one. */
export function copyOf(reading: Reading, cost: number): Reading {
  return { heads: [...reading.heads], ended: [...reading.ended], starts: [...reading.starts], cost };
}

/** Takes a walk out, from where it is. */
export function removeNode(reading: Reading, node: Node): void {
  for (const list of [reading.heads, reading.ended]) {
    const at = list.indexOf(node);
    if (at < 0) continue;
    list.splice(at, 1);
    return;
  }
}

/** Whether the walks under way are in the same states in both readings: later lines cannot part them. */
export function sameFuture(a: Reading, b: Reading): boolean {
  if (a.heads.length !== b.heads.length) return false;
  const others = b.heads.filter((node) => !a.heads.includes(node));
  for (const node of a.heads) {
    if (b.heads.includes(node)) continue;
    const at = others.findIndex((other) => sameState(node, other));
    if (at < 0) return false;
    others.splice(at, 1);
  }
  return true;
}

/** What a line can be: the next of a walk, or (null) the first of a new one. */
export interface Offer {
  readonly from: Node | null;
  readonly move: Move;
  readonly price: number;
}

/** An offer taken in a reading. */
export interface Choice extends Offer {
  readonly reading: Reading;
  /** Of the whole reading, with this line. */
  readonly cost: number;
}

/** The lowest price among offers to walks of the reading. */
export function bestPrice(reading: Reading, offers: readonly Offer[]): number {
  let best = IMPOSSIBLE;
  for (const { from, price } of offers) if (price < best && holds(reading, from)) best = price;
  return best;
}

/** Whether the reading has the walk (or may begin one). */
function holds({ heads, ended }: Reading, node: Node | null): boolean {
  return node === null || heads.includes(node) || ended.lastIndexOf(node) >= 0;
}

/** The choices of one reading that cost at most `margin` more than its cheapest. */
export function choicesOf(reading: Reading, offers: readonly Offer[], margin: number): Choice[] {
  const limit = bestPrice(reading, offers) + margin;
  return offers
    .filter(({ from, price }) => price <= limit && holds(reading, from))
    .map((offer) => ({ ...offer, reading, cost: reading.cost + offer.price }));
}

/** So many states a walk's state is compared with. */
const COMPARED = 8;

/**
 * One walk of each state, that which moved last: others in the same state may have ended unseen. Compared
 * with a few only, so that a crowd of different walks does not cost its square.
 */
export function distinctStates(nodes: readonly Node[]): readonly Node[] {
  if (nodes.length < 2) return nodes;
  const distinct: Node[] = [];
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i];
    if (node !== undefined && !isAmongLast(distinct, node)) distinct.push(node);
  }
  return distinct.reverse();
}

function isAmongLast(nodes: readonly Node[], node: Node): boolean {
  for (let i = nodes.length - 1; i >= 0 && i >= nodes.length - COMPARED; i--) {
    const other = nodes[i];
    if (other !== undefined && sameState(other, node)) return true;
  }
  return false;
}
