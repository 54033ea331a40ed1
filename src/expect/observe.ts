/**
 * Walks of a log, as they pass → those of each case, held against what the case expects. A walk is of a case if
 * its first line has the fields that name a flow as the case gives them; where nothing goes before the case's
 * packet, only the first packet of each flow is. A line that shows too little decides nothing: the prediction
 * does.
 */
import type {
  CaseResult,
  Counterexample,
  Expectation,
  ExpectationCase,
  ExpectationVerdict,
} from '../model/expectation.ts';
import { dportOf, type Packet, sportOf } from '../model/packet.ts';
import type { PacketSpec } from '../model/packet-spec.ts';
import type { Ruleset } from '../model/ruleset.ts';
import { isUnknown } from '../model/ternary.ts';
import type { Walk } from '../model/walk.ts';
import { hold } from './hold.ts';
import { counterexample, KEPT, statusOf } from './judge.ts';
import { wayOfWalk } from './way.ts';

/** Flows that are remembered of each case; then it begins anew. */
const MOST_FLOWS = 100_000;

interface Tally {
  readonly expectation: Expectation;
  failed: number;
  open: number;
  readonly counterexamples: Counterexample[];
}

interface Watched {
  readonly each: ExpectationCase;
  readonly flows: Set<string>;
  readonly tallies: readonly Tally[];
  packets: number;
}

export class Observer {
  readonly #cases: readonly Watched[];

  constructor(cases: readonly ExpectationCase[]) {
    this.#cases = cases.map((each) => ({
      each,
      flows: new Set(),
      packets: 0,
      tallies: each.expectations.map((expectation) => ({
        expectation,
        failed: 0,
        open: 0,
        counterexamples: [],
      })),
    }));
  }

  push(walk: Walk, ruleset: Ruleset): void {
    let way: ReturnType<typeof wayOfWalk> | null = null;
    for (const watched of this.#cases) {
      if (!isOf(watched.each.packet, walk.packet) || !isFresh(watched, walk)) continue;
      watched.packets++;
      way ??= wayOfWalk(walk);
      for (const tally of watched.tallies) {
        const held = hold(tally.expectation.wanted, way, ruleset);
        if (held.result === true) continue;
        if (isUnknown(held.result)) tally.open++;
        else tally.failed++;
        if (!isUnknown(held.result) && tally.counterexamples.length < KEPT) {
          tally.counterexamples.push(counterexample(held, way, null));
        }
      }
    }
  }

  /** Adds what was observed to the results of the same cases, in the same order. */
  addTo(results: readonly CaseResult[]): readonly CaseResult[] {
    return results.map((result, i) => {
      const watched = this.#cases[i];
      if (watched === undefined) return result;
      const verdicts = watched.tallies.map((tally) => verdictOf(tally, watched.packets));
      const seen = statusOf(verdicts.filter(({ status }) => status === 'unmet'));
      return {
        ...result,
        status: seen === 'unmet' ? 'unmet' : result.status,
        observed: { packets: watched.packets, verdicts },
      };
    });
  }
}

function verdictOf(
  { expectation, failed, open, counterexamples }: Tally,
  packets: number,
): ExpectationVerdict {
  const undecided = packets === 0 || open > 0;
  return {
    expectation,
    status: failed > 0 ? 'unmet' : undecided ? 'undecided' : 'met',
    of: packets,
    against: failed,
    counterexamples,
    whyNot: [],
  };
}

/** Whether a packet is as the case describes it, in the fields that name a flow and a packet's part in it. */
function isOf(spec: PacketSpec, packet: Packet): boolean {
  const { transport } = packet;
  const icmp = transport.kind === 'icmp' ? transport : null;
  return (
    spec.family === packet.family &&
    (spec.in ?? '') === packet.in &&
    same(spec.src?.text, packet.src.text) &&
    same(spec.dst?.text, packet.dst.text) &&
    same(spec.protocol, packet.protocol) &&
    same(spec.sport, sportOf(packet)) &&
    same(spec.dport, dportOf(packet)) &&
    same(spec.flags, transport.kind === 'tcp' ? transport.flags : null) &&
    same(spec.icmpType, icmp?.type ?? null) &&
    same(spec.icmpCode, icmp?.code ?? null) &&
    same(spec.icmpId, icmp?.id ?? null) &&
    same(spec.uid, packet.uid) &&
    same(spec.gid, packet.gid)
  );
}

function same<T>(wanted: T | undefined, value: T | null): boolean {
  return wanted === undefined || wanted === value;
}

/** Whether the walk's packet is the first of its flow that the log shows, where the case is about such. */
function isFresh({ each, flows }: Watched, { packet, host }: Walk): boolean {
  if (each.before.length > 0) return true;
  const { transport } = packet;
  const id = transport.kind === 'icmp' ? transport.id : null;
  const key = `${host} ${packet.src.text} ${packet.dst.text} ${packet.protocol} ${sportOf(packet)} ${dportOf(packet)} ${id}`;
  if (flows.has(key)) return false;
  if (flows.size >= MOST_FLOWS) flows.clear();
  flows.add(key);
  return true;
}
