/**
 * Walks as they pass → groups of equal ones: same steps, disposition, check and endpoints but for the port
 * that the flow's source chose, which in a reply is the destination's. Each group keeps one example and counts. Memory is bounded: when the room is used up, a
 * walk of a new kind is counted as `beyond` and dropped; alarming ones have room of their own.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import { dportOf, isReply, type Packet, sportOf } from '../model/packet.ts';
import type { Disposition, Walk } from '../model/walk.ts';
import { owned, ownedWalk } from './own.ts';
import { PathTree } from './path-tree.ts';
import { packetKind } from './verdict.ts';

export interface Group {
  /** The walk with the lowest number so far; its strings are its own. */
  example: Walk;
  count: number;
  /** Numbers of the first few other walks, ascending. */
  readonly others: number[];
  /** The chosen ports seen, as a range; null if there is none. */
  ports: { from: number; to: number } | null;
  /** Kinds of packet seen (`TCP SYN`), without ids; at most `MAX_KINDS` + 1. */
  readonly kinds: Set<string>;
  /** Losses within the example's lines. */
  losses: readonly Diagnostic[];
}

/** Groups of either sort, alarming or not. */
export const MAX_GROUPS = 500;
const MAX_OTHERS = 5;
export const MAX_KINDS = 3;

const ALARMING: ReadonlySet<Disposition> = new Set(['dropped', 'rejected', 'vanished', 'queued']);

/** Most alarming first: 0 diverges, 1 did not arrive, 2 nobody knows all of it, 3 went well. */
function weightOf(walk: Walk): 0 | 1 | 2 | 3 {
  if (walk.check.status === 'diverges') return 0;
  if (ALARMING.has(walk.disposition)) return 1;
  const open = walk.disposition === 'unknown' || walk.check.status === 'incomplete' || walk.gaps.length > 0;
  return open ? 2 : 3;
}

export class Groups {
  /** Walks that found no room: they are counted nowhere else here. */
  beyond = 0;
  private readonly groups = new Map<string, Group>();
  private readonly paths = new PathTree();
  private readonly room: { alarming: number; calm: number };

  /** @param limit Most groups of either sort, alarming or not. */
  constructor(limit = MAX_GROUPS) {
    this.room = { alarming: limit, calm: limit };
  }

  /** Takes a walk; `losses` are those within its lines. Gives its group, null if it found no room. */
  add(walk: Walk, losses: readonly Diagnostic[]): Group | null {
    const sort = weightOf(walk) < 2 ? 'alarming' : 'calm';
    const path = this.paths.numberOf(walk.steps, this.room[sort] > 0);
    const key = path === null ? null : keyOf(walk, path, losses.length);
    const known = key === null ? undefined : this.groups.get(key);
    if (known !== undefined) {
      count(known, walk, losses);
      return known;
    }
    if (key === null || this.room[sort] === 0) {
      this.beyond += 1;
      return null;
    }
    this.room[sort] -= 1;
    const group: Group = {
      example: ownedWalk(walk),
      count: 1,
      others: [],
      ports: null,
      kinds: new Set(),
      losses,
    };
    noteKind(group, walk.packet);
    this.groups.set(owned(key), group);
    return group;
  }

  /** All groups, alarming ones first, then by the number of their first walk. */
  sorted(): readonly Group[] {
    return [...this.groups.values()].sort(
      (a, b) => weightOf(a.example) - weightOf(b.example) || a.example.n - b.example.n,
    );
  }
}

function count(group: Group, walk: Walk, losses: readonly Diagnostic[]): void {
  group.count += 1;
  let other = walk.n;
  if (walk.n < group.example.n) {
    // Walks come as they end. The example keeps its steps, and the group the first number as a member.
    other = group.example.n;
    group.example = ownedWalk(walk);
    group.losses = losses;
  }
  const { others } = group;
  if (others.length < MAX_OTHERS || other < (others.at(-1) ?? 0)) {
    others.push(other);
    others.sort((a, b) => a - b);
    if (others.length > MAX_OTHERS) others.pop();
  }
  noteKind(group, walk.packet);
}

function noteKind(group: Group, packet: Packet): void {
  const port = isReply(packet) ? dportOf(packet) : sportOf(packet);
  if (port !== null) {
    const { ports } = group;
    if (ports === null) group.ports = { from: port, to: port };
    else if (port < ports.from) ports.from = port;
    else if (port > ports.to) ports.to = port;
  }
  if (group.kinds.size <= MAX_KINDS) group.kinds.add(packetKind(packet, false));
}

function keyOf(walk: Walk, path: number, losses: number): string {
  const { packet, check, gaps } = walk;
  const { transport } = packet;
  const named = isReply(packet) ? `from ${sportOf(packet)}` : dportOf(packet);
  const kind = transport.kind === 'icmp' ? `${transport.type}/${transport.code}` : named;
  const basic = `${path} ${walk.disposition} ${walk.decidedBy} ${check.status} ${packet.src.text} ${packet.dst.text} ${packet.protocol} ${kind} ${packet.in} ${walk.steps.at(-1)?.event.packet.out} ${walk.host}`;
  if (gaps.length === 0 && losses === 0 && check.divergence === null && check.assumptions.length === 0) {
    return basic;
  }
  // A fact may name the chosen port (`10.0.0.1:40000 → … is the first packet of its connection`).
  const chosen = isReply(packet) ? dportOf(packet) : sportOf(packet);
  const open = JSON.stringify([gaps, check.divergence, check.assumptions]);
  return `${basic} ${losses} ${chosen === null ? open : open.replaceAll(`:${chosen}`, ':*')}`;
}
