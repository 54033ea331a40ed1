/**
 * The records of an analysis, as they pass → its flows: for each kind of packet the ways that were taken, how
 * often, and the first packet of each. Bounded: what finds no room is counted as `beyond`.
 */
import type { AnalysisRecord } from '../model/analysis.ts';
import type { FlowName, Sighting, Way } from '../model/difference.ts';
import { dportOf, sportOf } from '../model/packet.ts';
import { EMPTY_RULESET, type Ruleset } from '../model/ruleset.ts';
import type { Walk } from '../model/walk.ts';
import type { Choice } from './choice.ts';
import { Conversations, isAnswer } from './conversation.ts';
import { owned } from './own.ts';
import { wayOfWalk } from './way.ts';

const MOST_FLOWS = 50_000;
const MOST_WAYS = 64;

export interface CapturedWay {
  readonly way: Way;
  packets: number;
  first: Sighting;
}

export interface CapturedFlow {
  readonly flow: FlowName;
  readonly kinds: Map<string, Map<string, CapturedWay>>;
  packets: number;
  first: number;
  chosen: boolean;
}

export class Capture {
  ruleset: Ruleset = EMPTY_RULESET;
  packets = 0;
  /** Packets that found no room. */
  beyond = 0;
  readonly hosts = new Set<string | null>();
  /** By host and what `flowKey` names. */
  readonly flows = new Map<string, CapturedFlow>();
  readonly #conversations = new Conversations();
  readonly #choice: Choice | null;

  /** @param choice Null: all packets. */
  constructor(choice: Choice | null = null) {
    this.#choice = choice;
  }

  push(record: AnalysisRecord): void {
    if (record.type === 'rules') this.ruleset = record.ruleset;
    else if (record.type === 'walk') this.#add(record.walk);
  }

  #add(walk: Walk): void {
    const { flow, kind } = this.#conversations.place(walk);
    if (this.#choice?.counts(walk) === false) return;
    this.packets++;
    this.hosts.add(flow.host);
    const key = `${flow.host ?? ''} ${flowKey(flow)}`;
    let captured = this.flows.get(key);
    if (captured === undefined) {
      if (this.flows.size >= MOST_FLOWS) {
        this.beyond++;
        return;
      }
      captured = { flow, kinds: new Map(), packets: 0, first: walk.n, chosen: false };
      this.flows.set(key, captured);
    }
    captured.packets++;
    captured.chosen ||= this.#choice?.chooses(walk) !== false;
    captured.first = Math.min(captured.first, walk.n);
    const ways = captured.kinds.get(kind) ?? new Map<string, CapturedWay>();
    captured.kinds.set(kind, ways);
    const named = wayKey(walk);
    const known = ways.get(named);
    if (known !== undefined) {
      known.packets++;
      if (walk.n < known.first.n) known.first = sightingOf(walk);
    } else if (ways.size < MOST_WAYS) {
      ways.set(owned(named), { way: wayOfWalk(walk, this.ruleset), packets: 1, first: sightingOf(walk) });
    } else this.beyond++;
  }
}

/** What names a flow within a host. */
export function flowKey({ family, protocol, client, server, port }: FlowName): string {
  return `${family} ${protocol} ${client} ${server} ${port}`;
}

export function sightingOf({ n, steps }: Walk): Sighting {
  const first = steps[0]?.event;
  return { n, file: owned(first?.file ?? ''), line: first?.line ?? 0 };
}

/** The same for walks that go the same way with the same outcome. */
function wayKey({ steps, packet, disposition, decidedBy, gaps, check }: Walk): string {
  const last = steps.at(-1)?.event.packet ?? packet;
  const missing = gaps.length + check.missing.length === 0 ? '' : JSON.stringify([gaps, check.missing]);
  let key = `${disposition} ${decidedBy} ${packet.in} ${last.out} ${last.mark} ${last.src.text} ${last.dst.text} ${missing}`;
  // Of the ports, only the service's says where it went.
  key += ` ${isAnswer(packet) ? sportOf(last) : dportOf(last)}`;
  for (const { hook, event } of steps) {
    key += `\n${hook} ${event.table} ${event.chain} ${event.type} ${event.number}`;
  }
  return key;
}
