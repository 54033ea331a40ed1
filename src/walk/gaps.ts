/**
 * Which lines are missing where a walk has a gap, as far as the rules make them certain: the lines that
 * every packet prints from there on, and the only jumps that lead to the next line seen. Names nothing that
 * may not have been.
 */
import { TABLE_ORDER, type TableName } from '../model/hook.ts';
import { type Effect, WAY } from './effect.ts';
import { stackFromHook } from './follow.ts';
import { type Node, tablePlace } from './node.ts';
import type { ChainProgram } from './program.ts';
import { type Position, stackInto } from './reach.ts';
import { type Frame, pushFrame } from './stack.ts';

/** Longest run of certain lines that is named. */
const LONGEST = 64;

/** A place in the rules: the next line is the first to match from `number` on. */
interface Cursor {
  readonly chain: ChainProgram;
  readonly number: number;
  readonly frames: Frame | null;
}

/**
 * The lines that are certainly missing before `next`.
 * @param last the walk's line before the gap; null: the walk's beginning is missing
 */
export function missingLines(last: Node | null, next: Node): readonly string[] {
  const forward = last === null ? { names: [], at: null } : certainLines(last, next);
  if (forward.names.length > 0 && forward.at === 'reached') return forward.names;
  return [...forward.names, ...callsTo(last, next)];
}

/** Follows the rules from `last` on as long as they leave no choice. */
function certainLines(last: Node, next: Node): { names: string[]; at: 'reached' | null } {
  const names: string[] = [];
  let effect: Effect = last.effect;
  let cursor: Cursor | null = after(last.chain, last.event.number, last.frames, effect);
  while (cursor !== null && names.length < LONGEST) {
    const { chain, number, frames } = cursor;
    if (chain === next.chain && next.event.number >= number && frames === next.frames) {
      return { names, at: 'reached' };
    }
    if (chain.certainFrom(number) !== number) break;
    const found = chain.ruleEffect(number);
    if (found === null) break;
    effect = found;
    names.push(`${chain.table.name}:${chain.name}:${found.word ?? 'rule'}:${number}`);
    cursor = after(chain, number, frames, effect) ?? nextTable(chain, next, effect);
  }
  return { names, at: null };
}

/** Where the kernel goes from a line within its table; null if that is not one place. */
function after(chain: ChainProgram, number: number, frames: Frame | null, effect: Effect): Cursor | null {
  switch (effect.ways) {
    case WAY.next:
      return { chain, number: number + 1, frames };
    case WAY.call:
    case WAY.goto: {
      if (effect.callee === null) return null;
      const callee = chain.table.chain(effect.callee);
      if (!callee.given) return null;
      return { chain: callee, number: 1, frames: effect.ways === WAY.call ? pushFrame(frames, chain, number) : frames };
    }
    case WAY.back:
      if (frames === null) {
        return chain.hook === null ? null : { chain, number: chain.length + 1, frames: null };
      }
      return frames.chain === null ? null : { chain: frames.chain, number: frames.number + 1, frames: frames.parent };
    default:
      return null;
  }
}

/** The next table at the same hook, up to that of `next`, if a line of it is certain: nat's are not. */
function nextTable(chain: ChainProgram, next: Node, effect: Effect): Cursor | null {
  if (effect.ways !== WAY.leave || chain.hook !== next.hook) return null;
  const tables = TABLE_ORDER[next.hook];
  const table = tables[tablePlace(next.hook, chain.table.name) + 1];
  return table === next.event.table ? { chain: builtinOf(next, table), number: 1, frames: null } : null;
}

function builtinOf(node: Node, table: TableName): ChainProgram {
  return table === node.event.table ? node.chain.table.chain(node.hook) : node.chain.table.chain(node.hook);
}

/** The jumps that must have led to `next`, if only one way leads there. */
function callsTo(last: Node | null, next: Node): string[] {
  if (next.chain.hook !== null || !next.chain.given) return [];
  const within = last !== null && last.chain.table === next.chain.table && last.hook === next.hook;
  const entry: Position = { chain: next.chain.table.chain(next.hook), number: 0, frames: null };
  const positions: Position[] = within ? positionsOf(last) : [entry];
  if (positions.some(({ chain }) => chain === next.chain)) return [];
  if (!within && stackFromHook(next.chain, next.hook) === undefined) return [];
  const path = stackInto(next.chain, positions)?.path ?? null;
  if (path === null) return [];
  return path.calls.map(({ chain, number }) => `${chain.table.name}:${chain.name}:rule:${number}`);
}

function positionsOf(node: Node): Position[] {
  const positions: Position[] = [{ chain: node.chain, number: node.event.number, frames: node.frames }];
  const { callee } = node.effect;
  if (callee !== null) {
    positions.unshift({ chain: node.chain.table.chain(callee), number: 0, frames: node.frames });
  }
  for (let frame = node.frames; frame !== null; frame = frame.parent) {
    if (frame.chain !== null) {
      positions.push({ chain: frame.chain, number: frame.number, frames: frame.parent });
    }
  }
  return positions;
}
