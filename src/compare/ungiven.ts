/**
 * What a table without rules did to a packet, as the next line shows it. Only fields that a rule can change
 * are taken; what the kernel changes by itself between two hooks (TTL, interfaces) is left out of it.
 */
import type { Hook } from '../model/hook.ts';
import type { PacketState, UngivenOutcome } from '../model/oracle.ts';
import { dportOf, isBridged, sportOf } from '../model/packet.ts';
import type { Step } from '../model/walk.ts';

type Changes = NonNullable<UngivenOutcome['changes']>;

/** The fields of `next` in which `packet` differs, as of the moment when the packet left `hook`'s table. */
export function changesShown(packet: PacketState, hook: Hook, next: Step): Changes | null {
  const seen = next.event.packet;
  const forwarded = hook === 'PREROUTING' && next.hook !== 'PREROUTING' && next.hook !== 'INPUT';
  const ttl = seen.ttl + (forwarded && !isBridged(seen) ? 1 : 0);
  const sport = sportOf(seen);
  const dport = dportOf(seen);
  const changes: { -readonly [Field in keyof Changes]: Changes[Field] } = {};
  if (packet.src?.text !== seen.src.text) changes.src = seen.src;
  if (packet.dst?.text !== seen.dst.text) changes.dst = seen.dst;
  if (sport !== null && packet.sport !== sport) changes.sport = sport;
  if (dport !== null && packet.dport !== dport) changes.dport = dport;
  if (packet.mark.value !== seen.mark || packet.mark.known >>> 0 !== 0xffffffff) changes.mark = seen.mark;
  if (packet.ttl !== ttl) changes.ttl = ttl;
  if (((packet.tos.value ^ seen.tos) & 0xfe) !== 0) changes.tos = seen.tos;
  if (packet.length !== seen.length) changes.length = seen.length;
  return Object.keys(changes).length === 0 ? null : changes;
}
