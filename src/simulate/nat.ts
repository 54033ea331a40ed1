/**
 * NAT bindings and what they do to packets: nf_nat_setup_info, get_unique_tuple, nf_nat_packet,
 * nf_nat_icmp_reply_translation (net/netfilter/nf_nat_core.c, nf_nat_proto.c). A port or address that only
 * the kernel knew is asked, and stays unknown if nobody tells.
 */
import { type Address, compareAddresses } from '../model/address.ts';
import type { Hook } from '../model/hook.ts';
import type { Range } from '../model/match.ts';
import type { Rule } from '../model/ruleset.ts';
import { chooseAddress } from './address-hash.ts';
import type { Asker } from './ask.ts';
import type { Tracked } from './connection.ts';
import type { ConnectionView } from './connection-view.ts';
import type { Origins } from './origins.ts';
import { type Direction, hasPorts, ICMP_PROTOCOL, type Skb } from './skb.ts';
import { invertTuple, sameTuple, type Tuple } from './tuple.ts';

export type Manip = 'src' | 'dst';

export function manipOf(hook: Hook): Manip {
  return hook === 'POSTROUTING' || hook === 'INPUT' ? 'src' : 'dst';
}

/** What a nat target allows (struct nf_nat_range2). */
export interface NatRange {
  /** Null: the address stays. Undefined: one that is not known. */
  readonly addresses: { readonly from: Address; readonly to: Address } | null | undefined;
  readonly ports: Range | null;
  /** Shifted port mapping: the port that maps to the first of `ports`. */
  readonly portBase: number | null;
  /** `--random`, `--random-fully`: the port is always chosen anew. */
  readonly random: boolean;
  readonly persistent: boolean;
}

export const NO_RANGE: NatRange = {
  addresses: null,
  ports: null,
  portBase: null,
  random: false,
  persistent: false,
};

export interface Natting {
  readonly skb: Skb;
  readonly connections: ConnectionView;
  readonly ask: Asker;
  readonly rule: Rule | null;
  readonly origins: Origins;
}

function portOf(tuple: Tuple, manip: Manip): number | undefined {
  // An ICMP id is the same in both directions and stands on the source side.
  if (tuple.protocol === ICMP_PROTOCOL[tuple.family]) return tuple.sport;
  return manip === 'src' ? tuple.sport : tuple.dport;
}

function withPort(tuple: Tuple, manip: Manip, port: number | undefined): Tuple {
  const source = manip === 'src' || tuple.protocol === ICMP_PROTOCOL[tuple.family];
  return source ? { ...tuple, sport: port } : { ...tuple, dport: port };
}

function portInRange(tuple: Tuple, manip: Manip, ports: Range): boolean {
  if (!hasPorts(tuple.protocol) && tuple.protocol !== ICMP_PROTOCOL[tuple.family]) return true;
  const port = portOf(tuple, manip);
  return port !== undefined && port >= ports.from && port <= ports.to;
}

function addressInRange(address: Address | undefined, range: NatRange): boolean {
  if (range.addresses === null) return true;
  if (range.addresses === undefined || address === undefined) return false;
  const { from, to } = range.addresses;
  return compareAddresses(address, from) >= 0 && compareAddresses(address, to) <= 0;
}

/** Whether another connection's answers would come in under this tuple's answers. */
function used(n: Natting, tuple: Tuple, self: Tracked): boolean {
  const reply = invertTuple(tuple);
  return reply !== null && n.connections.taken(reply, self);
}

/**
 * A clash with a connection that merely runs the other way without NAT does not count, for protocols
 * that may clash (nf_nat_used_tuple_new, since Linux 6.12).
 */
function usedBesidesReverse(n: Natting, tuple: Tuple, self: Tracked): boolean {
  if (!used(n, tuple, self)) return false;
  if (tuple.protocol !== 17 && tuple.protocol !== 136) return true;
  const { original, zone } = self.connection;
  const found = n.connections.findExact(tuple, zone) ?? reverseOf(n, tuple, zone);
  if (found === null) return false;
  const other = found.tracked.connection;
  if (other.snat || other.dnat) return true;
  const reverse = invertTuple(original);
  return reverse === null || !sameTuple(other.original, reverse);
}

function reverseOf(n: Natting, tuple: Tuple, zone: number): ReturnType<ConnectionView['findExact']> {
  const reply = invertTuple(tuple);
  return reply === null ? null : n.connections.findExact(reply, zone);
}

function inRange(tuple: Tuple, range: NatRange): boolean {
  if (!addressInRange(tuple.src, range)) return false;
  return range.ports === null || portInRange(tuple, 'src', range.ports);
}

/** get_unique_tuple: what the connection's packets are turned into. */
function uniqueTuple(n: Natting, current: Tuple, range: NatRange, manip: Manip, self: Tracked): Tuple {
  if (manip === 'src' && !range.random) {
    if (inRange(current, range)) {
      if (!usedBesidesReverse(n, current, self)) return current;
    } else {
      for (const other of n.connections.fromSameSource(current, self.connection.zone)) {
        const mapped = invertTuple(other.reply);
        if (mapped === null) continue;
        const reused: Tuple = { ...current, src: mapped.src, sport: mapped.sport };
        if (!inRange(reused, range)) continue;
        if (!used(n, reused, self)) return reused;
        break;
      }
    }
  }
  const moved = withAddress(current, range, manip, self.connection.zone);
  if (!range.random) {
    if (range.ports !== null) {
      const fits = range.portBase === null && portInRange(moved, manip, range.ports);
      if (fits && (range.ports.from === range.ports.to || !used(n, moved, self))) return moved;
    } else if (!used(n, moved, self)) {
      return moved;
    }
  }
  return uniquePort(n, moved, range, manip, self);
}

function withAddress(tuple: Tuple, range: NatRange, manip: Manip, zone: number): Tuple {
  if (range.addresses === null) return tuple;
  const address = rangeAddress(tuple, range, manip, zone);
  return manip === 'src' ? { ...tuple, src: address } : { ...tuple, dst: address };
}

function rangeAddress(tuple: Tuple, range: NatRange, manip: Manip, zone: number): Address | undefined {
  if (range.addresses == null) return undefined;
  const { from, to } = range.addresses;
  if (compareAddresses(from, to) === 0) return from;
  if (tuple.src === undefined || tuple.dst === undefined) return undefined;
  return chooseAddress(from, to, tuple.src, tuple.dst, zone, range.persistent, manip);
}

/** The ports among which a source port is chosen when its own is taken. */
function sourcePorts(port: number | undefined): Range {
  if (port === undefined || port >= 1024) return { from: 1024, to: 65535 };
  return port < 512 ? { from: 1, to: 511 } : { from: 600, to: 1023 };
}

/** nf_nat_l4proto_unique_tuple: a port (or ICMP id) that makes the tuple unique. */
function uniquePort(n: Natting, tuple: Tuple, range: NatRange, manip: Manip, self: Tracked): Tuple {
  const icmp = tuple.protocol === ICMP_PROTOCOL[tuple.family];
  if (!icmp && !hasPorts(tuple.protocol)) return tuple;
  if (!icmp && range.ports === null && manip === 'dst') return tuple;
  const port = portOf(tuple, manip);
  const ports = range.ports ?? (icmp ? { from: 0, to: 65535 } : sourcePorts(port));
  const size = ports.to - ports.from + 1;
  if (size === 1) return withPort(tuple, manip, ports.from);
  if (range.portBase !== null && port !== undefined) {
    for (let i = 0; i < Math.min(size, 128); i++) {
      const offset = (port - range.portBase + i) & 0xffff;
      const shifted = withPort(tuple, manip, ports.from + (offset % size));
      if (!used(n, shifted, self)) return shifted;
    }
  }
  return withPort(tuple, manip, askPort(n, ports, manip));
}

/** The kernel begins at a random port. */
function askPort(n: Natting, ports: Range, manip: Manip): number | undefined {
  return n.ask.fillNumber({
    kind: 'chance',
    key: `port ${manip} ${n.ask.serial()}`,
    scope: 'connection',
    why: 'the kernel chooses a free port at random',
    settledBy: null,
    rule: n.rule,
    match: null,
    field: manip === 'src' ? 'sport' : 'dport',
    allows: (port) => port >= ports.from && port <= ports.to,
    fact: (port) => `the kernel chose port ${port}`,
    likely: undefined,
  });
}

/** nf_nat_setup_info: binds a connection whose first packet is on its way. */
export function bind(n: Natting, tracked: Tracked, range: NatRange, manip: Manip): void {
  const { connection } = tracked;
  if (connection.confirmed) return;
  const current = invertTuple(connection.reply);
  if (current === null) return;
  const next = uniqueTuple(n, current, range, manip, tracked);
  const changed = !sameTuple(next, current);
  const reply = changed ? invertTuple(next) : connection.reply;
  const patch = {
    reply: reply ?? connection.reply,
    ...(manip === 'src'
      ? { srcDone: true, snat: connection.snat || changed }
      : { dstDone: true, dnat: connection.dnat || changed }),
  };
  n.connections.bind(tracked, patch, range, manip);
}

/** nf_nat_alloc_null_binding: the address stays, the port only if it is free. */
export function bindNull(n: Natting, tracked: Tracked, manip: Manip): void {
  const { reply } = tracked.connection;
  const address = manip === 'src' ? reply.dst : reply.src;
  const addresses = address === undefined ? null : { from: address, to: address };
  bind(n, tracked, { ...NO_RANGE, addresses }, manip);
}

function opposite(direction: Direction): Direction {
  return direction === 'original' ? 'reply' : 'original';
}

/** Whether packets of this direction are changed at such a hook: a reply is changed the other way round. */
function applies(tracked: Tracked, direction: Direction, manip: Manip): boolean {
  const { snat, dnat } = tracked.connection;
  return (manip === 'src') === (direction === 'original') ? snat : dnat;
}

/** nf_nat_packet: gives the packet the address and port of its connection's other direction. */
export function translate(n: Natting, tracked: Tracked, direction: Direction, manip: Manip): void {
  if (tracked.connection.natUnknown) {
    translateUnknown(n, tracked, direction, manip);
    return;
  }
  if (!applies(tracked, direction, manip)) return;
  const target = invertTuple(tracked.connection[opposite(direction)]);
  if (target !== null) put(n.skb, target, manip, true);
}

function put(skb: Skb, target: Tuple, manip: Manip, ports: boolean): void {
  if (manip === 'src') skb.src = target.src;
  else skb.dst = target.dst;
  if (!ports || skb.fragmentOffset > 0) return;
  if (skb.isIcmp) skb.icmpId = target.sport;
  else if (hasPorts(skb.protocol) && manip === 'src') skb.sport = target.sport;
  else if (hasPorts(skb.protocol)) skb.dport = target.dport;
}

/** A connection from before: what its packets become only the log can tell; most likely nothing. */
function translateUnknown(n: Natting, tracked: Tracked, direction: Direction, manip: Manip): void {
  const { skb, ask, rule, origins } = n;
  const asked = {
    kind: 'conntrack',
    scope: 'connection',
    why: 'the connection is from before: its translation was not saved',
    settledBy: 'connections',
    rule,
    match: null,
  } as const;
  const address = manip === 'src' ? skb.src : skb.dst;
  const field = manip === 'src' ? 'sport' : 'dport';
  const port = skb[field];
  // An answer is given back what its connection had before: what that was no rule tells, only what it became.
  const back = direction === 'reply';
  const side = manip === 'src' ? 'dst' : 'src';
  const wasGiven = back && (address === undefined || origins.mayGive(side, address, skb.protocol));
  const portWasGiven =
    wasGiven || (back && (port === undefined || origins.mayGivePort(side, port, skb.protocol)));
  const translated = ask.fillAddress({
    ...asked,
    key: `translated ${manip}`,
    field: manip,
    allows: (value) =>
      value.text === address?.text || (back ? wasGiven : origins.mayGive(manip, value, skb.protocol)),
    fact: (value) =>
      value.text === address?.text
        ? ''
        : `the connection translates ${address?.text ?? '?'} to ${value.text}`,
    likely: address,
  });
  if (manip === 'src') skb.src = translated;
  else skb.dst = translated;
  if (hasPorts(skb.protocol) && skb.fragmentOffset === 0) {
    skb[field] = ask.fillNumber({
      ...asked,
      key: `translated ${field}`,
      field,
      allows: (value) =>
        value === port || (back ? portWasGiven : origins.mayGivePort(manip, value, skb.protocol)),
      fact: (value) => (value === port ? '' : `the connection translates port ${port ?? '?'} to ${value}`),
      likely: port,
    });
  }
  if (translated?.text !== address?.text || skb[field] !== port) learn(n, tracked, direction, manip);
}

/** What the packet was turned into is where the other direction's packets come from. */
function learn({ skb, connections }: Natting, tracked: Tracked, direction: Direction, manip: Manip): void {
  const other = opposite(direction);
  const tuple = tracked.connection[other];
  const side: Partial<Tuple> =
    manip === 'dst' ? { src: skb.dst, sport: skb.dport } : { dst: skb.src, dport: skb.sport };
  const ports = hasPorts(tuple.protocol) ? side : manip === 'dst' ? { src: side.src } : { dst: side.dst };
  const destination = (manip === 'dst') === (direction === 'original');
  connections.change(tracked, {
    [other]: { ...tuple, ...ports },
    ...(destination ? { dnat: true } : { snat: true }),
  });
}

/**
 * An ICMP error of a translated connection: its own address and the quote, together
 * (nf_nat_icmp_reply_translation).
 * @returns false: the error is dropped (a redirect of a connection that is translated or not yet bound)
 */
export function translateError(n: Natting, tracked: Tracked, direction: Direction, manip: Manip): boolean {
  const { skb } = n;
  const { connection } = tracked;
  const redirect = skb.icmpType === 5 && skb.family === 'ipv4';
  if (redirect && (!connection.srcDone || !connection.dstDone || connection.snat || connection.dnat))
    return false;
  if (connection.natUnknown) {
    translateUnknown(n, tracked, direction, manip);
    return true;
  }
  if (!applies(tracked, direction, manip)) return true;
  const other = connection[opposite(direction)];
  if (skb.quoted !== undefined) skb.quoted = quoteAs(skb.quoted, other, manip);
  const target = invertTuple(other);
  if (target !== null) put(skb, target, manip, false);
  return true;
}

/** The quoted packet travelled the other way: its opposite side is changed. */
function quoteAs(quoted: NonNullable<Skb['quoted']>, other: Tuple, manip: Manip): NonNullable<Skb['quoted']> {
  const side = manip === 'src' ? { dst: other.dst ?? quoted.dst } : { src: other.src ?? quoted.src };
  if (!hasPorts(quoted.protocol)) return { ...quoted, ...side };
  return { ...quoted, ...side, ...(manip === 'src' ? { dport: other.dport } : { sport: other.sport }) };
}
