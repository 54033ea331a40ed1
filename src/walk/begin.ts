/**
 * Whether a walk can begin with a line, and at what price: cheap where the rules switch tracing on, dear in
 * the middle of a table, where the beginning must have been lost.
 */
import type { TraceEvent } from '../model/event.ts';
import { HOOKS, type Hook } from '../model/hook.ts';
import type { Packet } from '../model/packet.ts';
import { fitsHook, stackFromHook } from './between.ts';
import { COST } from './cost.ts';
import type { Host } from './host.ts';
import { isFirstFrom, type Line, type Move } from './move.ts';
import { type Node, tablePlace } from './node.ts';
import type { ChainProgram } from './program.ts';
import { openFrame } from './stack.ts';

/**
 * The price of beginning a walk with the line; sets the rest of `move`. A relation of `exact` says that
 * nothing need be missing before it.
 * @param lossy the log begins here, or says that lines were lost
 */
export function begin(line: Line, host: Host, lossy: boolean, move: Move): number {
  place(line, move);
  // A fresh packet's mark is 0, but for rules before TRACE.
  const price = beginPrice(line, host) + (line.event.packet.mark === 0 ? 0 : COST.markedStart);
  move.relation = price < COST.startInside - COST.markedStart ? 'exact' : 'gap';
  move.cost = lossy ? Math.min(price, COST.startAtLoss) : price;
  return move.cost;
}

function beginPrice({ event, chain }: Line, host: Host): number {
  if (event.table === 'raw') return beginsTrace(event, chain, host) ? COST.start : traced(chain);
  if (chain.hook === 'PREROUTING' || chain.hook === 'OUTPUT') {
    const raw = host.isCertain('raw') || host.isSeen('raw');
    return raw ? COST.startElsewhere : COST.start;
  }
  if (chain.hook === 'POSTROUTING' && isCopy(event.packet)) return COST.start;
  return COST.startInside;
}

/**
 * What it costs that the line's packet passed by a rule which an equal packet, whose walk `ended` there, could
 * not pass by: rather the rules are wrong to end that walk.
 */
export function bypassCost(ended: readonly Node[], { event, chain }: Line): number {
  const bypasses = ended.some(
    (last) =>
      last.chain === chain &&
      last.effect.plain &&
      last.event.number < event.number &&
      last.event.packet === event.packet,
  );
  return bypasses ? COST.bypassingStart : 0;
}

/** A packet that was traced before it came here (a tunnel's, a copy, by nftables) begins with any first line. */
function traced(chain: ChainProgram): number {
  return chain.hook === null ? COST.startInside : COST.startElsewhere;
}

/** Whether the line can be the first after a TRACE rule. */
function beginsTrace(event: TraceEvent, chain: ChainProgram, host: Host): boolean {
  const sites = host.program.traceSites;
  // Rules saved before TRACE was added, or none: it may stand anywhere in raw.
  if (sites.length === 0) return true;
  return sites.some((site) => {
    if (site.chain === chain) return isFirstFrom(chain, site.number + 1, event.number);
    return chain.table
      .returnSites(site.chain)
      .some((back) => back.chain === chain && isFirstFrom(chain, back.number + 1, event.number));
  });
}

/**
 * Whether the line may show the copy of a local broadcast or multicast, which is looped back before the
 * original leaves: it has no socket any more. (ip_mc_output, net/ipv4/ip_output.c)
 */
function isCopy(packet: Packet): boolean {
  if (packet.in !== '' || packet.uid !== null) return false;
  const { words, family } = packet.dst;
  if (family === 'ipv6') return (words[0] ?? 0) >>> 24 === 0xff;
  const word = words[0] ?? 0;
  return word >>> 28 === 14 || (word & 3) === 3;
}

/** Hook and stack of a first line: certain in a built-in chain, otherwise the first hook that reaches it. */
function place({ event, chain }: Line, move: Move): void {
  move.frames = null;
  move.sure = true;
  if (chain.hook !== null) {
    move.hook = chain.hook;
    return;
  }
  move.sure = false;
  let fallback: Hook | null = null;
  for (const hook of HOOKS) {
    if (tablePlace(hook, chain.table.name) < 0 || !fitsHook(event.packet, hook)) continue;
    fallback ??= hook;
    const frames = stackFromHook(chain, hook);
    if (frames === undefined) continue;
    move.hook = hook;
    move.frames = frames;
    return;
  }
  move.hook = fallback ?? 'PREROUTING';
  move.frames = openFrame(null);
}
