/**
 * Which fields a rule can change, and to what: the values that the line after it may show. Used to judge
 * whether two lines belong together, and to say which step made a change. Computes no packet.
 */
import { type Address, contains } from '../model/address.ts';
import type { Packet } from '../model/packet.ts';
import { dportOf } from '../model/packet.ts';
import type { NatTarget, Target } from '../model/target.ts';
import type { Effect } from './effect.ts';

/** How well a change fits the rule before it. */
export type Fit = 'fits' | 'open' | 'odd';

/** Fields that a rule may change within a table. */
export type RuleField = 'mark' | 'ttl' | 'tos' | 'length' | 'options';

/** Whether the target hands the packet to someone who may do anything to it. */
function isAnything(target: Target): boolean {
  return (
    target.kind === 'unknown' ||
    target.kind === 'NFQUEUE' ||
    (target.kind === 'verdict' && target.verdict === 'QUEUE')
  );
}

/** Whether `field` may go from `before` to `after` by the rule of the line before. */
export function fitChange(effect: Effect, field: RuleField, before: number, after: number): Fit {
  if (effect.open)
    return before === after ? 'fits' : effect.word === 'policy' || effect.word === 'return' ? 'odd' : 'open';
  const { target } = effect;
  if (target === null) return before === after ? 'fits' : 'odd';
  if (isAnything(target)) return before === after ? 'fits' : 'open';
  const expected = expectedValue(target, field, before, after);
  return expected === after ? 'fits' : 'odd';
}

/** The value after the rule; `after` itself where the rule does not say which. */
function expectedValue(target: Target, field: RuleField, before: number, after: number): number {
  switch (field) {
    case 'mark':
      return expectedMark(target, before, after);
    case 'ttl':
      if (target.kind !== 'TTL') return before;
      if (target.operation === 'set') return target.value;
      return target.operation === 'inc'
        ? Math.min(255, before + target.value)
        : Math.max(0, before - target.value);
    case 'tos':
      // A TRACE line does not show bit 0 of an IPv4 TOS byte.
      if (target.kind === 'TOS') return equalBut(((before & ~target.mask) ^ target.value) & 0xff, after, 1);
      if (target.kind === 'DSCP') return equalBut((target.dscp << 2) | (before & 3), after, 1);
      return target.kind === 'continue' && target.name === 'ECN' ? equalBut(before, after, 3) : before;
    case 'length':
      return target.kind === 'TCPMSS' ? (after === before + 4 ? after : before) : before;
    case 'options':
      return target.kind === 'TCPMSS' || target.kind === 'SYNPROXY' || isOptionsTarget(target)
        ? after
        : before;
  }
}

function isOptionsTarget(target: Target): boolean {
  return target.kind === 'continue' && (target.name === 'TCPOPTSTRIP' || target.name === 'ECN');
}

function equalBut(expected: number, after: number, ignored: number): number {
  return (expected & ~ignored) === (after & ~ignored) ? after : expected;
}

function expectedMark(target: Target, before: number, after: number): number {
  switch (target.kind) {
    case 'MARK':
      return ((before & ~target.mask) ^ target.value) >>> 0;
    case 'TPROXY':
      // A socket may be missing, then the packet is dropped: no line shows the mark.
      return ((before & ~target.mark.mask) ^ target.mark.value) >>> 0;
    case 'CONNMARK':
      if (target.operation !== 'restore') return before;
      // Bits outside of both masks keep.
      return ((before ^ after) & ~(target.nfmask | target.ctmask)) === 0 ? after : before;
    case 'SET':
      return target.action === 'map' && target.mapMark ? after : before;
    case 'HMARK':
      return after;
    default:
      return before;
  }
}

/** Whether the rule of a nat line lets the destination be what the next hook shows. */
export function fitDestination(effect: Effect, before: Packet, after: Packet, changed: boolean): Fit {
  if (effect.open)
    return !changed ? 'fits' : effect.word === 'policy' || effect.word === 'return' ? 'odd' : 'open';
  const { target } = effect;
  if (target === null) return changed ? 'odd' : 'fits';
  switch (target.kind) {
    case 'DNAT':
      return fitsNat(target, before, after) ? 'fits' : 'odd';
    case 'REDIRECT': {
      const port = dportOf(after);
      const { ports } = target;
      return ports === null || port === null || (port >= ports.from && port <= ports.to) ? 'fits' : 'odd';
    }
    case 'NETMAP':
      return contains(target.network, after.dst) ? 'fits' : 'odd';
    case 'unknown':
    case 'NFQUEUE':
      return 'open';
    default:
      return changed ? 'odd' : 'fits';
  }
}

function fitsNat(target: NatTarget, before: Packet, after: Packet): boolean {
  const { addresses, ports } = target;
  if (addresses === null ? after.dst.text !== before.dst.text : !between(addresses, after.dst)) return false;
  const port = dportOf(after);
  if (port === null) return true;
  if (ports === null) return target.random || target.randomFully || port === dportOf(before);
  return port >= ports.from && port <= ports.to;
}

function between(range: { readonly from: Address; readonly to: Address }, address: Address): boolean {
  if (range.from.family !== address.family) return false;
  return !isAbove(range.from, address) && !isAbove(address, range.to);
}

function isAbove(a: Address, b: Address): boolean {
  for (let i = 0; i < a.words.length; i++) {
    const difference = (a.words[i] ?? 0) - (b.words[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/** Whether the rule of this line may be what changed the field. */
export function writesField(effect: Effect, field: RuleField): boolean {
  const { target } = effect;
  if (effect.open) return effect.word !== 'return' && effect.word !== 'policy';
  if (target === null) return false;
  if (isAnything(target)) return true;
  switch (field) {
    case 'mark':
      return effect.writesMark !== 0 || target.kind === 'MARK';
    case 'ttl':
      return target.kind === 'TTL';
    case 'tos':
      return (
        target.kind === 'TOS' ||
        target.kind === 'DSCP' ||
        (target.kind === 'continue' && target.name === 'ECN')
      );
    case 'length':
    case 'options':
      return target.kind === 'TCPMSS' || isOptionsTarget(target);
  }
}

/** Whether the rule of this line may translate addresses, seen at the next hook (or on lo's second pass). */
export function translates(effect: Effect, side: 'source' | 'destination'): boolean {
  if (effect.open) return effect.word !== 'return' && effect.word !== 'policy';
  switch (effect.target?.kind) {
    case 'DNAT':
    case 'REDIRECT':
      return side === 'destination';
    case 'SNAT':
    case 'MASQUERADE':
      return side === 'source';
    case 'NETMAP':
    case 'unknown':
      return true;
    default:
      return false;
  }
}
