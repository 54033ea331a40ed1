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
import type { Choice } from './choice.ts';
import { Conversations, type Placed } from './conversation.ts';
import type { ComparedRulesets, Side } from './rulesets.ts';
import { type ComparedFlow, tallyFlows, withReasons } from './tally.ts';
import { wayOfPath, wayOfWalk } from './way.ts';
import { changedFields, commonSteps, idsOf, type NamedWay, partingOf, whyOf } from './ways.ts';

const MOST_FLOWS = 50_000;
const MOST_WAYS = 64;

/** What rules say of packets, one after another through one connection table. */
export interface Predictor {
  readonly ruleset: Ruleset;
  predict(packet: PacketSpec): Prediction | null;
}

/** A way that rules allow, what it takes for granted, and what of that is about the connection. */
interface PredictedWay extends NamedWay {
  readonly facts: readonly string[];
  readonly ofConnection: readonly string[];
}

/**
 * What became of a connection's first packet under the new rules: as before, it went elsewhere, or it did not
 * arrive, so that nothing follows.
 */
type Opening = 'same' | 'elsewhere' | 'stopped';
/** Connections that are remembered; then it begins anew. */
const MOST_CONNECTIONS = 100_000;

interface Compared {
  readonly a: NamedWay;
  readonly b: PredictedWay;
  readonly certain: boolean;
}

type Found = Compared | 'same' | 'undecided';

interface Kind {
  /** How the first of those that would not come any more went. */
  missed: Passage | null;
  /** How many they are. */
  misses: number;
  readonly ways: Map<string, { difference: WayDifference; packets: number }>;
}

interface Rehearsed {
  readonly flow: FlowName;
  readonly order: number;
  packets: number;
  undecided: boolean;
  chosen: boolean;
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
  readonly #choice: Choice | null;
  readonly #conversations = new Conversations();
  readonly #flows = new Map<string, Rehearsed>();
  readonly #hosts = new Set<string | null>();
  readonly #openings = new Map<string, Opening>();
  #packets = 0;
  #beyond = 0;

  /**
   * @param before Null: side A is what was observed, B what its rules say.
   * @param choice Null: all packets. The others are predicted too, for what they leave in the connection table.
   */
  constructor(
    rules: ComparedRulesets,
    before: Predictor | null,
    after: Predictor,
    choice: Choice | null = null,
  ) {
    this.#rules = rules;
    this.#before = before;
    this.#after = after;
    this.#choice = choice;
  }

  push(walk: Walk): void {
    const placed = this.#conversations.place(walk);
    const { answer, connection } = placed;
    const opening = this.#before === null ? undefined : this.#openings.get(connection);
    const spec = specOf(walk);
    const before = this.#before?.predict(spec) ?? null;
    // What does not come any more leaves no trace in the connection table either.
    const comes = opening !== 'stopped' && !(opening === 'elsewhere' && answer);
    const after = comes ? this.#after.predict(spec) : null;
    const found =
      after === null || opening === 'elsewhere'
        ? null
        : before === null
          ? this.#againstRules(walk, after)
          : this.#change(walk, before, after, opening === 'same');
    if (found !== null && opening === undefined && !answer) this.#open(connection, found);
    if (this.#choice?.counts(walk) !== false) this.#note(walk, placed, found, opening === 'stopped');
  }

  /** @param found Null: nothing was predicted, or it goes elsewhere as the rest of its connection. */
  #note(walk: Walk, { flow, kind }: Placed, found: Found | null, stopped: boolean): void {
    this.#packets++;
    const rehearsed = this.#flowAt(`${flow.host} ${flowKey(flow)}`, flow, walk.n);
    if (rehearsed === null) {
      this.#beyond++;
      return;
    }
    rehearsed.packets++;
    rehearsed.chosen ||= this.#choice?.chooses(walk) !== false;
    const seen: Kind = rehearsed.kinds.get(kind) ?? { missed: null, misses: 0, ways: new Map() };
    rehearsed.kinds.set(kind, seen);
    if (stopped) {
      seen.missed ??= this.#passageOf(walk);
      seen.misses++;
    } else if (found === 'undecided') rehearsed.undecided = true;
    else if (found !== null && found !== 'same') this.#keep(seen, kind, found, walk);
  }

  #open(connection: string, found: Found): void {
    if (this.#openings.size >= MOST_CONNECTIONS) this.#openings.clear();
    if (found === 'undecided') return;
    const changed = found !== 'same' && found.certain;
    const stopped = changed && arrives(found.a) && !arrives(found.b);
    const elsewhere = changed && changedFields(found.a, found.b).includes('endpoint');
    this.#openings.set(connection, stopped ? 'stopped' : elsewhere ? 'elsewhere' : 'same');
  }

  /** What was found. Call it once, at the end. */
  difference(partial: boolean): Difference {
    const flows = [...this.#flows.values()];
    const chosen = flows.filter(({ chosen }) => chosen);
    const compared = chosen.map((each) => this.#told(each));
    const packets =
      this.#choice === null ? this.#packets : chosen.reduce((sum, { packets }) => sum + packets, 0);
    return {
      mode: this.#before === null ? 'expected' : 'rehearsal',
      rules: this.#before === null ? null : this.#rules.difference,
      sets: [],
      ...tallyFlows(compared),
      packets: { a: packets, b: packets },
      beyond: this.#beyond,
      leftOut: this.#choice === null ? null : flows.length - chosen.length,
      partial,
    };
  }

  #flowAt(key: string, flow: FlowName, order: number): Rehearsed | null {
    let rehearsed = this.#flows.get(key);
    if (rehearsed === undefined) {
      if (this.#flows.size >= MOST_FLOWS) return null;
      rehearsed = { flow, order, packets: 0, undecided: false, chosen: false, kinds: new Map() };
      this.#flows.set(key, rehearsed);
      this.#hosts.add(flow.host);
    }
    return rehearsed;
  }

  #passageOf(walk: Walk): Passage {
    const way = wayOfWalk(walk, (this.#before ?? this.#after).ruleset);
    return { way, packets: 1, first: sightingOf(walk), assumptions: [] };
  }

  #keep(seen: Kind, packet: string, { a, b, certain }: Compared, walk: Walk): void {
    const parting = partingOf(a, b, this.#rules.alignment);
    const changed = changedFields(a, b);
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
      a: { way: a.way, packets: 1, first, assumptions: [] },
      b: { way: b.way, packets: 1, first: null, assumptions: b.facts },
      changed,
      parting,
      why: whyOf(parting),
      certain,
    };
    seen.ways.set(key, { difference, packets: 1 });
  }

  /** The old rules' way that the walk went, and what the new rules make of it. */
  #change(walk: Walk, before: Prediction, after: Prediction, opened: boolean): Found {
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
    // Nor is what only one that knows nothing of the connection would assume, where it opened as before.
    const known = new Set(olds.flatMap(({ ofConnection }) => ofConnection));
    const possible = news.filter(
      ({ facts, ofConnection }) =>
        !facts.some((fact) => wrong.has(fact)) && !(opened && ofConnection.some((fact) => !known.has(fact))),
    );
    const candidates = possible.length > 0 ? possible : news;
    const same = candidates.some((way) => changedFields(taken, way).length === 0);
    const fresh = candidates.filter((way) => !olds.some((old) => changedFields(old, way).length === 0));
    const [b] = same ? fresh : [...fresh, ...candidates];
    if (b === undefined) return 'same';
    const facts = b.facts.filter((fact) => !taken.facts.includes(fact));
    return { a: taken, b: { ...b, facts }, certain: !same };
  }

  /** The walk, where its rules do not explain it, and the way that is nearest to it. */
  #againstRules(walk: Walk, prediction: Prediction): Found {
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
    return { a, b, certain: true };
  }

  #named(prediction: Prediction, { packet }: Walk, side: Side): readonly PredictedWay[] {
    const ruleset = (side === 'a' ? this.#before : this.#after)?.ruleset ?? this.#after.ruleset;
    return prediction.paths
      .filter(({ probability }) => probability !== 0)
      .map((path: PredictedPath) => {
        const way: Way = wayOfPath(path, packet, ruleset);
        const facts = [...new Set(path.assumptions.map(({ fact }) => fact))];
        const ofConnection = path.assumptions.flatMap(({ kind, fact }) =>
          kind === 'conntrack' ? [fact] : [],
        );
        return { way, ids: idsOf(way, side, this.#rules.alignment), facts, ofConnection };
      });
  }

  /** A flow as it is told. */
  #told({ flow, order, packets, undecided, kinds }: Rehearsed): ComparedFlow {
    const named = this.#hosts.size > 1 ? flow : { ...flow, host: null };
    const ways: WayDifference[] = [];
    for (const [packet, { missed, misses, ways: found }] of kinds) {
      for (const { difference, packets: count } of found.values()) ways.push(counted(difference, count));
      if (missed !== null) ways.push(neverCame(packet, { ...missed, packets: misses }));
    }
    return { flow: named, order, ways: withReasons(ways), undecided, packets: { a: packets, b: packets } };
  }
}

/** What would have followed a packet that does not arrive any more. */
function neverCame(packet: string, a: Passage): WayDifference {
  return { packet, a, b: null, changed: [], parting: null, why: 'rules', certain: true };
}

function counted(difference: WayDifference, packets: number): WayDifference {
  const { a, b } = difference;
  return { ...difference, a: a && { ...a, packets }, b: b && { ...b, packets } };
}

function arrives({ way: { disposition } }: NamedWay): boolean {
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
