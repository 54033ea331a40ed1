/**
 * Whether a line can show the same packet as the walk's last line, by the fields that may change on the
 * way and where each may (reference: a field changes after the line whose rule changed it; addresses between
 * hooks or behind nat OUTPUT; TTL at FORWARD; interfaces between hooks). Returns what the step costs.
 */
import type { Address } from '../model/address.ts';
import type { TraceEvent } from '../model/event.ts';
import type { Hook, TableName } from '../model/hook.ts';
import { dportOf, type Header, type Packet, sportOf } from '../model/packet.ts';
import { COST, IMPOSSIBLE } from './cost.ts';
import type { Host } from './host.ts';
import type { Node } from './node.ts';
import { fitChange, fitDestination, type RuleField } from './rewrite.ts';

/** The place of a line after another. */
interface Step {
  readonly hook: Hook;
  /** Lines may be missing in between, or the rules may be wrong. */
  readonly loose: boolean;
  readonly host: Host;
}

/**
 * The price of reading `event`, a line at `hook`, as one of the packet that `from` showed; IMPOSSIBLE if it
 * cannot be.
 * @param loose lines may be missing in between, or the rules may be wrong
 */
export function continuity(from: Node, event: TraceEvent, hook: Hook, loose: boolean, host: Host): number {
  const { packet: to, table } = event;
  if (from.event.packet === to && !from.effect.rewrites) return 0;
  const step = { hook, loose, host };
  const links = linkCost(from, to, step.hook);
  if (links === IMPOSSIBLE) return IMPOSSIBLE;
  const addresses = addressCost(from, table, to, step);
  if (addresses === IMPOSSIBLE) return IMPOSSIBLE;
  return links + addresses + fieldsCost(from, to, step);
}

/** Interfaces, link header, user. */
function linkCost(from: Node, to: Packet, hook: Hook): number {
  const before = from.event.packet;
  if (hook === from.hook) {
    if (before.in !== to.in || before.out !== to.out) return IMPOSSIBLE;
    return (before.mac === to.mac ? 0 : COST.oddChange) + (before.uid === to.uid ? 0 : COST.oddChange);
  }
  switch (hook) {
    case 'PREROUTING':
      // Looped through lo, or the copy of a local multicast, which comes back with an empty MAC=.
      if (to.out !== '') return IMPOSSIBLE;
      if (to.in === 'lo') return before.out === 'lo' || from.hook === 'OUTPUT' ? 0 : IMPOSSIBLE;
      return to.mac === '' && to.in === before.out && from.hook === 'POSTROUTING' ? 0 : IMPOSSIBLE;
    case 'INPUT':
      if (to.out !== '') return IMPOSSIBLE;
      if (from.hook === 'PREROUTING') return before.in === to.in ? 0 : IMPOSSIBLE;
      return to.in === 'lo' ? 0 : IMPOSSIBLE;
    case 'FORWARD':
      return before.in === to.in && to.out !== '' ? 0 : IMPOSSIBLE;
    case 'POSTROUTING':
      if (to.out === '') return IMPOSSIBLE;
      if (from.hook !== 'OUTPUT') {
        // Kernels before 5.5 and bridges leave IN= empty.
        if (to.in !== '' && to.in !== before.in) return IMPOSSIBLE;
        return from.hook === 'FORWARD' && to.out !== before.out ? IMPOSSIBLE : 0;
      }
      return leavingCost(before, to);
    case 'OUTPUT':
      return IMPOSSIBLE;
  }
}

function leavingCost(before: Packet, to: Packet): number {
  // The looped copy of a local multicast has no socket any more: it is a walk of its own.
  const copy = before.uid !== null && to.uid === null ? COST.start + 0.2 : 0;
  const foreign = before.uid === null && to.uid !== null ? COST.oddChange : 0;
  // mangle and nat OUTPUT may have routed it anew.
  return copy + foreign + (before.out === to.out ? 0 : COST.translation);
}

/** Addresses and ports, of the packet and of one that it quotes. */
function addressCost(from: Node, table: TableName, to: Packet, step: Step): number {
  const before = from.event.packet;
  const sourceKept = sameAddress(before.src, to.src) && sportOf(before) === sportOf(to);
  const destinationKept = sameAddress(before.dst, to.dst) && dportOf(before) === dportOf(to);
  const quoteKept = sameQuotedAddresses(before, to);
  const anything = mayDoAnything(from);
  const looped = step.hook === 'PREROUTING' && from.hook !== 'PREROUTING';
  let cost = 0;
  if (!sourceKept) {
    if (!looped && !anything) return IMPOSSIBLE;
    cost += anything ? COST.oddChange : changes(before.src, to.src, sportOf(before), sportOf(to));
  }
  if (!isTranslationPoint(from, table, step)) {
    if (!destinationKept && !anything) return IMPOSSIBLE;
    if (!destinationKept) cost += COST.oddChange;
    return cost + (quoteKept ? 0 : COST.oddChange);
  }
  if (!destinationKept || !quoteKept) {
    if (!step.host.mayPrint('nat')) cost += COST.oddChange * 2;
    else if (looped) cost += COST.oddChange;
  }
  return cost + destinationCost(from, to, step, destinationKept);
}

function destinationCost(from: Node, to: Packet, step: Step, kept: boolean): number {
  const before = from.event.packet;
  if (from.event.table === 'nat' && !step.loose && from.hook !== 'POSTROUTING') {
    const fit = fitDestination(from.effect, before, to, !kept);
    return fit === 'fits' ? 0 : fit === 'odd' ? COST.oddChange : COST.openChange / 3;
  }
  return kept ? 0 : changes(before.dst, to.dst, dportOf(before), dportOf(to));
}

/** Destination addresses are translated behind the nat tables of PREROUTING and OUTPUT. */
function isTranslationPoint(from: Node, table: TableName, step: Step): boolean {
  if (from.hook === 'PREROUTING' || step.hook === 'PREROUTING') return from.hook !== step.hook;
  if (from.hook !== 'OUTPUT' || from.event.table === 'filter' || from.event.table === 'security')
    return false;
  return step.hook !== 'OUTPUT' || table === 'filter' || table === 'security';
}

function changes(a: Address, b: Address, port: number | null, otherPort: number | null): number {
  return (sameAddress(a, b) ? 0 : COST.translation) + (port === otherPort ? 0 : COST.translation);
}

function sameAddress(a: Address, b: Address): boolean {
  return a === b || a.text === b.text;
}

function sameQuotedAddresses(a: Packet, b: Packet): boolean {
  if (a.transport.kind !== 'icmp' || b.transport.kind !== 'icmp') return true;
  const x = a.transport.quoted;
  const y = b.transport.quoted;
  return x === null || y === null || sameEnds(x, y);
}

function sameEnds(a: Header, b: Header): boolean {
  return (
    sameAddress(a.src, b.src) &&
    sameAddress(a.dst, b.dst) &&
    sportOf(a) === sportOf(b) &&
    dportOf(a) === dportOf(b)
  );
}

function mayDoAnything({ effect }: Node): boolean {
  const { target } = effect;
  return target !== null && (target.kind === 'NFQUEUE' || target.kind === 'unknown');
}

/** TTL, TOS, length, mark, TCP options. */
function fieldsCost(from: Node, to: Packet, step: Step): number {
  const before = from.event.packet;
  let cost = 0;
  const mark = fieldCost(from, 'mark', before.mark, to.mark, step.loose);
  cost += step.host.program.marksSilently ? Math.min(mark, COST.openChange) : mark;
  const hop = isHop(from, to, step.hook);
  cost += fieldCost(from, 'ttl', before.ttl, hop ? to.ttl + 1 : to.ttl, step.loose);
  cost += fieldCost(from, 'tos', before.tos, to.tos, step.loose);
  cost += fieldCost(from, 'length', before.length, to.length, step.loose);
  // An option that is added makes the packet longer: one oddity, not two.
  if (before.length === to.length && before.transport.kind === 'tcp' && to.transport.kind === 'tcp') {
    const same =
      before.transport.options === to.transport.options && before.transport.flags === to.transport.flags;
    if (!same) cost += fieldCost(from, 'options', 0, 1, step.loose);
  }
  return cost;
}

/** Whether forwarding took one off the TTL. A bridge does not; a hairpin on a bridge may do either. */
function isHop(from: Node, to: Packet, hook: Hook): boolean {
  if (from.hook !== 'PREROUTING' || hook === 'INPUT' || hook === 'PREROUTING') return false;
  const bridged = to.physIn !== null && from.event.packet.in === to.out;
  return !bridged || from.event.packet.ttl !== to.ttl;
}

function fieldCost(from: Node, field: RuleField, before: number, after: number, loose: boolean): number {
  const fit = fitChange(from.effect, field, before, after);
  if (fit === 'fits') return 0;
  return fit === 'open' || loose ? COST.openChange : COST.oddChange;
}
