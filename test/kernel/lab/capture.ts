/**
 * A captured scenario (walks.jsonl beside trace.log) as packets to send again: each walk's packet as its first
 * line shows it, with what the capture says of its way.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LogReader } from '../../../src/log/index.ts';
import { type Packet, tcpFlagNames } from '../../../src/model/packet.ts';
import type { FlagName, PacketLine } from './packet-line.ts';

export interface CapturedWalk {
  readonly packet: PacketLine;
  readonly steps: readonly string[];
  /** Link addresses on the first line, and the bridge port; null where the line has none. */
  readonly link: { readonly to: string; readonly from: string; readonly port: string | null } | null;
}

/** Reads the walks in the order of their first lines. @throws Error if a first line is no TRACE line. */
export function readCapture(folder: string): readonly CapturedWalk[] {
  const lines = readFileSync(join(folder, 'trace.log'), 'utf8').split('\n');
  const packets = new Map<number, Packet>();
  const reader = new LogReader(
    { year: null, timezone: null },
    { event: ({ line, packet }) => packets.set(line, packet), diagnostic: () => {} },
  );
  reader.push({ file: 'trace.log', firstLine: 1, lines });
  reader.end();
  return readFileSync(join(folder, 'walks.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((text): { readonly steps: readonly string[]; readonly lines: readonly number[] } => JSON.parse(text))
    .sort((a, b) => (a.lines[0] ?? 0) - (b.lines[0] ?? 0))
    .map(({ steps, lines: [first = 0] }, n) => {
      const packet = packets.get(first);
      if (packet === undefined) throw new Error(`${folder}/trace.log:${first} is no TRACE line`);
      return { packet: packetLine(packet, n), steps, link: linkOf(packet) };
    });
}

function linkOf(packet: Packet): CapturedWalk['link'] {
  if (packet.mac === null || packet.mac.length < 35) return null;
  return { to: packet.mac.slice(0, 17), from: packet.mac.slice(18, 35), port: packet.physIn };
}

function packetLine(packet: Packet, n: number): PacketLine {
  const { transport } = packet;
  return {
    n,
    ...(packet.in === '' ? {} : { in: packet.physIn ?? packet.in }),
    src: packet.src.text,
    dst: packet.dst.text,
    protocol: packet.protocol ?? 0,
    ttl: packet.ttl,
    tos: packet.tos,
    ...(packet.id === null ? {} : { id: packet.id }),
    df: packet.df,
    length: packet.length,
    ...(packet.uid === null ? {} : { uid: packet.uid, gid: packet.gid ?? 0 }),
    ...transportPart(transport),
  };
}

function transportPart(transport: Packet['transport']): Partial<PacketLine> {
  switch (transport.kind) {
    case 'tcp': {
      const { sport, dport, seq, ack, window, options } = transport;
      const flags = tcpFlagNames(transport.flags).filter((name): name is FlagName => name !== 'AE');
      return { sport, dport, seq, ack, flags, window, tcpOptions: options ?? '' };
    }
    case 'udp':
      return { sport: transport.sport, dport: transport.dport };
    case 'icmp':
      return {
        icmpType: transport.type,
        icmpCode: transport.code,
        icmpId: transport.id ?? 0,
        icmpSeq: transport.seq ?? 0,
      };
    default:
      return {};
  }
}
