/**
 * Whether a line can come after a walk's last line, by the order in which the kernel runs hooks, tables,
 * chains and rules: call stack, gotos, chain ends and policies where rules are given, the kernel's words where
 * not. Looks at no field of the packet but the interfaces that name the hook.
 */
import type { TraceEvent } from '../model/event.ts';
import { HOOKS, type Hook, TABLE_ORDER, type TableName } from '../model/hook.ts';
import type { Packet } from '../model/packet.ts';
import { COST } from './cost.ts';
import { WAY } from './effect.ts';
import type { Way } from './habit.ts';
import { type Node, tablePlace } from './node.ts';
import type { ChainProgram, TableProgram } from './program.ts';
import { type Position, stackInto } from './reach.ts';
import { type Frame, openFrame, pushFrame } from './stack.ts';

/** How a line comes after another. */
export type Relation =
  /** As the rules (or, without rules, the kernel's words) say. */
  | 'exact'
  /** Not as the rules say, but as the kernel's words allow. */
  | 'unruly'
  /** With lines missing in between. */
  | 'gap'
  | 'none';

/** The outcome of `follow`, reused from call to call. */
export interface Move {
  relation: Relation;
  /** What is odd about it: to be added to the relation's own price. */
  cost: number;
  frames: Frame | null;
  hook: Hook;
  sure: boolean;
  way: Way;
}

export function newMove(): Move {
  return { relation: 'none', cost: 0, frames: null, hook: 'PREROUTING', sure: true, way: 'next' };
}

/** Which tables print a line for every packet that passes a hook. */
export interface Loaded {
  /** Loaded by the rules, or nat. */
  isCertain(table: TableName): boolean;
  /** The log has shown the table. */
  isSeen(table: TableName): boolean;
}

/** Sets `move` to how `event` (a line of `chain`) follows `from` if nothing is odd: exactly, or not. */
export function followExactly(
  from: Node,
  event: TraceEvent,
  chain: ChainProgram,
  loaded: Loaded,
  move: Move,
): void {
  move.relation = 'none';
  move.cost = 0;
  move.sure = true;
  const { ways, callee, open } = from.effect;
  if (isSameTable(from, event, chain) && within(from, event, chain, ways, callee, open, move)) {
    settle(from, chain, move, 'exact');
  } else if (chain.hook !== null) {
    const relation = enterTable(from, event, chain, chain.hook, loaded, move);
    move.relation = relation === 'exact' ? 'exact' : 'none';
  }
}

/** Sets `move` to how `event` (a line of `chain`) can follow `from`, if it does not exactly. */
export function followSomehow(
  from: Node,
  event: TraceEvent,
  chain: ChainProgram,
  loaded: Loaded,
  move: Move,
): void {
  move.relation = 'none';
  move.cost = 0;
  move.sure = true;
  const { ways, open } = from.effect;
  if (isSameTable(from, event, chain)) {
    if (gapWithin(from, event, chain, ways, move)) return settle(from, chain, move, 'gap');
    const word = OPEN_WAYS[from.event.type];
    if (!open && within(from, event, chain, word, null, true, move)) {
      return settle(from, chain, move, 'unruly');
    }
  }
  if (chain.hook !== null) move.relation = enterTable(from, event, chain, chain.hook, loaded, move);
  else enterLost(from, event, chain, move);
}

/** Whether the line can be of the same pass through the same table. */
function isSameTable(from: Node, event: TraceEvent, chain: ChainProgram): boolean {
  if (chain.table !== from.chain.table || !sameLink(from.event.packet, event.packet)) return false;
  return chain.hook === null || chain.hook === from.hook || !from.sure;
}

const OPEN_WAYS = {
  rule: WAY.next | WAY.call | WAY.goto | WAY.back | WAY.leave | WAY.end,
  return: WAY.back | WAY.leave | WAY.end,
  policy: WAY.back | WAY.leave | WAY.end,
} as const;

function settle(from: Node, chain: ChainProgram, move: Move, relation: Relation): void {
  move.relation = relation;
  move.hook = chain.hook ?? from.hook;
  move.sure = from.sure || chain.hook !== null;
}

function sameLink(a: Packet, b: Packet): boolean {
  return a === b || (a.in === b.in && a.out === b.out);
}

/** Whether a line numbered `number` can be the first of `chain` to match from rule `first` on. */
function isFirstFrom(chain: ChainProgram, first: number, number: number): boolean {
  return number >= first && number <= chain.certainFrom(first);
}

/** The next line within the same table, nothing missing. */
function within(
  from: Node,
  event: TraceEvent,
  chain: ChainProgram,
  ways: number,
  callee: string | null,
  open: boolean,
  move: Move,
): boolean {
  const { number } = event;
  if (chain === from.chain && (ways & WAY.next) !== 0 && isFirstFrom(chain, from.event.number + 1, number)) {
    move.frames = from.frames;
    move.way = 'next';
    return true;
  }
  if ((ways & (WAY.call | WAY.goto)) !== 0 && chain.hook === null && chain !== from.chain) {
    const called = callee === null ? !isOnStack(from.frames, chain) : callee === chain.name;
    if (called && isFirstFrom(chain, 1, number)) {
      const jumps = (ways & WAY.call) !== 0;
      move.frames = jumps ? pushFrame(from.frames, from.chain, from.event.number) : from.frames;
      move.way = 'call';
      return true;
    }
  }
  move.way = 'back';
  if ((ways & WAY.back) !== 0 && back(from, event, chain, open, move)) return true;
  if ((ways & WAY.again) !== 0 && chain.hook !== null && isFirstFrom(chain, 1, number)) {
    move.frames = null;
    move.cost = COST.openChange;
    return true;
  }
  return false;
}

function isOnStack(frames: Frame | null, chain: ChainProgram): boolean {
  for (let frame = frames; frame !== null; frame = frame.parent) if (frame.chain === chain) return true;
  return false;
}

/** The line after a return. */
function back(from: Node, event: TraceEvent, chain: ChainProgram, open: boolean, move: Move): boolean {
  const top = from.frames;
  if (top === null) {
    move.frames = null;
    return isPolicy(event, chain, chain === from.chain ? from.event.number : 0);
  }
  if (top.chain === null) return backFromOpen(from, event, chain, top, move);
  if (top.chain === chain && isFirstFrom(chain, top.number + 1, event.number)) {
    move.frames = top.parent;
    return true;
  }
  return open && backDeep(event, chain, top, move);
}

/** Without rules a goto looks like a jump: a return may skip its frame. */
function backDeep(event: TraceEvent, chain: ChainProgram, top: Frame, move: Move): boolean {
  let cost: number = COST.deepReturn;
  let bottom = top;
  for (let frame = top.parent; frame !== null; frame = frame.parent) {
    if (frame.chain === chain && isFirstFrom(chain, frame.number + 1, event.number)) {
      move.frames = frame.parent;
      move.cost = cost;
      return true;
    }
    cost += COST.deepReturn;
    bottom = frame;
  }
  // A goto out of the built-in chain returns to its policy.
  if (bottom.chain !== chain || !isPolicy(event, chain, bottom.number)) return false;
  move.frames = null;
  move.cost = cost;
  return true;
}

function backFromOpen(from: Node, event: TraceEvent, chain: ChainProgram, top: Frame, move: Move): boolean {
  if (from.chain.given) {
    const fits = from.chain.table
      .returnSites(from.chain)
      .some((site) => site.chain === chain && isFirstFrom(chain, site.number + 1, event.number));
    if (!fits) return false;
  } else if (chain === from.chain) return false;
  move.frames = chain.hook !== null ? null : resumed(top, chain, event.number);
  return true;
}

/** The stack in `chain`, of which only the past is known: what stands of it. */
function resumed(open: Frame, chain: ChainProgram, number: number): Frame | null {
  for (let frame = open.parent; frame !== null; frame = frame.parent) {
    if (frame.chain === chain && frame.number < number) return frame.parent;
  }
  return open;
}

function isPolicy(event: TraceEvent, chain: ChainProgram, after: number): boolean {
  if (chain.hook === null || event.number <= after) return false;
  return chain.given ? event.number === chain.length + 1 : event.type === 'policy';
}

/** A later line within the same table, some missing. */
function gapWithin(from: Node, event: TraceEvent, chain: ChainProgram, ways: number, move: Move): boolean {
  const { number } = event;
  const positions = resumable(from, ways);
  if (positions.length === 0) return false;
  for (const position of positions) {
    if (position.chain === chain && number > position.number) {
      move.frames = position.frames;
      return true;
    }
  }
  const open = positions.at(-1)?.frames?.chain === null;
  if (chain.hook !== null) {
    // Back in the built-in chain after a jump that no line showed, or by a goto: at its policy.
    if (!open && !isPolicy(event, chain, from.chain === chain ? from.event.number : 0)) return false;
    move.frames = null;
    return true;
  }
  if (isOnStack(from.frames, chain)) return false;
  const stack = stackInto(chain, positions);
  move.frames = stack?.frames ?? openFrame(from.frames);
  // Out of an open stack, or without rules, any chain may have been called.
  return open || stack === null || stack.found;
}

/** Ways on within the table. */
const STAYS = WAY.next | WAY.call | WAY.goto | WAY.back;

/** Where the walk's table can go on after `from`, sooner or later; innermost first. */
function resumable(from: Node, ways: number): readonly Position[] {
  const positions: Position[] = [];
  if ((ways & STAYS) === 0) return positions;
  const { callee } = from.effect;
  if (callee !== null) {
    const frames =
      (ways & WAY.call) !== 0 ? pushFrame(from.frames, from.chain, from.event.number) : from.frames;
    positions.push({ chain: from.chain.table.chain(callee), number: 0, frames });
  }
  if ((ways & (WAY.next | WAY.call)) !== 0) {
    positions.push({ chain: from.chain, number: from.event.number, frames: from.frames });
  }
  for (let frame = from.frames; frame !== null; frame = frame.parent) {
    if (frame.chain !== null)
      positions.push({ chain: frame.chain, number: frame.number, frames: frame.parent });
    else positions.push({ chain: from.chain, number: Number.POSITIVE_INFINITY, frames: frame });
  }
  return positions;
}

/** How many hooks a packet goes on from one to another; 0: not possible. Loopback: from POSTROUTING on. */
const HOPS: Readonly<Record<Hook, Readonly<Partial<Record<Hook, number>>>>> = {
  PREROUTING: { INPUT: 1, FORWARD: 1, POSTROUTING: 2 },
  INPUT: {},
  FORWARD: { POSTROUTING: 1 },
  OUTPUT: { POSTROUTING: 1, PREROUTING: 2, INPUT: 3 },
  POSTROUTING: { PREROUTING: 1, INPUT: 2 },
};

/** The first line of a later table, in its built-in chain. */
function enterTable(
  from: Node,
  event: TraceEvent,
  chain: ChainProgram,
  hook: Hook,
  loaded: Loaded,
  move: Move,
): Relation {
  const table = chain.table.name;
  const hops = hook === from.hook ? 0 : (HOPS[from.hook][hook] ?? -1);
  if (hops < 0) return 'none';
  if (hops === 0 && tablePlace(hook, table) <= tablePlace(hook, from.event.table)) {
    return isRepeated(from, event, chain) ? repeat(move) : 'none';
  }
  move.hook = hook;
  move.frames = null;
  move.way = 'leave';
  if (hops > 1 || !isFirstFrom(chain, 1, event.number)) return 'gap';
  const first = tablePlace(from.hook, from.event.table) + 1;
  const last = tablePlace(hook, table);
  const skipped =
    hops === 0
      ? skippedTables(hook, first, last, loaded)
      : skippedTables(from.hook, first, 9, loaded) + skippedTables(hook, 0, last, loaded);
  if (skipped >= CERTAIN) return 'gap';
  move.cost += skipped * COST.skippedTable;
  const { ways } = from.effect;
  if ((ways & WAY.leave) !== 0) return 'exact';
  return (ways & STAYS) === 0 ? 'unruly' : 'gap';
}

/** Whether the table may run again from its first rule, as NFQUEUE's listener can ask for (NF_REPEAT). */
function isRepeated(from: Node, event: TraceEvent, chain: ChainProgram): boolean {
  return (
    chain.table === from.chain.table && from.event.type === 'rule' && isFirstFrom(chain, 1, event.number)
  );
}

function repeat(move: Move): Relation {
  move.frames = null;
  move.cost = COST.repeat;
  return 'unruly';
}

const CERTAIN = 100;

/** Number of tables from place `first` to before `end` that should have printed; CERTAIN or more by the rules. */
function skippedTables(hook: Hook, first: number, end: number, loaded: Loaded): number {
  let skipped = 0;
  const tables = TABLE_ORDER[hook];
  for (let i = first; i < Math.min(end, tables.length); i++) {
    const table = tables[i];
    if (table === undefined || table === 'nat') continue;
    if (loaded.isCertain(table)) skipped += CERTAIN;
    else if (loaded.isSeen(table)) skipped++;
  }
  return skipped;
}

/** A line in a user chain of a later table: the lines before it are missing. */
function enterLost(from: Node, event: TraceEvent, chain: ChainProgram, move: Move): void {
  for (const hook of HOOKS) {
    const place = tablePlace(hook, chain.table.name);
    if (place < 0 || !fitsHook(event.packet, hook)) continue;
    const later =
      hook === from.hook ? place > tablePlace(hook, from.event.table) : HOPS[from.hook][hook] !== undefined;
    if (!later) continue;
    const frames = stackFromHook(chain, hook);
    if (frames === undefined) continue;
    move.relation = 'gap';
    move.hook = hook;
    move.sure = false;
    move.frames = frames;
    return;
  }
}

/** The stack of a line in a user chain when only the hook is known; undefined: the hook does not reach it. */
export function stackFromHook(chain: ChainProgram, hook: Hook): Frame | null | undefined {
  const table: TableProgram = chain.table;
  const stack = stackInto(chain, [{ chain: table.chain(hook), number: 0, frames: null }]);
  if (stack === null) return chain.given ? undefined : openFrame(null);
  return stack.found ? (stack.frames ?? openFrame(null)) : undefined;
}

/** Whether a line with these interfaces can be of the hook. */
export function fitsHook(packet: Packet, hook: Hook): boolean {
  switch (hook) {
    case 'PREROUTING':
    case 'INPUT':
      return packet.out === '';
    case 'FORWARD':
      return packet.in !== '' && packet.out !== '';
    case 'OUTPUT':
      return packet.in === '' && packet.out !== '';
    case 'POSTROUTING':
      return packet.out !== '';
  }
}
