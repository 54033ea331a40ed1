/**
 * The walks under way of one identity (identity.ts), and the decision which of them a line belongs to. Where
 * a line fits two walks (nearly) equally well, two readings go on side by side until later lines tell, a
 * bounded number of them for a bounded while. Which walk a line goes to is settled here, and when a walk is
 * over; what becomes of it then is the assembler's matter.
 */
import type { TraceEvent } from '../model/event.ts';
import type { Packet } from '../model/packet.ts';
import { begin, bypassCost } from './begin.ts';
import { IMPOSSIBLE, silenceCost } from './cost.ts';
import type { Host } from './host.ts';
import { type Line, type Move, newMove } from './move.ts';
import { extend, isOver, type Node, splitCopy } from './node.ts';
import { type Circumstances, priceExactly, priceSomehow } from './price.ts';
import type { AgeQueue } from './queue.ts';
import {
  bestPrice,
  type Choice,
  choicesOf,
  copyOf,
  distinctStates,
  newReading,
  type Offer,
  type Reading,
  removeNode,
  sameFuture,
} from './reading.ts';
import type { Numbering, Start } from './start.ts';

/** Readings whose price differs by no more than this are both kept for a while. */
const MARGIN = 1;
/** Readings dearer than the best by more than this are given up. */
const GIVE_UP = 3;
const READINGS = 16;
/** Lines of a group after which the best of several readings is taken. */
const LOOK_BACK = 256;
/** Of the walks that are over, so many of the latest may still go on. */
const REVIVABLE = 4;
/** A line that fits exactly at this price is not looked for elsewhere. */
const GOOD = 1;
/** Events after a loss (or the log's beginning) that may belong to walks whose beginning was lost. */
const LOSS_SHADOW = 64;

/** What a group needs of the assembler. */
export interface Surroundings {
  readonly numbering: Numbering;
  /** Serial number of the event before which the log last said that lines were lost; 0: its beginning. */
  readonly lastLoss: number;
  /** The start of the walk whose packet called forth the one that `event` begins. */
  causeOf(event: TraceEvent): Start | null;
  /** The walk is over in the only reading. */
  over(node: Node, group: Group): void;
}

export class Group implements Circumstances {
  readonly packet: Packet;
  readonly host: Host;
  readonly hash: number;
  readonly distinctive: boolean;
  lastLoss = 0;
  /** The next group of the same bucket: see groups.ts. */
  sibling: Group | null = null;
  /** Neighbours by age of the last line: see queue.ts. */
  older: Group | null = null;
  younger: Group | null = null;
  /** The list it is in; null: it is not kept any more. */
  queue: AgeQueue | null = null;
  /** Serial number of the last line. */
  touched = 0;
  /** The cheapest first. */
  #readings: readonly [Reading, ...Reading[]] = [newReading()];
  /** Starts whose reality depends on which reading wins. */
  #proposed: Start[] = [];
  /** Lines since there are several readings; 0: there is one. */
  #forkedLines = 0;
  readonly #move = newMove();

  constructor(packet: Packet, host: Host, hash: number, distinctive: boolean) {
    this.packet = packet;
    this.host = host;
    this.hash = hash;
    this.distinctive = distinctive;
  }

  get isEmpty(): boolean {
    const [{ heads, ended }] = this.#readings;
    return this.#readings.length === 1 && heads.length + ended.length === 0;
  }

  /** Number of walks under way. */
  get size(): number {
    return this.#readings[0].heads.length;
  }

  /** The last line of the walk that moved last; null if none is under way. */
  get newest(): Node | null {
    return this.#readings[0].heads.at(-1) ?? null;
  }

  /** Gives the line to a walk of the group, or to a new one. Returns the walk's new last line. */
  accept(line: Line, around: Surroundings): Node {
    const [reading] = this.#readings;
    const only = this.#readings.length === 1 && reading.heads.length < 2;
    if (only) {
      const [head] = reading.heads;
      if (head === undefined) {
        if (reading.ended.length === 0) return this.#begin(reading, line, around);
      } else if (
        priceExactly(head, line, this, this.#move) === 0 &&
        !isCopyReturning(head, line, this.#move)
      ) {
        reading.heads.pop();
        return this.#append(reading, head, head.start, line, this.#move, around);
      }
    }
    this.lastLoss = around.lastLoss;
    const offers = this.#offers(line, around);
    const choices = this.#readings.flatMap((each) => choicesOf(each, offers, MARGIN));
    const best = choices.reduce((least, { cost }) => Math.min(least, cost), IMPOSSIBLE);
    const margin = this.#readings.length === 1 ? MARGIN : GIVE_UP;
    const kept = choices.filter(({ cost }) => cost <= best + margin).sort((a, b) => a.cost - b.cost);
    const [first, ...others] = kept;
    if (first === undefined) throw new Error('a line can always begin a walk');
    if (others.length === 0 && this.#readings.length === 1) return this.#take(first, line, around);
    return this.#fork(first, others, line, around);
  }

  /**
   * What the line can be to each walk of any reading: its very next, or if that is not cheap in some reading,
   * a later one; or a walk's beginning.
   */
  #offers(line: Line, around: Surroundings): Offer[] {
    const offers: Offer[] = [];
    const heads = this.#distinct((reading) => distinctStates(reading.heads));
    const consider = (node: Node, price: number): void => {
      if (price === IMPOSSIBLE) return;
      const silence = heads.length > 1 ? silenceCost(line.serial - node.serial) : 0;
      offers.push({ from: node, move: { ...this.#move }, price: price + silence });
    };
    for (const head of heads) consider(head, priceExactly(head, line, this, this.#move));
    if (this.#readings.every((reading) => bestPrice(reading, offers) <= GOOD)) return offers;
    const exact = new Set(offers.map((offer) => offer.from));
    for (const head of heads) {
      if (!exact.has(head)) consider(head, priceSomehow(head, line, this, this.#move));
    }
    const ended = this.#distinct((reading) => reading.ended.slice(-REVIVABLE));
    for (const node of ended) {
      consider(node, priceSomehow(node, line, this, this.#move));
    }
    const price = begin(line, this.host, isLossy(line, around), this.#move) + bypassCost(ended, line);
    offers.push({ from: null, move: { ...this.#move }, price });
    return offers;
  }

  /** The walks of all readings, each once. */
  #distinct(select: (reading: Reading) => readonly Node[]): readonly Node[] {
    const [first, ...others] = this.#readings;
    if (others.length === 0) return select(first);
    const nodes = new Set(select(first));
    for (const other of others) for (const node of select(other)) nodes.add(node);
    return [...nodes];
  }

  /** The identity's first line: there is nothing else that it could be. */
  #begin(reading: Reading, line: Line, around: Surroundings): Node {
    begin(line, this.host, isLossy(line, around), this.#move);
    return this.#open(reading, line, this.#move, around);
  }

  #open(reading: Reading, line: Line, move: Move, around: Surroundings): Node {
    const start = around.numbering.open(around.causeOf(line.event));
    return this.#append(reading, null, start, line, move, around);
  }

  /** The only choice: the walk goes on in place. */
  #take({ reading, from, move }: Choice, line: Line, around: Surroundings): Node {
    if (from === null) return this.#open(reading, line, move, around);
    removeNode(reading, from);
    const last = isCopyReturning(from, line, move) ? this.#part(from, reading, around) : from;
    return this.#append(reading, last, last.start, line, move, around);
  }

  #append(
    reading: Reading,
    from: Node | null,
    start: Start,
    line: Line,
    move: Move,
    around: Surroundings,
  ): Node {
    const node = extend(from, start, line, move);
    if (from?.effect.open && move.relation === 'exact') {
      from.chain.habits.note(from.event.number, move.way, line.chain);
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
  #part(from: Node, reading: Reading, around: Surroundings): Node {
    const split = splitCopy(from, () => around.numbering.open(from.start));
    if (split === null) return from;
    reading.heads.push(split.original);
    return split.copy;
  }

  /** Several choices: a reading for each, but for those that later lines cannot tell apart. */
  #fork(first: Choice, others: readonly Choice[], line: Line, around: Surroundings): Node {
    const proposal = { start: null };
    const { reading, node } = this.#branch(first, line, around, proposal);
    const readings: [Reading, ...Reading[]] = [reading];
    for (const choice of others) {
      if (readings.length >= READINGS) break;
      const branch = this.#branch(choice, line, around, proposal).reading;
      if (!readings.some((other) => sameFuture(other, branch))) readings.push(branch);
    }
    this.#readings = readings;
    this.#forkedLines++;
    if (readings.length === 1 || this.#forkedLines > LOOK_BACK) this.settle(around);
    return node;
  }

  #branch(
    choice: Choice,
    line: Line,
    around: Surroundings,
    proposal: { start: Start | null },
  ): { readonly reading: Reading; readonly node: Node } {
    const { from, move } = choice;
    const reading = copyOf(choice.reading, choice.cost);
    let start = from?.start;
    if (from !== null) removeNode(reading, from);
    if (start === undefined) {
      start = proposal.start ?? this.#propose(line, around);
      proposal.start = start;
      reading.starts.push(start);
    }
    const node = extend(from, start, line, move);
    (isOver(node, this.host) ? reading.ended : reading.heads).push(node);
    return { reading, node };
  }

  #propose({ event }: Line, around: Surroundings): Start {
    const start = around.numbering.propose(around.causeOf(event));
    this.#proposed.push(start);
    return start;
  }

  /** Takes the best reading: what began and ended in it did so for certain. */
  settle(around: Surroundings): void {
    if (this.#forkedLines === 0) return;
    const [winner] = this.#readings;
    this.#readings = [winner];
    this.#forkedLines = 0;
    for (const start of this.#proposed) around.numbering.settle(start, winner.starts.includes(start));
    this.#proposed = [];
    winner.starts.length = 0;
    winner.cost = 0;
    for (const node of winner.ended) around.over(node, this);
  }

  /** Removes a walk that is over for good. False if it went on after all, or is not settled. */
  release(node: Node): boolean {
    const [{ ended }] = this.#readings;
    const at = this.#readings.length === 1 ? ended.indexOf(node) : -1;
    if (at >= 0) ended.splice(at, 1);
    return at >= 0;
  }

  /** Removes the walks under way for which `isDone`. Of several readings only what they agree on. */
  expire(isDone: (node: Node) => boolean, around: Surroundings): Node[] {
    if (this.#readings.every((reading) => reading.heads.every(isDone))) this.settle(around);
    const [first, ...others] = this.#readings;
    const done = first.heads.filter(
      (node) => isDone(node) && others.every((reading) => reading.heads.includes(node)),
    );
    for (const reading of this.#readings) for (const node of done) removeNode(reading, node);
    return done;
  }
}

/** Whether the line shows the copy of a local multicast coming in again, other than through lo. */
function isCopyReturning(from: Node, { event }: Line, { hook }: Move): boolean {
  return hook === 'PREROUTING' && from.hook !== 'PREROUTING' && event.packet.in !== 'lo';
}

/** Whether lines may have been lost right before this one. */
function isLossy(line: Line, around: Surroundings): boolean {
  return line.serial - around.lastLoss < LOSS_SHADOW;
}
