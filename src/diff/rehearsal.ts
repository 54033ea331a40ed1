/**
 * Walks as they pass, each with what rules say of its packet → the flows that would differ. A rehearsal holds what
 * the new rules say against what the old ones say, where the walk tells which of several ways is meant; a test
 * against expectation holds the walk itself against what its own rules say.
 */
import type { Difference, FlowName, Passage, Way, WayDifference } from '../model/difference.ts';
import { type PacketSpec, specOfPacket } from '../model/packet-spec.ts';
import type { PredictedPath, Prediction } from '../model/prediction.ts';
import type { Ruleset } from '../model/ruleset.ts';
import type { Walk } from '../model/walk.ts';
import { flowKey, sightingOf } from './capture.ts';
import { Conversations } from './conversation.ts';
import type { ComparedRulesets, Side } from './rulesets.ts';
import { type ComparedFlow, tallyFlows } from './tally.ts';
import { wayOfPath, wayOfWalk } from './way.ts';
import { changedFields, commonSteps, idsOf, type NamedWay, partingOf, whyOf } from './ways.ts';

const MOST_FLOWS = 50_000;
const MOST_WAYS = 64;

/** What rules say of packets, one after another through one connection table. */
export interface Predictor {
  readonly ruleset: Ruleset;
  predict(packet: PacketSpec): Prediction | null;
}

/** A way that rules allow, and what it takes for granted. */
interface PredictedWay extends NamedWay {
  readonly facts: readonly string[];
}

interface Compared {
  readonly a: NamedWay;
  readonly factsOfA: readonly string[];
  readonly b: PredictedWay;
  readonly certain: boolean;
}

interface Kind {
  packets: number;
  /** How the first of them went. */
  readonly sample: Passage;
  /** Packets that would go another way for certain. */
  changed: number;
  readonly ways: Map<string, { difference: WayDifference; packets: number }>;
}

interface Rehearsed {
  readonly flow: FlowName;
  readonly order: number;
  packets: number;
  undecided: boolean;
  /** In the order in which they come. */
  readonly kinds: Map<string, Kind>;
}

/** The packet of a walk as it was before the first rule: fresh, so without a mark, unless it comes out of a tunnel. */
function specOf({ packet }: Walk): PacketSpec {
  const tunnelled = packet.in !== '' && packet.mac === '';
  return { ...specOfPacket(packet), mark: tunnelled ? packet.mark : 0 };
}

export class Rehearsal {
  readonly #rules: ComparedRulesets;
  readonly #before: Predictor | null;
  readonly #after: Predictor;
  readonly #conversations = new Conversations();
  readonly #flows = new Map<string, Rehearsed>();
  readonly #hosts = new Set<string | null>();
  #packets = 0;
  #beyond = 0;

  /** @param before Null: side A is what was observed, B what its rules say. */
  constructor(rules: ComparedRulesets, before: Predictor | null, after: Predictor) {
    this.#rules = rules;
    this.#before = before;
    this.#after = after;
  }

  push(walk: Walk): void {
    this.#packets++;
    const { flow, kind } = this.#conversations.place(walk);
    const spec = specOf(walk);
    const before = this.#before?.predict(spec) ?? null;
    const after = this.#after.predict(spec);
    const key = `${flow.host} ${flowKey(flow)}`;
    const rehearsed = this.#flowAt(key, flow, walk.n);
    if (rehearsed === null) {
      this.#beyond++;
      return;
    }
    rehearsed.packets++;
    let seen = rehearsed.kinds.get(kind);
    if (seen === undefined) {
      seen = { packets: 0, sample: this.#passageOf(walk), changed: 0, ways: new Map() };
      rehearsed.kinds.set(kind, seen);
    }
    seen.packets++;
    if (after === null) return;
    const found = before === null ? this.#againstRules(walk, after) : this.#change(walk, before, after);
    if (found === 'undecided') rehearsed.undecided = true;
    else if (found !== 'same') this.#keep(seen, kind, found, walk);
  }

  /** What was found. Call it once, at the end. */
  difference(partial: boolean): Difference {
    const compared = [...this.#flows.values()].map((each) => this.#told(each));
    return {
      mode: this.#before === null ? 'expected' : 'rehearsal',
      rules: this.#before === null ? null : this.#rules.difference,
      ...tallyFlows(compared),
      packets: { a: this.#packets, b: this.#packets },
      beyond: this.#beyond,
      partial,
    };
  }

  #flowAt(key: string, flow: FlowName, order: number): Rehearsed | null {
    let rehearsed = this.#flows.get(key);
    if (rehearsed === undefined) {
      if (this.#flows.size >= MOST_FLOWS) return null;
      rehearsed = { flow, order, packets: 0, undecided: false, kinds: new Map() };
      this.#flows.set(key, rehearsed);
      this.#hosts.add(flow.host);
    }
    return rehearsed;
  }

  #passageOf(walk: Walk): Passage {
    const way = wayOfWalk(walk, (this.#before ?? this.#after).ruleset);
    return { way, packets: 1, first: sightingOf(walk), assumptions: [] };
  }

  #keep(seen: Kind, packet: string, { a, factsOfA, b, certain }: Compared, walk: Walk): void {
    const parting = partingOf(a, b, this.#rules.alignment);
    const changed = changedFields(a, b);
    if (certain) seen.changed++;
    const key = JSON.stringify([certain, changed, b.ids, b.way.disposition, b.way.endpoint, a.ids]);
    const known = seen.ways.get(key);
    if (known !== undefined) {
      known.packets++;
      return;
    }
    if (seen.ways.size >= MOST_WAYS) return;
    const first = sightingOf(walk);
    const difference: WayDifference = {
      packet,
      a: { way: a.way, packets: 1, first, assumptions: factsOfA },
      b: { way: b.way, packets: 1, first: null, assumptions: b.facts },
      changed,
      parting,
      why: whyOf(parting),
      certain,
    };
    seen.ways.set(key, { difference, packets: 1 });
  }

  /** The old rules' way that the walk went, and what the new rules make of it. */
  #change(walk: Walk, before: Prediction, after: Prediction): Compared | 'same' | 'undecided' {
    const { alignment } = this.#rules;
    const olds = this.#named(before, walk, 'a');
    const news = this.#named(after, walk, 'b');
    const observed = idsOf(wayOfWalk(walk, this.#before?.ruleset ?? this.#after.ruleset), 'a', alignment);
    const taken =
      olds.find(({ way, ids }) => goesAs(ids, observed) && way.disposition === walk.disposition) ??
      olds.find(({ ids }) => goesAs(ids, observed)) ??
      olds[0];
    if (taken === undefined || news.length === 0) return 'undecided';
    // What the packet's other ways take for granted is not so.
    const wrong = new Set(olds.flatMap(({ facts }) => facts).filter((fact) => !taken.facts.includes(fact)));
    const possible = news.filter(({ facts }) => !facts.some((fact) => wrong.has(fact)));
    const candidates = possible.length > 0 ? possible : news;
    const same = candidates.some((way) => changedFields(taken, way).length === 0);
    const fresh = candidates.filter((way) => !olds.some((old) => changedFields(old, way).length === 0));
    const [b] = same ? fresh : [...fresh, ...candidates];
    return b === undefined ? 'same' : { a: taken, factsOfA: taken.facts, b, certain: !same };
  }

  /** The walk, where its rules do not explain it, and the way that is nearest to it. */
  #againstRules(walk: Walk, prediction: Prediction): Compared | 'same' | 'undecided' {
    const { status } = walk.check;
    if (status === 'unchecked') return 'undecided';
    if (status !== 'diverges') return 'same';
    const way = wayOfWalk(walk, this.#after.ruleset);
    const a: NamedWay = { way, ids: idsOf(way, 'a', this.#rules.alignment) };
    const [first, ...others] = this.#named(prediction, walk, 'b');
    if (first === undefined) return 'undecided';
    const b = others.reduce(
      (best, each) => (commonSteps(a.ids, each.ids) > commonSteps(a.ids, best.ids) ? each : best),
      first,
    );
    return { a, factsOfA: [], b, certain: true };
  }

  #named(prediction: Prediction, { packet }: Walk, side: Side): readonly PredictedWay[] {
    const ruleset = (side === 'a' ? this.#before : this.#after)?.ruleset ?? this.#after.ruleset;
    return prediction.paths
      .filter(({ probability }) => probability !== 0)
      .map((path: PredictedPath) => {
        const way: Way = wayOfPath(path, packet, ruleset);
        const facts = [...new Set(path.assumptions.map(({ fact }) => fact))];
        return { way, ids: idsOf(way, side, this.#rules.alignment), facts };
      });
  }

  /** A flow as it is told: what follows from an opening packet that fares otherwise is not told by itself. */
  #told({ flow, order, packets, undecided, kinds }: Rehearsed): ComparedFlow {
    const named = this.#hosts.size > 1 ? flow : { ...flow, host: null };
    const ways: WayDifference[] = [];
    let stopped = false;
    let elsewhere = false;
    for (const [packet, kind] of kinds) {
      const differences = [...kind.ways.values()].map(({ difference, packets: count }) =>
        counted(difference, count),
      );
      if (stopped) ways.push(neverCame(packet, kind));
      else if (!elsewhere) ways.push(...differences);
      if (this.#before === null || kind.changed < kind.packets) continue;
      const some = differences.find(({ certain }) => certain);
      stopped ||= arrives(some?.a) && !arrives(some?.b);
      elsewhere ||= some?.changed.includes('endpoint') === true;
    }
    return { flow: named, order, ways, undecided, packets: { a: packets, b: packets } };
  }
}

/** What would have followed a packet that does not arrive any more. */
function neverCame(packet: string, { packets, sample }: Kind): WayDifference {
  const a = { ...sample, packets };
  return { packet, a, b: null, changed: [], parting: null, why: 'rules', certain: true };
}

function counted(difference: WayDifference, packets: number): WayDifference {
  const { a, b } = difference;
  return { ...difference, a: a && { ...a, packets }, b: b && { ...b, packets } };
}

function arrives(passage: Passage | null | undefined): boolean {
  const disposition = passage?.way.disposition;
  return disposition === 'forwarded' || disposition === 'delivered' || disposition === 'sent';
}

/** Whether the steps seen are of this path: some are not logged before TRACE, some are lost. */
function goesAs(path: readonly string[], seen: readonly string[]): boolean {
  let i = 0;
  for (const id of seen) {
    while (i < path.length && path[i] !== id) i++;
    if (i++ >= path.length) return false;
  }
  return true;
}
