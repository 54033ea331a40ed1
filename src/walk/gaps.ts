/**
 * Which lines are missing where a walk has a gap, as far as the rules make them certain: the lines that
 * every packet prints from there on, those of the tables in between, and the only jumps that lead to the next
 * line seen. Names nothing that may not have been.
 */
import { type Hook, TABLE_ORDER } from '../model/hook.ts';
import { type Effect, WAY } from './effect.ts';
import type { Host } from './host.ts';
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
 * The lines that are certainly missing before `next`, as `table:chain:type:number`.
 * @param last the walk's line before the gap; null: the walk's beginning is missing
 */
export function missingLines(last: Node | null, next: Node, host: Host): readonly string[] {
  if (last === null) return callsTo(next, [entryOf(next)]);
  const onward = after(last.chain, last.event.number, last.frames, last.effect);
  if (isSameTable(last, next)) return linesTo(next, onward, positionsOf(last));
  const rest = certainLines(onward, null);
  const between = tablesBetween(last, next, host).flatMap(
    (chain) => certainLines(startOf(chain), null).names,
  );
  return [...rest.names, ...between, ...linesTo(next, startOf(entryOf(next).chain), [entryOf(next)])];
}

/** The lines of one table up to `next`: those that are certain from `start`, and the only calls to it. */
function linesTo(next: Node, start: Cursor | null, positions: readonly Position[]): string[] {
  const { names, stuck, reached } = certainLines(start, next);
  if (reached) return names;
  return [...names, ...callsTo(next, stuck === null ? positions : positionsFrom(stuck))];
}

function isSameTable(last: Node, next: Node): boolean {
  return last.chain.table === next.chain.table && last.hook === next.hook;
}

/** The built-in chain through which packets enter the table of `node`. */
function entryOf(node: Node): Position {
  return { chain: node.chain.table.chain(node.hook), number: 0, frames: null };
}

function startOf(chain: ChainProgram): Cursor {
  return { chain, number: 1, frames: null };
}

interface CertainLines {
  readonly names: string[];
  readonly reached: boolean;
  /** Where the rules leave a choice; null if the table ends, or nothing is known. */
  readonly stuck: Cursor | null;
}

/** Follows the rules of one table as long as they leave no choice, at most to `until`. */
function certainLines(start: Cursor | null, until: Node | null): CertainLines {
  const names: string[] = [];
  let cursor = start;
  while (cursor !== null && names.length < LONGEST) {
    const { chain, number, frames }: Cursor = cursor;
    const certain = chain.certainFrom(number);
    if (chain === until?.chain && frames === until.frames && isBetween(number, until.event.number, certain)) {
      return { names, reached: true, stuck: null };
    }
    const effect = chain.ruleEffect(number);
    if (effect === null || certain !== number) break;
    names.push(`${chain.table.name}:${chain.name}:${effect.word ?? 'rule'}:${number}`);
    cursor = after(chain, number, frames, effect);
  }
  return { names, reached: false, stuck: cursor };
}

function isBetween(least: number, number: number, most: number): boolean {
  return number >= least && number <= most;
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
      const pushed = effect.ways === WAY.call ? pushFrame(frames, chain, number) : frames;
      return { chain: callee, number: 1, frames: pushed };
    }
    case WAY.back:
      if (frames !== null) {
        const { chain: caller, number: jump, parent } = frames;
        return caller === null ? null : { chain: caller, number: jump + 1, frames: parent };
      }
      return chain.hook === null ? null : { chain, number: chain.length + 1, frames: null };
    default:
      return null;
  }
}

/** Hooks that a packet passes between two that it was seen at. */
const BETWEEN: Readonly<Partial<Record<Hook, Readonly<Partial<Record<Hook, readonly Hook[]>>>>>> = {
  PREROUTING: { POSTROUTING: ['FORWARD'] },
  OUTPUT: { PREROUTING: ['POSTROUTING'], INPUT: ['POSTROUTING', 'PREROUTING'] },
  POSTROUTING: { INPUT: ['PREROUTING'] },
};

/** The built-in chains, in order, of the tables between two lines that print for every packet. */
function tablesBetween(last: Node, next: Node, host: Host): ChainProgram[] {
  const lastPlace = tablePlace(last.hook, last.event.table);
  const nextPlace = tablePlace(next.hook, next.event.table);
  const hooks = BETWEEN[last.hook]?.[next.hook] ?? [];
  const stretches: readonly (readonly [Hook, number, number])[] =
    last.hook === next.hook
      ? [[last.hook, lastPlace + 1, nextPlace]]
      : [
          [last.hook, lastPlace + 1, Number.POSITIVE_INFINITY],
          ...hooks.map((hook) => [hook, 0, Number.POSITIVE_INFINITY] as const),
          [next.hook, 0, nextPlace],
        ];
  return stretches.flatMap(([hook, from, to]) =>
    TABLE_ORDER[hook]
      .filter((table, place) => place >= from && place < to && table !== 'nat' && host.isCertain(table))
      .map((table) => host.program.table(table).chain(hook)),
  );
}

/** The jumps that must have led to `next`, if only one way leads there. */
function callsTo(next: Node, positions: readonly Position[]): string[] {
  if (next.chain.hook !== null || !next.chain.given) return [];
  if (positions.some(({ chain }) => chain === next.chain)) return [];
  const path = stackInto(next.chain, positions)?.path ?? null;
  if (path === null) return [];
  return path.calls.map(({ chain, number }) => `${chain.table.name}:${chain.name}:rule:${number}`);
}

/** Where the table can go on after the line, innermost first. */
function positionsOf({ chain, event, frames, effect }: Node): Position[] {
  const positions: Position[] = [{ chain, number: event.number, frames }];
  if (effect.callee !== null) {
    positions.unshift({ chain: chain.table.chain(effect.callee), number: 0, frames });
  }
  return [...positions, ...callers(frames)];
}

/** The same from a place where the rules leave a choice. */
function positionsFrom({ chain, number, frames }: Cursor): Position[] {
  return [{ chain, number: number - 1, frames }, ...callers(frames)];
}

function callers(frames: Frame | null): Position[] {
  const positions: Position[] = [];
  for (let frame = frames; frame !== null; frame = frame.parent) {
    if (frame.chain === null) continue;
    positions.push({ chain: frame.chain, number: frame.number, frames: frame.parent });
  }
  return positions;
}
