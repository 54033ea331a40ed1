/**
 * Connection tracking at its two places: before mangle in PREROUTING and OUTPUT (which connection, which
 * state: nf_conntrack_in), and after the last table (confirm). trace-format 5.1 has the facts.
 */
import { doubt, fieldDoubt, NOBODY } from './ask.ts';
import { type Connection, type Counts, newConnection, type Tracked } from './connection.ts';
import type { Found } from './connection-view.ts';
import { flagsOpen, greDoubt, isSyn, OPENS, typeOpens } from './opening.ts';
import { CT_INVALID, CT_UNTRACKED, type CtState, type Direction } from './skb.ts';
import { followTcp, legalFlags, openTcp, type TcpTrack } from './tcp-track.ts';
import { isIcmpError, type Tracking } from './tracking.ts';
import { invertTuple, type Tuple, tupleKey, tupleOfPacket, tupleOfQuote, tupleText } from './tuple.ts';
import { askUnseen } from './unseen.ts';

/** MLD and neighbour discovery are never tracked (nf_conntrack_icmpv6_error). */
const NEVER = new Set([130, 131, 132, 133, 134, 135, 136, 137, 143]);

/** Protocols whose connections become assured by time, or by what no line shows: UDP, DCCP, GRE, SCTP, UDPLITE. */
const ASSURED_BY_TIME = new Set([17, 33, 47, 132, 136]);

/** Finds or makes the packet's connection; what it already carries stays (loopback, an error made here). */
export function track(t: Tracking): void {
  const { skb } = t;
  const template = skb.ct.kind === 'tracked' && skb.ct.template === true;
  const attached = skb.ct.kind === 'attached';
  if (skb.ct.kind !== 'unset' && !attached && !template) return;
  const found = findState(t);
  // What was attached stays where nothing is found.
  skb.ct = attached && found.kind === 'invalid' ? skb.ct : found;
}

function findState(t: Tracking): CtState {
  const { skb, ask } = t;
  const { protocol } = skb;
  if (protocol === undefined) return askOpenProtocol(t);
  if (skb.fragmentOffset > 0 || (skb.truncated !== undefined && skb.truncated < 8)) return CT_INVALID;
  if (skb.isIcmp) {
    if (skb.icmpType === undefined) {
      return typeOpens(skb, ask) ? openState(t, tupleOfPacket(skb, 0), null) : CT_INVALID;
    }
    if (skb.family === 'ipv6' && NEVER.has(skb.icmpType)) return CT_UNTRACKED;
    if (isIcmpError(skb)) return relatedTo(t);
  }
  if (protocol === 47 && !ask.decide(greDoubt(skb), NOBODY)) return CT_INVALID;
  return findNormal(t, protocol);
}

/** A packet of which not even the protocol is known: the state is as unknown as the rest. */
function askOpenProtocol(t: Tracking): CtState {
  const fresh = t.ask.decide(fieldDoubt('protocol', 'one that opens a connection'), NOBODY);
  return fresh ? openState(t, tupleOfPacket(t.skb, 0), null) : CT_INVALID;
}

function findNormal(t: Tracking, protocol: number): CtState {
  const { skb, connections } = t;
  const tuple = tupleOfPacket(skb, protocol);
  if (protocol === 6 && skb.flags !== undefined && !legalFlags(skb.flags)) return CT_INVALID;
  const found = askUnseen(t, tuple, connections.find(tuple, skb.zone));
  if (found !== null) return stateIn(t, found, tuple);
  return newState(t, tuple);
}

/** A packet of a connection that is in the table. */
function stateIn(t: Tracking, found: Found, tuple: Tuple): CtState {
  const { skb, connections } = t;
  const { tracked, direction } = found;
  const { connection } = tracked;
  let killed = false;
  let counted = true;
  if (connection.tcp !== null && skb.flags !== undefined) {
    const verdict = followTcp(connection.tcp, direction, skb, skb.flags, connection, {
      liberal: t.host.enabled('net.netfilter.nf_conntrack_tcp_be_liberal'),
    });
    if (verdict.kind === 'invalid') {
      connections.change(tracked, { tcp: verdict.track });
      return CT_INVALID;
    }
    if (verdict.kind === 'reopen') {
      connections.kill(tracked);
      return newState(t, tuple);
    }
    const assured = verdict.assured ? true : connection.assured;
    connections.change(tracked, { tcp: verdict.track, assured });
    ({ counted, killed } = verdict);
  }
  const replied = direction === 'reply' || connection.seenReply;
  if (counted) count(t, tracked, direction);
  if (direction === 'reply' && !connection.seenReply && tracked.connection.confirmed) {
    connections.change(tracked, {
      seenReply: true,
      assured: ASSURED_BY_TIME.has(tuple.protocol) ? undefined : tracked.connection.assured,
    });
  }
  if (killed) connections.kill(tracked);
  return { kind: 'tracked', tracked, info: replied ? 'ESTABLISHED' : 'NEW', direction };
}

function count({ skb, connections }: Tracking, tracked: Tracked, direction: Direction): void {
  const { packets, bytes } = tracked.connection;
  connections.change(tracked, {
    packets: countsAfter(packets, direction, 1),
    bytes: countsAfter(bytes, direction, skb.length),
  });
}

function countsAfter(counts: Counts | null, direction: Direction, more: number | undefined): Counts | null {
  if (counts === null || more === undefined) return null;
  const { original, reply } = counts;
  return direction === 'original' ? { original: original + more, reply } : { original, reply: reply + more };
}

/** No entry: the packet opens one, or is INVALID. */
function newState(t: Tracking, tuple: Tuple): CtState {
  const { skb, ask } = t;
  if (skb.isIcmp && !OPENS[skb.family].has(skb.icmpType ?? -1)) return CT_INVALID;
  if (tuple.protocol === 6) {
    const flags = skb.flags;
    if (flags === undefined) {
      return flagsOpen(skb, ask, isLoose(t)) ? openState(t, tuple, null) : CT_INVALID;
    }
    const tcp = openTcp(skb, flags, isSyn(flags) || isLoose(t));
    return tcp === null ? CT_INVALID : openState(t, tuple, tcp);
  }
  if (tuple.protocol === 132 || tuple.protocol === 33) {
    const opens = doubt({
      kind: 'packet',
      key: 'opening chunk',
      unknown: 'the chunks of the packet are not known',
      yes: 'the packet opens its association',
      no: 'the packet does not open an association',
    });
    if (!ask.decide(opens, NOBODY)) return CT_INVALID;
  }
  return openState(t, tuple, null);
}

/** Whether connections are picked up in the middle. */
function isLoose({ host, ask }: Tracking): boolean {
  const name = 'net.netfilter.nf_conntrack_tcp_loose';
  if (host.saved(name)) return host.enabled(name);
  return ask.usual(
    name,
    'TCP connections are picked up in the middle',
    'TCP connections are not picked up in the middle',
  );
}

function openState(t: Tracking, tuple: Tuple, tcp: TcpTrack | null): CtState {
  const { skb } = t;
  const reply = invertTuple(tuple);
  if (reply === null) return CT_INVALID;
  const tracked: Tracked = {
    key: tupleKey(tuple, skb.zone) ?? `vague ${tupleText(tuple)}`,
    connection: newConnection(skb.zone, tuple, reply, tcp, skb.helper),
  };
  count(t, tracked, 'original');
  return { kind: 'tracked', tracked, info: 'NEW', direction: 'original' };
}

/** An ICMP error belongs to the connection of the packet that it quotes (nf_conntrack_inet_error). */
function relatedTo(t: Tracking): CtState {
  const { skb, connections, ask } = t;
  const { quoted } = skb;
  if (quoted === undefined) {
    const yes = ask.decide(fieldDoubt('quoted packet', 'one of a tracked connection'), NOBODY);
    if (!yes) return CT_INVALID;
    return openRelated(t);
  }
  const inner = invertTuple(tupleOfQuote(quoted));
  if (inner === null) return CT_INVALID;
  const found = askUnseen(t, inner, connections.find(inner, skb.zone));
  if (found === null) return CT_INVALID;
  const { tracked, direction } = found;
  const meant = direction === 'original' ? tracked.connection.original.dst : tracked.connection.reply.dst;
  if (meant !== undefined && skb.dst !== undefined && meant.text !== skb.dst.text) return CT_INVALID;
  return { kind: 'tracked', tracked, info: 'RELATED', direction };
}

/** An error about a connection of which nothing is known. */
function openRelated({ skb }: Tracking): CtState {
  const tuple: Tuple = {
    family: skb.family,
    protocol: 0,
    src: undefined,
    dst: skb.dst,
    sport: undefined,
    dport: undefined,
  };
  const connection: Connection = {
    ...newConnection(skb.zone, { ...tuple, src: skb.dst, dst: undefined }, tuple, null),
    seenReply: true,
    assured: undefined,
    srcDone: true,
    dstDone: true,
    natUnknown: true,
    packets: null,
    bytes: null,
  };
  return { kind: 'tracked', tracked: { key: 'quoted', connection }, info: 'RELATED', direction: 'reply' };
}

/** Puts a new connection into the table after the last table; `clash`: its answers already belong to another. */
export function confirm({ skb, connections }: Pick<Tracking, 'skb' | 'connections'>): 'ok' | 'clash' {
  const { ct } = skb;
  if (ct.kind !== 'tracked' || ct.tracked.connection.confirmed || ct.direction !== 'original') return 'ok';
  const { original, reply, zone } = ct.tracked.connection;
  const known = connections.findExact(original, zone) ?? connections.findExact(reply, zone);
  if (known !== null) {
    // Two packets that opened one flow at once: UDP takes the other's entry (nf_ct_resolve_clash).
    const shared = original.protocol === 17 || original.protocol === 136;
    return shared ? 'ok' : 'clash';
  }
  connections.confirm(ct.tracked);
  return 'ok';
}
