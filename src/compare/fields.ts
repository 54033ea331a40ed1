/**
 * The packet as a line shows it against the packet as the rules make it at that line: observed + simulated
 * → the fields that differ. What the simulation does not know differs from nothing.
 */

import type { Hook } from '../model/hook.ts';
import type { PacketState } from '../model/oracle.ts';
import { dportOf, markOf, type Packet, sportOf } from '../model/packet.ts';
import { isEncapsulating } from './tunnel.ts';

/** Fields that a rule or the kernel may rewrite on the way, in the order in which a report names them. */
const REWRITTEN = ['mark', 'dst', 'dport', 'src', 'sport', 'ttl', 'tos', 'length', 'in', 'out'] as const;
export type RewrittenField = (typeof REWRITTEN)[number];

export interface Mismatch {
  readonly field: RewrittenField | 'protocol' | 'icmpId';
  readonly expected: string;
  readonly observed: string;
}

function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}

/** IPv4 lines never show bit 0 of the TOS byte. */
function tosShown(packet: Packet): number {
  return packet.family === 'ipv4' ? 0xfe : 0xff;
}

/** The first field in which the line contradicts the simulation; null if none does. */
export function firstMismatch(state: PacketState, packet: Packet, hook: Hook): Mismatch | null {
  const { mark, tos } = state;
  const shown = markOf(packet);
  if (shown !== null && ((mark.value ^ shown) & mark.known) !== 0) {
    return { field: 'mark', expected: hex(mark.value), observed: hex(shown) };
  }
  if (state.dst !== undefined && state.dst.text !== packet.dst.text) {
    return { field: 'dst', expected: state.dst.text, observed: packet.dst.text };
  }
  if (state.src !== undefined && state.src.text !== packet.src.text) {
    return { field: 'src', expected: state.src.text, observed: packet.src.text };
  }
  if (differ(state.protocol, packet.protocol)) return numbers('protocol', state.protocol, packet.protocol);
  const dport = dportOf(packet);
  if (differ(state.dport, dport)) return numbers('dport', state.dport, dport);
  const sport = sportOf(packet);
  if (differ(state.sport, sport)) return numbers('sport', state.sport, sport);
  if (packet.transport.kind === 'icmp' && differ(state.icmpId, packet.transport.id)) {
    return numbers('icmpId', state.icmpId, packet.transport.id);
  }
  if (differ(state.ttl, packet.ttl)) return numbers('ttl', state.ttl, packet.ttl);
  if (((tos.value ^ packet.tos) & tos.known & tosShown(packet)) !== 0) {
    return { field: 'tos', expected: hex(tos.value & tosShown(packet)), observed: hex(packet.tos) };
  }
  if (differ(state.length, packet.length)) return numbers('length', state.length, packet.length);
  if (state.in !== packet.in && !(hook === 'POSTROUTING' && mayNameOther(state, packet))) {
    return { field: 'in', expected: state.in, observed: packet.in };
  }
  if (state.out !== undefined && state.out !== packet.out) {
    return { field: 'out', expected: state.out, observed: packet.out };
  }
  return null;
}

/**
 * Whether IN= of a POSTROUTING line may be another than the device that the packet came in by: kernels before
 * 5.5 print none; around a tunnel's packet it names the tunnel device, and of TEE's copies and the kernel's own
 * IGMP and MLD the device by which they were to leave at first.
 */
function mayNameOther(state: PacketState, packet: Packet): boolean {
  if (packet.in === '') return true;
  return state.in === '' && (isEncapsulating(packet) || packet.uid === null);
}

/** A line that was cut, or of which nothing more is printed, contradicts nothing. */
function differ(expected: number | undefined, observed: number | null): boolean {
  return expected !== undefined && observed !== null && expected !== observed;
}

function numbers(field: Mismatch['field'], expected: number | undefined, observed: number | null): Mismatch {
  return { field, expected: String(expected), observed: String(observed) };
}
