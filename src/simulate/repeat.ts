/**
 * Runs a packet again that is like an earlier one but for its ports, its ICMP id and what no rule looks at:
 * the earlier run → this packet's run, or null where it is not certain. Chains and routes are taken as they
 * were; conntrack and nat work anew on the connection table as it is now, and must find it alike.
 */
import type { Oracle, PacketState } from '../model/oracle.ts';
import type { PacketSpec } from '../model/packet-spec.ts';
import type { Renaming } from '../model/renaming.ts';
import { Asker, PathAbandoned } from './ask.ts';
import type { Connection } from './connection.ts';
import { type ConnectionChanges, ConnectionView } from './connection-view.ts';
import { confirm, track } from './conntrack.ts';
import type { Begun, Deeds } from './deeds.ts';
import type { End } from './end.ts';
import type { Host } from './host.ts';
import { bind } from './nat.ts';
import type { Origins } from './origins.ts';
import type { Sight } from './sight.ts';
import type { State } from './simulator.ts';
import { CT_UNSET, CT_UNTRACKED, type CtState, Skb } from './skb.ts';
import type { Tracking } from './tracking.ts';
import type { Tuple } from './tuple.ts';

/** What is left of a run: its effects, and what they were made of. */
export interface Left {
  readonly end: End;
  readonly final: PacketState;
  readonly ct: CtState;
  readonly connections: ConnectionChanges;
  readonly sets: ReadonlyMap<string, boolean | null>;
  readonly recent: ReadonlyMap<string, number>;
  /** Null: it cannot be run again without its rules. */
  readonly deeds: Deeds | null;
}

export interface Grounds {
  readonly state: State;
  readonly host: Host;
  readonly origins: Origins;
  readonly sight: Sight;
}

/** Neither sets nor lists were touched. */
const UNTOUCHED: ReadonlyMap<string, never> = new Map<string, never>();

/** Takes what is known; what is not, and what settings of the host may turn, ends the attempt. */
const KNOWN: Oracle = {
  choose: ({ kind, known }) => (kind === 'host' ? -1 : (known ?? -1)),
  fillAddress: () => undefined,
  fillNumber: () => undefined,
  fillName: () => undefined,
  step: () => true,
  ungiven: () => null,
};

/** Whether the run can serve as the earlier one: it asked and changed nothing that only its rules tell. */
export function isRepeatable(
  ask: Asker,
  deeds: Deeds,
  skb: Skb,
  sets: ReadonlyMap<string, unknown>,
  recent: ReadonlyMap<string, unknown>,
): boolean {
  return deeds.regular && !ask.filled && !skb.loops && sets.size === 0 && recent.size === 0;
}

/** @param renaming the numbers of the earlier packet against this one's; it may grow */
export function repeat(like: Left, spec: PacketSpec, renaming: Renaming, grounds: Grounds): Left | null {
  const { state, host, origins, sight } = grounds;
  const { deeds } = like;
  // What targets changed in sets and lists is asked for by elements that are not looked at here.
  if (deeds === null || !sight.portsOnly || state.sets.cells.size > 0 || state.recent.cells.size > 0)
    return null;
  const isSeenAlike = (): boolean => renaming.every((from, to) => sight.isAlike(from, to));
  if (!isSeenAlike()) return null;
  const ask = new Asker(KNOWN, () => 0, true);
  const connections = new ConnectionView(state.connections, ask, []);
  const skb = new Skb(spec);
  try {
    const t = { skb, connections, ask, host, origins };
    if (!trackAgain(deeds.begun, t, renaming) || !doAgain(deeds, t, renaming)) return null;
  } catch (error) {
    if (error instanceof PathAbandoned) return null;
    throw error;
  }
  if (ask.filled || !isSeenAlike()) return null;
  return {
    end: like.end,
    final: renamed(like.final, renaming),
    ct: like.ct.kind === 'tracked' ? skb.ct : like.ct,
    connections: { written: connections.written, opened: connections.opened },
    sets: UNTOUCHED,
    recent: UNTOUCHED,
    deeds: null,
  };
}

function trackAgain(begun: Begun | null, t: Tracking, renaming: Renaming): boolean {
  if (begun === null) return true;
  const { skb, connections } = t;
  if (begun.untracked) skb.ct = CT_UNTRACKED;
  else track(t);
  connections.deeds.begin(CT_UNSET, skb.ct);
  const { ct, connection } = begun;
  if (ct.kind !== 'tracked' || skb.ct.kind !== 'tracked') return ct.kind === skb.ct.kind;
  if (ct.info !== skb.ct.info || ct.direction !== skb.ct.direction) return false;
  return connection !== null && isLike(connection, skb.ct.tracked.connection, renaming);
}

function doAgain({ list }: Deeds, t: Tracking, renaming: Renaming): boolean {
  const { skb, connections } = t;
  for (const deed of list) {
    if (skb.ct.kind !== 'tracked') return false;
    const { tracked } = skb.ct;
    switch (deed.kind) {
      case 'bind':
        bind({ ...t, rule: null }, tracked, deed.range, deed.manip);
        if (!isLike(deed.connection, tracked.connection, renaming)) return false;
        break;
      case 'change':
        connections.put(tracked, deed.patch);
        break;
      case 'confirm':
        if (confirm(t) !== 'ok') return false;
        break;
    }
  }
  return true;
}

/** Whether no rule tells the one connection from the other, but for ports that the renaming relates. */
function isLike(a: Connection, b: Connection, renaming: Renaming): boolean {
  return (
    a.zone === b.zone &&
    a.confirmed === b.confirmed &&
    a.seenReply === b.seenReply &&
    a.assured === b.assured &&
    a.mark.value === b.mark.value &&
    a.mark.known === b.mark.known &&
    a.snat === b.snat &&
    a.dnat === b.dnat &&
    a.srcDone === b.srcDone &&
    a.dstDone === b.dstDone &&
    !a.natUnknown &&
    !b.natUnknown &&
    a.masqueradeOut === b.masqueradeOut &&
    a.helper === b.helper &&
    (a.tcp === null) === (b.tcp === null) &&
    areLike(a.original, b.original, renaming) &&
    areLike(a.reply, b.reply, renaming)
  );
}

function areLike(a: Tuple, b: Tuple, renaming: Renaming): boolean {
  return (
    a.family === b.family &&
    a.protocol === b.protocol &&
    a.src?.text === b.src?.text &&
    a.dst?.text === b.dst?.text &&
    renaming.relates(a.sport, b.sport) &&
    renaming.relates(a.dport, b.dport)
  );
}

function renamed(packet: PacketState, renaming: Renaming): PacketState {
  const { src, dst, protocol, ttl, tos, length, mark, out } = packet;
  const sport = renaming.of(packet.sport);
  const dport = renaming.of(packet.dport);
  const icmpId = renaming.of(packet.icmpId);
  return { in: packet.in, out, src, dst, protocol, sport, dport, icmpId, ttl, tos, length, mark };
}
