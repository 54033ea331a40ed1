/**
 * From a line to the next of the same table: the next rule, a jump, a goto, a return (ipt_do_table,
 * net/ipv4/netfilter/ip_tables.c). With rules each way leads to one place; without, a new chain is taken to be
 * called and a known one to be returned to. Over missing lines the stack may become an open one.
 */
import type { TraceEvent, TraceType } from '../model/event.ts';
import { COST } from './cost.ts';
import { type Effect, WAY } from './effect.ts';
import { isFirstFrom, type Line, type Move } from './move.ts';
import type { Node } from './node.ts';
import type { ChainProgram } from './program.ts';
import { type Position, stackInto } from './reach.ts';
import { type Frame, openFrame, pushFrame } from './stack.ts';

/** What of an effect leads on. */
type Onward = Pick<Effect, 'ways' | 'callee' | 'open'>;

const OPEN_ENDS: Onward = { ways: WAY.back | WAY.leave | WAY.end, callee: null, open: true };

/** Where a line can lead by the kernel's word alone. */
export const UNRULY: Readonly<Record<TraceType, Onward>> = {
  rule: { ways: WAY.next | WAY.call | WAY.goto | WAY.back | WAY.leave | WAY.end, callee: null, open: true },
  return: OPEN_ENDS,
  policy: OPEN_ENDS,
};

/** Whether the line can be the very next of the table after `from`, if that leads where `onward` says. */
export function goOnInside(from: Node, onward: Onward, line: Line, move: Move): boolean {
  const { chain } = line;
  const { number } = line.event;
  const { ways } = onward;
  if (chain === from.chain && (ways & WAY.next) !== 0 && isFirstFrom(chain, from.event.number + 1, number)) {
    move.frames = from.frames;
    move.way = 'next';
    return true;
  }
  if ((ways & (WAY.call | WAY.goto)) !== 0 && call(from, onward, line, move)) return true;
  if ((ways & WAY.back) !== 0 && back(from, onward.open, line, move)) return true;
  if ((ways & WAY.again) !== 0 && chain.hook !== null && isFirstFrom(chain, 1, number)) {
    move.frames = null;
    move.cost = COST.openChange;
    return true;
  }
  return false;
}

function call(from: Node, { ways, callee }: Onward, { event, chain }: Line, move: Move): boolean {
  if (chain.hook !== null || chain === from.chain || !isFirstFrom(chain, 1, event.number)) return false;
  if (callee === null ? isOnStack(from.frames, chain) : callee !== chain.name) return false;
  const jumps = (ways & WAY.call) !== 0;
  move.frames = jumps ? pushFrame(from.frames, from.chain, from.event.number) : from.frames;
  move.way = 'call';
  return true;
}

function isOnStack(frames: Frame | null, chain: ChainProgram): boolean {
  for (let frame = frames; frame !== null; frame = frame.parent) if (frame.chain === chain) return true;
  return false;
}

/** The line after a return. */
function back(from: Node, open: boolean, { event, chain }: Line, move: Move): boolean {
  const top = from.frames;
  move.way = 'back';
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

/** Whether the line can be a later one of the table, with lines missing after `from`. */
export function skipInside(from: Node, { event, chain }: Line, move: Move): boolean {
  const positions = resumable(from);
  if (positions.length === 0) return false;
  for (const position of positions) {
    if (position.chain === chain && event.number > position.number) {
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

/**
 * Whether the line may be of the same pass through the table although the stack forbids it: with rules that were
 * not the ones traced, a stack is a guess. Only numbers that fall within a chain forbid it for certain.
 */
export function goOnLawlessly(from: Node, { event, chain }: Line, move: Move): boolean {
  let node: Node | null = from;
  for (; node !== null && node.chain.table === chain.table && node.hook === from.hook; node = node.prev) {
    if (node.chain === chain && node.event.number >= event.number) return false;
  }
  move.frames = chain.hook === null ? openFrame(null) : null;
  move.cost = COST.lawless;
  return true;
}

/** Where the table can go on after `from`, sooner or later; innermost first. */
function resumable(from: Node): readonly Position[] {
  const positions: Position[] = [];
  const { callee, ways } = from.effect;
  if ((ways & WAY.stay) === 0) return positions;
  if (callee !== null) {
    const jumps = (ways & WAY.call) !== 0;
    const frames = jumps ? pushFrame(from.frames, from.chain, from.event.number) : from.frames;
    positions.push({ chain: from.chain.table.chain(callee), number: 0, frames });
  }
  if ((ways & (WAY.next | WAY.call)) !== 0) {
    positions.push({ chain: from.chain, number: from.event.number, frames: from.frames });
  }
  for (let frame = from.frames; frame !== null; frame = frame.parent) {
    if (frame.chain !== null) {
      positions.push({ chain: frame.chain, number: frame.number, frames: frame.parent });
    } else {
      positions.push({ chain: from.chain, number: Number.POSITIVE_INFINITY, frames: frame });
    }
  }
  return positions;
}
