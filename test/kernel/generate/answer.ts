/**
 * What the far end of a flow, or a local program, sends back when a packet reached it: the packet turned
 * round, as far as its protocol answers at all, or an ICMP error that quotes it.
 */
import { errorLength, type Heard } from '../lab/frame.ts';
import { type FlagName, protocolNumber, type Quoted } from '../lab/packet-line.ts';
import type { Dice } from './dice.ts';
import { type Draft, serverSequence, tcpHeader } from './flow.ts';
import { TRACED } from './ruleset.ts';
import { UIDS, type World } from './world.ts';

/** A packet as it was where it arrived. */
export interface Sighting {
  /** Device by which it left the host; null: a local program got it. */
  readonly at: string | null;
  readonly packet: Omit<Heard, 'protocol'> & { readonly protocol: string | number };
}

const ECHO: Readonly<Record<number, number>> = { 8: 0, 13: 14, 17: 18, 128: 129 };

/** The answer to what was seen; null where none can be. */
export function answer(world: World, dice: Dice, { at, packet }: Sighting): Draft | null {
  const number = protocolNumber(packet.protocol);
  const base = { ...origin(world, dice, at), ...turned(packet), ttl: 64, tos: packet.tos | TRACED };
  switch (number) {
    case 6:
      return answerTcp(dice, packet, base);
    case 17:
      return { ...base, protocol: 'udp', length: packet.length + dice.pick([0, 12, 80]) };
    case 1:
    case 58: {
      const type = packet.icmpType === undefined ? undefined : ECHO[packet.icmpType];
      const { icmpId = 0, icmpSeq = 0 } = packet;
      if (type === undefined) return null;
      const protocol = number === 1 ? 'icmp' : 'icmpv6';
      return { ...base, protocol, icmpType: type, icmpCode: 0, icmpId, icmpSeq, length: packet.length };
    }
    default:
      return { ...base, protocol: number, length: packet.length };
  }
}

type Base = Omit<Draft, 'protocol' | 'length'>;

function answerTcp(dice: Dice, packet: Sighting['packet'], base: Base): Draft {
  const { flags = [], seq = 0, ack = 0 } = packet;
  const header = packet.src.includes(':') ? 40 : 20;
  const data = packet.length - header - tcpHeader(packet);
  const next = (seq + data + (flags.includes('SYN') || flags.includes('FIN') ? 1 : 0)) >>> 0;
  const mine = flags.includes('ACK') ? ack : serverSequence();
  const send = (names: readonly FlagName[], size = 0): Draft => ({
    ...base,
    protocol: 'tcp',
    flags: names,
    seq: mine,
    ack: names.includes('ACK') ? next : 0,
    length: header + 20 + size,
  });
  if (dice.chance(0.08)) return send(['RST', 'ACK']);
  if (flags.includes('SYN')) return send(flags.includes('ACK') ? ['ACK'] : ['SYN', 'ACK']);
  if (dice.chance(0.15)) return send(['FIN', 'ACK']);
  return dice.chance(0.5) ? send(['ACK']) : send(['PSH', 'ACK'], dice.pick([20, 60]));
}

/** An ICMP error about what was seen, from where it was seen or from a router on the way. */
export function complaint(world: World, dice: Dice, { at, packet }: Sighting): Draft {
  const side = world.sides.find(({ device }) => device === at);
  const { df: _, flags: __, ack: ___, fragment: ____, quoted: _____, tcpOptions: ______, ...rest } = packet;
  const quoted: Quoted = rest;
  const [icmpType, icmpCode] = dice.pick(ERRORS[world.family]);
  return {
    ...origin(world, dice, at),
    src: side !== undefined && dice.chance(0.3) ? dice.pick(side.hosts) : packet.dst,
    dst: packet.src,
    protocol: world.family === 4 ? 'icmp' : 'icmpv6',
    icmpType,
    icmpCode,
    ttl: 64,
    tos: TRACED,
    length: errorLength(quoted),
    quoted,
  };
}

/** Type and code of errors that no host acts upon by changing routes or sizes. */
const ERRORS: Readonly<Record<4 | 6, readonly (readonly [type: number, code: number])[]>> = {
  4: [
    [3, 1],
    [3, 3],
    [3, 13],
    [11, 0],
  ],
  6: [
    [1, 0],
    [1, 3],
    [1, 4],
    [3, 0],
  ],
};

function origin(world: World, dice: Dice, at: string | null): Partial<Draft> {
  if (at === null) return { uid: dice.pick(UIDS), gid: 0 };
  return { in: at, mac: world.sides.find(({ device }) => device === at)?.mac ?? '' };
}

function turned({
  src,
  dst,
  sport,
  dport,
}: Sighting['packet']): Pick<Draft, 'src' | 'dst' | 'sport' | 'dport'> {
  return {
    src: dst,
    dst: src,
    ...(dport === undefined ? {} : { sport: dport }),
    ...(sport === undefined ? {} : { dport: sport }),
  };
}
