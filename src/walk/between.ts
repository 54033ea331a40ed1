/**
 * From a line to the first of a later table: the same hook's next, or the next hook's first, as far as tables
 * are loaded. nat prints for few packets and may always be skipped; the others print for each. Says nothing
 * of the packet's fields: continuity.ts does.
 */
import { HOOKS, type Hook, TABLE_ORDER } from '../model/hook.ts';
import type { Packet } from '../model/packet.ts';
import { COST } from './cost.ts';
import { WAY } from './effect.ts';
import type { Host } from './host.ts';
import { isFirstFrom, type Line, type Move, type Relation } from './move.ts';
import { type Node, tablePlace } from './node.ts';
import type { ChainProgram } from './program.ts';
import { stackInto } from './reach.ts';
import { type Frame, openFrame } from './stack.ts';

/** How many hooks a packet goes on from one to another; none: not possible. Loopback: from POSTROUTING on. */
const HOPS: Readonly<Record<Hook, Readonly<Partial<Record<Hook, number>>>>> = {
  PREROUTING: { INPUT: 1, FORWARD: 1, POSTROUTING: 2 },
  INPUT: {},
  FORWARD: { POSTROUTING: 1 },
  OUTPUT: { POSTROUTING: 1, PREROUTING: 2, INPUT: 3 },
  POSTROUTING: { PREROUTING: 1, INPUT: 2 },
};

/** How the line, in the built-in chain of `hook`, can be the first of a later table than that of `from`. */
export function enterTable(from: Node, { event, chain }: Line, hook: Hook, host: Host, move: Move): Relation {
  const hops = hook === from.hook ? 0 : (HOPS[from.hook][hook] ?? -1);
  if (hops < 0) return 'none';
  const first = tablePlace(from.hook, from.event.table) + 1;
  const last = tablePlace(hook, chain.table.name);
  move.hook = hook;
  move.frames = null;
  move.way = 'leave';
  if (hops === 0 && last < first) return repeat(from, { event, chain }, move);
  if (hops > 1 || !isFirstFrom(chain, 1, event.number)) return 'gap';
  const skipped =
    hops === 0
      ? skippedTables(hook, first, last, host)
      : skippedTables(from.hook, first, Number.POSITIVE_INFINITY, host) + skippedTables(hook, 0, last, host);
  if (skipped >= CERTAIN) return 'gap';
  move.cost += skipped * COST.skippedTable;
  const { ways } = from.effect;
  if ((ways & WAY.leave) !== 0) return 'exact';
  return (ways & WAY.stay) === 0 ? 'unruly' : 'gap';
}

/** The table from its first rule again, as NFQUEUE's listener can ask for (NF_REPEAT). */
function repeat(from: Node, { event, chain }: Pick<Line, 'event' | 'chain'>, move: Move): Relation {
  if (chain.table !== from.chain.table || from.event.type !== 'rule') return 'none';
  if (!isFirstFrom(chain, 1, event.number)) return 'none';
  move.cost = COST.repeat;
  return 'unruly';
}

const CERTAIN = 100;

/** Number of tables from place `first` to before `end` that should have printed; CERTAIN or more by the rules. */
function skippedTables(hook: Hook, first: number, end: number, host: Host): number {
  let skipped = 0;
  const tables = TABLE_ORDER[hook];
  for (let i = first; i < Math.min(end, tables.length); i++) {
    const table = tables[i];
    if (table === undefined || table === 'nat') continue;
    if (host.isCertain(table)) skipped += CERTAIN;
    else if (host.isSeen(table)) skipped++;
  }
  return skipped;
}

/** Sets `move` to how the line, in a user chain, can be of a later table: the lines before it are missing. */
export function enterLost(from: Node, { event, chain }: Line, move: Move): void {
  for (const hook of HOOKS) {
    const place = tablePlace(hook, chain.table.name);
    if (place < 0 || !fitsHook(event.packet, hook)) continue;
    const isLater =
      hook === from.hook ? place > tablePlace(hook, from.event.table) : HOPS[from.hook][hook] !== undefined;
    if (!isLater) continue;
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
  const stack = stackInto(chain, [{ chain: chain.table.chain(hook), number: 0, frames: null }]);
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
