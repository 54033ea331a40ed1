/**
 * A walk in the making: its last line, linked backwards. Nodes never change, so that several readings of
 * the same lines (group.ts) can share what they agree on.
 */
import type { TraceEvent } from '../model/event.ts';
import { HOOKS, type Hook, TABLE_ORDER, TABLES, type TableName } from '../model/hook.ts';
import { dportOf, type Packet, sportOf } from '../model/packet.ts';
import { type Effect, WAY } from './effect.ts';
import type { Host } from './host.ts';
import type { Line, Move } from './move.ts';
import type { ChainProgram } from './program.ts';
import type { Frame } from './stack.ts';
import type { Start } from './start.ts';

/** Whether the nat tables were asked for this packet: only a connection's first packet prints their lines. */
type Binding = 'unknown' | 'asked' | 'passed';

export interface Node {
  readonly event: TraceEvent;
  readonly prev: Node | null;
  readonly chain: ChainProgram;
  readonly effect: Effect;
  /** The call stack when the line was printed. */
  readonly frames: Frame | null;
  readonly hook: Hook;
  /** False: the hook is a guess from the interfaces, as the walk begins in a user chain. */
  readonly sure: boolean;
  /** Lines are missing between `prev` (or the walk's beginning) and this one. */
  readonly gap: boolean;
  readonly binding: Binding;
  /** Number of the event in the whole log, from 0: its age. */
  readonly serial: number;
  readonly start: Start;
}

/** The walk of `prev` (or a new one), gone on to `event` as `move` says. */
export function extend(prev: Node | null, start: Start, { event, chain, serial }: Line, move: Move): Node {
  return {
    event,
    prev,
    chain,
    effect: chain.effect(event.number, event.type),
    frames: move.frames,
    hook: move.hook,
    sure: move.sure,
    gap: move.relation === 'gap',
    binding: bindingAfter(prev, event, move),
    serial,
    start,
  };
}

/**
 * A local multicast leaves twice: its copy is looped back before the original goes out. Where no socket tells
 * the two apart, the copy shows itself when it comes in with an empty MAC=: then its POSTROUTING lines, so far
 * taken for the original's, begin a walk of their own. Null if `from` was not sent here.
 */
export function splitCopy(
  from: Node,
  open: () => Start,
): { readonly original: Node; readonly copy: Node } | null {
  const out: Node[] = [];
  let node: Node | null = from;
  for (; node !== null && node.hook === 'POSTROUTING'; node = node.prev) out.push(node);
  if (node?.hook !== 'OUTPUT') return null;
  const start = open();
  let copy: Node | null = null;
  for (const each of out.reverse()) copy = { ...each, prev: copy, start };
  return copy === null ? null : { original: node, copy };
}

function bindingAfter(prev: Node | null, event: TraceEvent, move: Move): Binding {
  if (event.table === 'nat') return 'asked';
  if (prev === null) return 'unknown';
  if (prev.binding !== 'unknown' || move.relation === 'gap') return prev.binding;
  if (prev.hook === 'PREROUTING') return move.hook === 'PREROUTING' ? 'unknown' : 'passed';
  if (prev.hook !== 'OUTPUT') return 'unknown';
  return move.hook !== 'OUTPUT' || tablePlace('OUTPUT', event.table) > NAT_OUTPUT ? 'passed' : 'unknown';
}

const ORDER: ReadonlyMap<Hook, ReadonlyMap<TableName, number>> = new Map(
  HOOKS.map((hook) => [hook, new Map(TABLES.map((table) => [table, TABLE_ORDER[hook].indexOf(table)]))]),
);
const NAT_OUTPUT = tablePlace('OUTPUT', 'nat');

/** The table's place among the tables of a hook; -1 if the hook has no such table. */
export function tablePlace(hook: Hook, table: TableName): number {
  return ORDER.get(hook)?.get(table) ?? -1;
}

/** Whether two walks can go on in the same ways: it does not matter which of them a line is given to. */
export function sameState(a: Node, b: Node): boolean {
  return (
    a === b ||
    (a.effect === b.effect &&
      a.event.number === b.event.number &&
      a.chain === b.chain &&
      a.frames === b.frames &&
      a.hook === b.hook &&
      a.binding === b.binding &&
      samePacket(a.event.packet, b.event.packet))
  );
}

function samePacket(a: Packet, b: Packet): boolean {
  return (
    a === b ||
    (a.in === b.in &&
      a.out === b.out &&
      a.src.text === b.src.text &&
      a.dst.text === b.dst.text &&
      sportOf(a) === sportOf(b) &&
      dportOf(a) === dportOf(b) &&
      a.ttl === b.ttl &&
      a.mark === b.mark &&
      a.tos === b.tos &&
      a.length === b.length &&
      a.mac === b.mac &&
      a.uid === b.uid)
  );
}

/** Whether the walk is over: the rules end the packet here, or no table is left that could print. */
export function isOver(node: Node, host: Host): boolean {
  const { ways } = node.effect;
  if (ways === WAY.end) return true;
  return (ways & ~(WAY.leave | WAY.end)) === 0 && isLast(node) && !mayPrintLater(node, host);
}

/** Whether the walk is complete as it stands, though a further table may print (nat: only sometimes). */
export function isQuiet(node: Node): boolean {
  return (node.effect.ways & WAY.leave) !== 0 && isLast(node);
}

/** Whether the line is of the last hook. */
function isLast(node: Node): boolean {
  if (node.hook === 'POSTROUTING') return node.event.packet.out !== 'lo';
  return node.hook === 'INPUT' && node.event.table !== 'mangle';
}

function mayPrintLater(node: Node, host: Host): boolean {
  const tables = TABLE_ORDER[node.hook];
  for (let i = tables.indexOf(node.event.table) + 1; i < tables.length; i++) {
    const table = tables[i];
    if (table !== undefined && host.mayPrint(table)) return true;
  }
  return false;
}
