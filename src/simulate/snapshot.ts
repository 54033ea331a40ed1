/** A packet that lives and changes → what it is at this moment. */
import type { PacketState } from '../model/oracle.ts';
import type { PacketSnapshot } from '../model/prediction.ts';
import { exact } from './bits.ts';

export function snapshotOf(packet: PacketState): PacketSnapshot {
  const { src, dst, sport, dport, ttl, length } = packet;
  return {
    src,
    dst,
    sport,
    dport,
    mark: exact(packet.mark),
    ttl,
    tos: exact(packet.tos, 0xff),
    length,
    in: packet.in,
    out: packet.out,
  };
}
