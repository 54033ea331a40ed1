/**
 * Walks of which one tells how the next ends: a walk that is like an earlier one, step by step and field by
 * field, but for ports, ids and sequence numbers → the earlier one's explanation, its run made anew. Only
 * explanations that needed one run and no correction are kept; what no rule looks at, the evaluator knows.
 */
import type { Evaluator } from '../model/evaluator.ts';
import type { TraceEvent, TraceType } from '../model/event.ts';
import type { Hook } from '../model/hook.ts';
import { isExtended, type Packet, type Transport } from '../model/packet.ts';
import { Renaming } from '../model/renaming.ts';
import type { Place } from '../model/ruleset.ts';
import type { Disposition, Step, Walk } from '../model/walk.ts';
import type { Room } from './room.ts';
import { type Explanation, isFlawless, type Start } from './search.ts';

/** Explanations kept of one host; past it, all are given up and gathered anew. */
const MOST = 512;
/** Of all hosts together. */
const MOST_ALL = 4096;
/** Of those that look alike at a glance. */
const MOST_ALIKE = 8;

interface Known {
  readonly shape: Shape;
  readonly explanation: Explanation;
  /** Numbers that its assumptions name: they stand for themselves. */
  readonly fixed: readonly number[];
  /** How many facts were settled when the answers about the host were last held against them. */
  settled: number;
}

export class Alike {
  readonly #evaluator: Evaluator;
  readonly #known = new Map<string, Known[]>();
  readonly #room: Room;
  #count = 0;

  constructor(evaluator: Evaluator, room: Room) {
    this.#evaluator = evaluator;
    this.#room = room;
  }

  /** The explanation of a walk that is like one that was noted; null: none is. */
  find(walk: Walk, start: Start | undefined, settled: ReadonlyMap<string, number>): Explanation | null {
    if (start === undefined || !mayRepeat(walk, start)) return null;
    const list = this.#known.get(glanceAt(walk));
    if (list === undefined) return null;
    for (const known of list) {
      if (known.explanation.start.packet.mark !== start.packet.mark || !holds(known, settled)) continue;
      const renaming = new Renaming(known.fixed);
      if (!hasShape(known.shape, walk, renaming)) continue;
      const run = this.#evaluator.repeat(known.explanation.run, start.packet, renaming);
      if (run !== null) return { ...known.explanation, start, run };
    }
    return null;
  }

  /** Keeps an explanation for walks that are like this one. */
  note(walk: Walk, starts: readonly Start[], explanation: Explanation): void {
    const { start, script, observation, run } = explanation;
    const plain = start === starts[0] && script.length === 0 && observation.traced && isFlawless(explanation);
    if (!plain || !run.isRepeatable || !mayRepeat(walk, start) || !walk.steps.every(isPlain)) return;
    const glance = glanceAt(walk);
    const list = this.#known.get(glance) ?? [];
    if (list.length >= MOST_ALIKE) return;
    if (this.#count >= this.#room.share(MOST, MOST_ALL)) {
      this.#known.clear();
      this.#count = 0;
    }
    this.#count++;
    // Settled as of no time: the first look holds its answers against what was settled meanwhile.
    const fixed = namedNumbers(explanation);
    list.push({ shape: shapeOf(walk), explanation, fixed, settled: -1 });
    this.#known.set(glance, list);
  }
}

/** What may be kept and found at all: a packet that nothing called forth, that did not end between two hooks. */
function mayRepeat({ disposition, steps }: Walk, { options }: Start): boolean {
  if (steps.length === 0 || disposition === 'vanished') return false;
  return options.cause === null && options.from === undefined && options.tee !== true;
}

/** Cheap, and mostly different for walks that are not alike. */
function glanceAt({ steps }: Walk): string {
  const packet = steps[0]?.event.packet;
  if (packet === undefined) return '';
  const { transport } = packet;
  const more = transport.kind === 'tcp' ? transport.flags : transport.kind === 'icmp' ? transport.type : '';
  return `${packet.src.text} ${packet.dst.text} ${packet.protocol} ${more} ${packet.length} ${steps.length}`;
}

/** Whether the answers about the host are still what is settled, as far as anything is. */
function holds(known: Known, settled: ReadonlyMap<string, number>): boolean {
  if (known.settled === settled.size) return true;
  for (const { key, answer } of known.explanation.observation.hostAnswers) {
    if ((settled.get(key) ?? answer) !== answer) return false;
  }
  known.settled = settled.size;
  return true;
}

/** Every number that the texts of the assumptions have in them. */
function namedNumbers({ observation }: Explanation): readonly number[] {
  const numbers = observation.assumptions.flatMap(({ fact }) => fact.match(/\d+/g) ?? []);
  return [...new Set(numbers.map(Number))];
}

/** A packet of which all that rules may look at is compared below. */
function isPlain({ event: { packet } }: Step): boolean {
  const { transport } = packet;
  if (isExtended(packet) || packet.truncated || packet.mf || packet.fragmentOffset > 0) return false;
  return transport.kind === 'icmp'
    ? transport.quoted === null
    : transport.kind === 'tcp' || transport.kind === 'udp';
}

/**
 * What a walk is compared by, in few and dense arrays: the steps of an old walk lie all over the memory, and each
 * look at one is a cache miss (measured: half of what the comparison took).
 */
interface Shape {
  readonly disposition: Disposition;
  readonly events: readonly TraceEvent[];
  readonly places: readonly Place[];
  readonly hooks: readonly Hook[];
  readonly types: readonly TraceType[];
  /** The packet at each step. */
  readonly packets: readonly Packet[];
}

function shapeOf({ disposition, steps }: Walk): Shape {
  const events = steps.map(({ event }) => event);
  return {
    disposition,
    events,
    places: steps.map(({ place }) => place),
    hooks: steps.map(({ hook }) => hook),
    types: events.map(({ type }) => type),
    packets: events.map(({ packet }) => packet),
  };
}

function hasShape(shape: Shape, { disposition, steps }: Walk, renaming: Renaming): boolean {
  const { places, packets } = shape;
  if (shape.disposition !== disposition || places.length !== steps.length) return false;
  let before: Packet | null = null;
  let packet: Packet | null = null;
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i];
    const known = packets[i];
    if (step === undefined || known === undefined || !isAt(shape, i, step)) return false;
    if (known === before && step.event.packet === packet) continue;
    before = known;
    packet = step.event.packet;
    if (!arePacketsAlike(before, packet, renaming)) return false;
  }
  return true;
}

/** Whether the step is of the same line as step `i` of the shape. Rules and ends of chains have a place each. */
function isAt(shape: Shape, i: number, { event, hook, place }: Step): boolean {
  if (shape.hooks[i] !== hook || shape.types[i] !== event.type) return false;
  if (shape.places[i] === place && place.kind !== 'ungiven' && place.kind !== 'missing') return true;
  const known = shape.events[i];
  return known?.number === event.number && known.chain === event.chain && known.table === event.table;
}

function arePacketsAlike(a: Packet, b: Packet, renaming: Renaming): boolean {
  return (
    a.mark === b.mark &&
    a.in === b.in &&
    a.out === b.out &&
    a.ttl === b.ttl &&
    a.tos === b.tos &&
    a.length === b.length &&
    a.family === b.family &&
    a.protocol === b.protocol &&
    a.src.text === b.src.text &&
    a.dst.text === b.dst.text &&
    a.mac === b.mac &&
    a.physIn === b.physIn &&
    a.physOut === b.physOut &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.df === b.df &&
    a.mf === b.mf &&
    a.ce === b.ce &&
    a.truncated === b.truncated &&
    a.fragmentOffset === b.fragmentOffset &&
    a.tunnel === b.tunnel &&
    !isExtended(b) &&
    areTransportsAlike(a.transport, b.transport, renaming)
  );
}

function areTransportsAlike(a: Transport, b: Transport, renaming: Renaming): boolean {
  if (a.kind === 'tcp' && b.kind === 'tcp') {
    if (a.flags !== b.flags || (a.options === null) !== (b.options === null)) return false;
    return renaming.relates(a.sport, b.sport) && renaming.relates(a.dport, b.dport);
  }
  if (a.kind === 'udp' && b.kind === 'udp') {
    if (a.length !== b.length) return false;
    return renaming.relates(a.sport, b.sport) && renaming.relates(a.dport, b.dport);
  }
  if (a.kind !== 'icmp' || b.kind !== 'icmp') return false;
  return a.type === b.type && a.code === b.code && b.quoted === null && renaming.relates(a.id, b.id);
}
