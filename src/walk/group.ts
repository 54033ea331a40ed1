/**
 * The walks under way of one identity (identity.ts), and the decision which of them a line belongs to. Where
 * a line fits two walks (nearly) equally well, two readings go on side by side until later lines tell, a
 * bounded number of them for a bounded while. Which walk a line goes to is settled here; when a walk
 * has ended is too, but what becomes of it is the assembler's matter.
 */
import type { TraceEvent } from '../model/event.ts';
import type { Packet } from '../model/packet.ts';
import { begin } from './begin.ts';
import { IMPOSSIBLE, silenceCost } from './cost.ts';
import { type Move, newMove } from './follow.ts';
import type { Host } from './host.ts';
import { extend, isOver, type Node, sameState, splitCopy } from './node.ts';
import { type Circumstances, priceExactly, priceSomehow } from './price.ts';
import type { ChainProgram } from './program.ts';
import type { AgeQueue } from './queue.ts';
import type { Numbering, Start } from './start.ts';

/** Readings whose price differs by less than this are both kept for a while. */
const MARGIN = 1;
/** Readings dearer than the best by this much are given up. */
const GIVE_UP = 3;
const READINGS = 16;
/** Lines of a group after which the best of several readings is taken. */
const LOOK_BACK = 256;
/** Of the walks that are over, so many of the latest may still go on. */
const REVIVABLE = 4;
/** So many states a walk's state is compared with. */
const COMPARED = 8;
/** A line that fits exactly at this price is not looked for elsewhere. */
const GOOD = 1;

/** Which walks the lines of a group make. */
interface Reading {
  /** Walks under way, by their last lines. */
  readonly heads: Node[];
  /** Walks that are over, kept for a while in case that the rules were wrong to say so. */
  readonly ended: Node[];
  /** Starts that this reading needs and others may not. */
  readonly starts: Start[];
  cost: number;
}

/** What a line can be: the next of a walk, or (null) the first of a new one. */
interface Offer {
  readonly from: Node | null;
  readonly move: Move;
  readonly price: number;
}

interface Choice extends Offer {
  readonly reading: Reading;
  /** Of the whole reading, with this line. */
  readonly cost: number;
}

/** The lowest price among offers to walks of the reading. */
function bestOf(reading: Reading, offers: readonly Offer[]): number {
  let best = IMPOSSIBLE;
  for (const { from, price } of offers) if (price < best && holds(reading, from)) best = price;
  return best;
}

/** Whether the reading has the walk (or may begin one). */
function holds({ heads, ended }: Reading, node: Node | null): boolean {
  return node === null || heads.includes(node) || ended.lastIndexOf(node) >= 0;
}

/** The cheapest choices of one reading. Of walks in the same state one is enough: that which moved last. */
function choicesOf(reading: Reading, offers: readonly Offer[]): Choice[] {
  const choices: Choice[] = [];
  const limit = bestOf(reading, offers) + MARGIN;
  for (const { from, move, price } of offers) {
    if (price > limit || !holds(reading, from)) continue;
    const choice = { from, move, price, reading, cost: reading.cost + price };
    const at = choices.findIndex(
      (other) => from !== null && other.from !== null && sameState(from, other.from),
    );
    const rival = choices[at]?.from?.serial;
    if (rival === undefined) choices.push(choice);
    else if (rival < (from?.serial ?? 0)) choices[at] = choice;
  }
  return choices;
}

/** What a group needs of the assembler. */
export interface Surroundings {
  readonly numbering: Numbering;
  /** Serial number of the event before which the log last said that lines were lost; 0: its beginning. */
  readonly lastLoss: number;
  /** Serial number of the event at hand. */
  readonly serial: number;
  /** The start of the walk whose packet called forth the one that `event` begins. */
  causeOf(event: TraceEvent): Start | null;
  /** The walk is over in the only reading. */
  over(node: Node, group: Group): void;
}

/** Events after a loss (or the log's beginning) that may belong to walks whose beginning was lost. */
const LOSS_SHADOW = 64;

export class Group implements Circumstances {
  readonly packet: Packet;
  readonly host: Host;
  readonly hash: number;
  readonly distinctive: boolean;
  lastLoss = 0;
  /** The next group of the same hash. */
  sibling: Group | null = null;
  /** Neighbours by age of the last line: see queue.ts. */
  older: Group | null = null;
  younger: Group | null = null;
  /** The list it is in; null: it is not kept any more. */
  queue: AgeQueue | null = null;
  /** Serial number of the last line. */
  touched = 0;
  #readings: Reading[] = [{ heads: [], ended: [], starts: [], cost: 0 }];
  /** Starts whose reality depends on which reading wins. */
  #proposed: Start[] = [];
  #forkedLines = 0;
  readonly #move = newMove();

  constructor(packet: Packet, host: Host, hash: number, distinctive: boolean) {
    this.packet = packet;
    this.host = host;
    this.hash = hash;
    this.distinctive = distinctive;
  }

  get isEmpty(): boolean {
    const [reading] = this.#readings;
    return (
      this.#readings.length === 1 &&
      reading !== undefined &&
      reading.heads.length + reading.ended.length === 0
    );
  }

  /** Number of walks under way. */
  get size(): number {
    return this.#readings[0]?.heads.length ?? 0;
  }

  /** The last line of the walk that moved last; null if none is under way. */
  get newest(): Node | null {
    return this.#readings[0]?.heads.at(-1) ?? null;
  }

  /** Gives the line to a walk of the group, or to a new one. Returns the walk's new last line. */
  accept(event: TraceEvent, chain: ChainProgram, around: Surroundings): Node {
    const [reading] = this.#readings;
    if (reading === undefined) throw new Error('a group has a reading');
    const [head] = reading.heads;
    if (this.#readings.length === 1 && reading.heads.length === 1 && head !== undefined) {
      const price = priceExactly(head, event, chain, this.host, this.#move);
      if (price === 0 && !isCopyReturning(event, this.#move)) {
        const node = extend(head, head.start, event, chain, this.#move, around.serial);
        if (head.effect.open) head.chain.habits.note(head.event.number, this.#move.way, chain);
        if (isOver(node, this.host)) {
          reading.heads.length = 0;
          reading.ended.push(node);
          around.over(node, this);
        } else {
          reading.heads[0] = node;
        }
        return node;
      }
    }
    this.lastLoss = around.lastLoss;
    return this.#decide(event, chain, around);
  }

  #decide(event: TraceEvent, chain: ChainProgram, around: Surroundings): Node {
    const offers = this.#offers(event, chain, around);
    const choices = this.#readings.flatMap((reading) => choicesOf(reading, offers));
    let best = IMPOSSIBLE;
    for (const { cost } of choices) best = Math.min(best, cost);
    const margin = this.#readings.length === 1 ? MARGIN : GIVE_UP;
    const kept = choices.filter((choice) => choice.cost <= best + margin);
    const [only] = kept;
    if (only === undefined) throw new Error('a line can always begin a walk');
    if (kept.length === 1 && this.#readings.length === 1) return this.#take(only, event, chain, around);
    kept.sort((x, y) => x.cost - y.cost);
    return this.#fork(kept, event, chain, around);
  }

  /**
   * What the line can be to each walk of any reading: its very next, or if that is not cheap in some reading,
   * a later one; or a walk's beginning.
   */
  #offers(event: TraceEvent, chain: ChainProgram, around: Surroundings): Offer[] {
    const offers: Offer[] = [];
    const { serial } = around;
    const heads = this.#distinct((reading) => distinctStates(reading.heads));
    const consider = (node: Node, price: number): void => {
      if (price === IMPOSSIBLE) return;
      const silence = heads.length > 1 ? silenceCost(serial - node.serial) : 0;
      offers.push({ from: node, move: { ...this.#move }, price: price + silence });
    };
    for (const head of heads) consider(head, priceExactly(head, event, chain, this.host, this.#move));
    if (this.#readings.every((reading) => bestOf(reading, offers) <= GOOD)) return offers;
    const exact = new Set(offers.map((offer) => offer.from));
    for (const head of heads) {
      if (!exact.has(head)) consider(head, priceSomehow(head, event, chain, this, this.#move));
    }
    for (const node of this.#distinct((reading) => reading.ended.slice(-REVIVABLE))) {
      consider(node, priceSomehow(node, event, chain, this, this.#move));
    }
    const lossy = serial - around.lastLoss < LOSS_SHADOW;
    const price = begin(event, chain, this.host, lossy, this.#move);
    offers.push({ from: null, move: { ...this.#move }, price });
    return offers;
  }

  /** The walks of all readings, each once. */
  #distinct(select: (reading: Reading) => readonly Node[]): readonly Node[] {
    const [first, ...others] = this.#readings;
    if (first === undefined) return [];
    if (others.length === 0) return select(first);
    const nodes = new Set(select(first));
    for (const other of others) for (const node of select(other)) nodes.add(node);
    return [...nodes];
  }

  /** The only choice: the walks go on in place. */
  #take(choice: Choice, event: TraceEvent, chain: ChainProgram, around: Surroundings): Node {
    const { reading, from, move } = choice;
    if (from !== null) removeNode(reading, from);
    const parted = from !== null && isCopyReturning(event, move) ? this.#part(from, reading, around) : null;
    const last = parted ?? from;
    const start = last?.start ?? around.numbering.open(around.causeOf(event));
    const node = extend(last, start, event, chain, move, around.serial);
    if (from?.effect.open && move.relation === 'exact') {
      from.chain.habits.note(from.event.number, move.way, chain);
    }
    if (isOver(node, this.host)) {
      reading.ended.push(node);
      around.over(node, this);
    } else {
      reading.heads.push(node);
    }
    return node;
  }

  /** Gives a returning copy a walk of its own, and the original back to the reading. */
  #part(from: Node, reading: Reading, around: Surroundings): Node | null {
    if (!cameFromOutput(from)) return null;
    const split = splitCopy(from, around.numbering.open(from.start));
    if (split === null) return null;
    reading.heads.push(split.original);
    return split.copy;
  }

  #fork(choices: readonly Choice[], event: TraceEvent, chain: ChainProgram, around: Surroundings): Node {
    const [first] = choices;
    if (first === undefined) throw new Error('no choice');
    let start: Start | null = null;
    const readings: Reading[] = [];
    let last: Node | null = null;
    for (const choice of choices) {
      if (readings.length >= READINGS) break;
      const reading = copyOf(choice.reading, choice.cost);
      if (choice.from !== null) removeNode(reading, choice.from);
      if (choice.from === null && start === null) {
        start = around.numbering.propose(around.causeOf(event));
        this.#proposed.push(start);
      }
      const from = choice.from?.start ?? start;
      if (from === null) throw new Error('a walk has a start');
      if (choice.from === null) reading.starts.push(from);
      const node = extend(choice.from, from, event, chain, choice.move, around.serial);
      (isOver(node, this.host) ? reading.ended : reading.heads).push(node);
      if (readings.some((other) => sameFuture(other, reading))) continue;
      last ??= node;
      readings.push(reading);
    }
    this.#readings = readings;
    this.#forkedLines++;
    if (readings.length === 1 || this.#forkedLines > LOOK_BACK) this.#settle(around);
    if (last === null) throw new Error('a reading has a last line');
    return last;
  }

  /** Takes the best reading: what began and ended in it did so for certain. */
  #settle(around: Surroundings): void {
    const [winner] = this.#readings;
    if (winner === undefined) throw new Error('a group has a reading');
    if (this.#forkedLines === 0) return;
    this.#readings = [winner];
    this.#forkedLines = 0;
    const proposed = this.#proposed;
    this.#proposed = [];
    for (const start of proposed) around.numbering.settle(start, winner.starts.includes(start));
    winner.starts.length = 0;
    winner.cost = 0;
    for (const node of winner.ended) around.over(node, this);
  }

  /** Removes a walk that is over for good. False if it went on after all, or it is not settled. */
  release(node: Node): boolean {
    if (this.#readings.length > 1) return false;
    const [reading] = this.#readings;
    const at = reading?.ended.indexOf(node) ?? -1;
    if (reading === undefined || at < 0) return false;
    reading.ended.splice(at, 1);
    return true;
  }

  /** Removes the walks under way for which `isDone`. Of several readings only what they agree on. */
  expire(isDone: (node: Node) => boolean, around: Surroundings): Node[] {
    if (this.#readings.every((reading) => reading.heads.every(isDone))) this.#settle(around);
    const [first, ...others] = this.#readings;
    if (first === undefined) return [];
    const done = first.heads.filter(
      (node) => isDone(node) && others.every((reading) => reading.heads.includes(node)),
    );
    for (const reading of this.#readings) for (const node of done) removeNode(reading, node);
    return done;
  }
}

/**
 * One walk of each state, that which moved last: others in the same state may have ended unseen. Compared
 * with a few only, so that a crowd of different walks does not cost its square.
 */
function distinctStates(nodes: readonly Node[]): readonly Node[] {
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

/** Whether the line shows the copy of a local multicast coming in again, other than through lo. */
function isCopyReturning({ packet }: TraceEvent, { hook, way }: Move): boolean {
  return hook === 'PREROUTING' && way === 'leave' && packet.in !== 'lo';
}

function cameFromOutput(node: Node): boolean {
  let first = node;
  while (first.hook === 'POSTROUTING' && first.prev !== null) first = first.prev;
  return first.hook === 'OUTPUT';
}

function copyOf(reading: Reading, cost: number): Reading {
  return {
    heads: [...reading.heads],
    ended: [...reading.ended],
    starts: [...reading.starts],
    cost,
  };
}

function removeNode(reading: Reading, node: Node): void {
  for (const list of [reading.heads, reading.ended]) {
    const at = list.indexOf(node);
    if (at < 0) continue;
    list.splice(at, 1);
    return;
  }
}

/** Whether the walks under way are in the same states in both readings: later lines cannot part them. */
function sameFuture(a: Reading, b: Reading): boolean {
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
