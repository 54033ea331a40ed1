/**
 * The first packet of a random flow, and the packets that go on in its direction. What a packet leaves out of
 * its draft (number, identity) is the traffic's matter.
 */
import type { FlagName, PacketLine } from '../lab/packet-line.ts';
import type { Dice } from './dice.ts';
import { TRACED } from './ruleset.ts';
import { PORTS, type Side, UIDS, type World } from './world.ts';

/** A packet without its number and identity. */
export type Draft = Omit<PacketLine, 'n' | 'id' | 'flowLabel'>;

/** Sequence numbers with which clients and servers begin. */
const SERVER_SEQUENCE = 500_000;
const CLIENT_SEQUENCE = 100_000;
const CLIENT_STEP = 1301;
/** Ports and ICMP ids of clients are never used twice: two flows meet in one tuple only by rules that make them. */
const CLIENT_PORTS = [1025, 40_000] as const;

const TOS: readonly number[] = [0x04, 0x04, 0x04, 0x0c, 0x14, 0x1c, 0x05, 0xbc];
const FLAGS: readonly { readonly flags: readonly FlagName[]; readonly weight: number }[] = [
  { flags: ['SYN'], weight: 60 },
  { flags: ['SYN', 'ACK'], weight: 5 },
  { flags: ['ACK'], weight: 8 },
  { flags: ['PSH', 'ACK'], weight: 5 },
  { flags: ['FIN', 'ACK'], weight: 4 },
  { flags: ['FIN'], weight: 2 },
  { flags: ['RST'], weight: 4 },
  { flags: ['RST', 'ACK'], weight: 2 },
  { flags: [], weight: 4 },
  { flags: ['FIN', 'PSH', 'URG'], weight: 3 },
  { flags: ['SYN', 'FIN'], weight: 2 },
  { flags: ['SYN', 'ECE', 'CWR'], weight: 3 },
  { flags: ['SYN', 'RST'], weight: 1 },
  { flags: ['ACK', 'URG'], weight: 1 },
];

/** The MSS option, 1460 and 536. */
const MSS = ['020405b4', '02040218'] as const;

/** Bytes of a TCP header with its options. */
export function tcpHeader({ tcpOptions = '' }: { readonly tcpOptions?: string }): number {
  return 20 + tcpOptions.length / 2;
}

/** Begins the flow number `n`. */
export function beginFlow(world: World, dice: Dice, n: number): Draft {
  const { in: device, src, dst } = endpoints(world, dice);
  const origin =
    device === undefined
      ? {
          uid: dice.pick(UIDS),
          gid: dice.pick(UIDS),
          ...(dice.chance(0.15) ? { mark: dice.pick([1, 2, 0x10, 0x4000]) } : {}),
        }
      : { mac: world.sides.find((side) => side.device === device)?.mac ?? '' };
  return {
    ...(device === undefined ? {} : { in: device }),
    src,
    dst,
    ...transport(world, dice, n),
    ttl: dice.weigh([
      { ttl: 64, weight: 60 },
      { ttl: 63, weight: 15 },
      { ttl: 255, weight: 15 },
      { ttl: 1, weight: 3 },
      { ttl: 2, weight: 3 },
    ]).ttl,
    tos: dice.pick(TOS) | TRACED,
    ...(world.family === 4 ? { df: dice.chance(0.6) } : {}),
    ...origin,
  };
}

function endpoints(
  world: World,
  dice: Dice,
): { readonly in?: string; readonly src: string; readonly dst: string } {
  const side = dice.pick(world.sides);
  const others = world.sides.filter((other) => other !== side);
  const other = dice.pick(others);
  const own = () => dice.pick(dice.pick(world.sides).own);
  // Only what an ordinary socket may send to: no broadcast, no multicast, whose copies walk too.
  const reachable = () => dice.pick([...other.hosts, ...side.hosts, ...world.services, ...world.services]);
  const kind = dice.weigh([
    { kind: 'forward', weight: 40 },
    { kind: 'service', weight: 20 },
    { kind: 'input', weight: 15 },
    { kind: 'output', weight: 18 },
    { kind: 'loop', weight: 4 },
    { kind: 'back', weight: 3 },
    { kind: 'nowhere', weight: 5 },
    { kind: 'forged', weight: 3 },
  ] as const).kind;
  const { device } = side;
  switch (kind) {
    case 'forward':
      return { in: device, src: dice.pick(side.hosts), dst: dice.pick(other.hosts) };
    case 'service':
      return { in: device, src: dice.pick(side.hosts), dst: dice.pick(world.services) };
    case 'input':
      return { in: device, src: dice.pick(side.hosts), dst: own() };
    case 'output':
      return { src: own(), dst: dice.chance(0.9) ? reachable() : dice.pick(unicast(world)) };
    case 'loop':
      return { src: own(), dst: own() };
    case 'back':
      return { in: device, src: dice.pick(side.hosts), dst: dice.pick(side.hosts) };
    case 'nowhere':
      return { in: device, src: dice.pick(side.hosts), dst: dice.pick(world.elsewhere) };
    case 'forged':
      return { in: device, src: forged(world, dice, other), dst: dice.pick([own(), dice.pick(other.hosts)]) };
  }
}

/** Addresses that lead nowhere but are ordinary ones. */
function unicast(world: World): readonly string[] {
  return world.elsewhere.filter((address) => /^(10\.97|192|fd97|2001)/.test(address));
}

/** A source address that cannot be behind the interface. */
function forged(world: World, dice: Dice, other: Side): string {
  const odd =
    world.family === 4
      ? ['127.0.0.1', '192.0.2.77', '0.0.0.0', '10.97.2.7']
      : ['::1', '2001:db8::77', 'fd97:2::7'];
  return dice.pick([...odd, dice.pick(other.hosts), dice.pick(other.own)]);
}

type TransportPart = Omit<Draft, 'in' | 'src' | 'dst' | 'ttl' | 'tos'>;

function transport(world: World, dice: Dice, n: number): TransportPart {
  const header = world.family === 4 ? 20 : 40;
  const sport = dice.chance(0.9) ? dice.pick(CLIENT_PORTS) + n : dice.pick(PORTS);
  const dport = dice.pick(PORTS);
  const kind = dice.weigh([
    { kind: 'tcp', weight: 40 },
    { kind: 'udp', weight: 35 },
    { kind: 'icmp', weight: 16 },
    { kind: 'other', weight: 13 },
  ] as const).kind;
  switch (kind) {
    case 'tcp': {
      const { flags } = dice.weigh(FLAGS);
      const seq = CLIENT_SEQUENCE + n * CLIENT_STEP;
      const data = flags.includes('PSH') ? dice.pick([0, 20, 60]) : 0;
      const segment = dice.chance(0.3) && flags.includes('SYN') ? { tcpOptions: dice.pick(MSS) } : {};
      return {
        protocol: 'tcp',
        sport,
        dport,
        flags,
        seq,
        ack: flags.includes('ACK') ? SERVER_SEQUENCE + 1 : 0,
        length: header + tcpHeader(segment) + data,
        ...segment,
      };
    }
    case 'udp':
      return { protocol: 'udp', sport, dport, length: header + 8 + dice.pick([0, 0, 12, 80]) };
    case 'icmp': {
      const requests = world.family === 4 ? [8, 8, 8, 8, 13, 0, 17, 14] : [128, 128, 128, 129];
      const size = dice.pick([8, 64, 20]);
      return {
        protocol: world.family === 4 ? 'icmp' : 'icmpv6',
        icmpType: dice.pick(requests),
        icmpCode: 0,
        icmpId: n + 1,
        icmpSeq: 1,
        length: header + Math.max(20, size),
      };
    }
    case 'other':
      return { protocol: dice.pick([4, 4, 89, 89, 41, 50]), length: header + 20 };
  }
}

/** The next packet of a flow in the same direction: again the same, or what a peer sends next. */
export function follow(dice: Dice, last: Draft): Draft {
  if (last.protocol === 'tcp' && last.flags !== undefined) return followTcp(dice, last, last.flags);
  if (last.icmpType !== undefined && dice.chance(0.5)) return { ...last, icmpSeq: (last.icmpSeq ?? 0) + 1 };
  if (last.protocol === 'udp' && dice.chance(0.5)) return { ...last, length: last.length + 20 };
  return last;
}

function followTcp(dice: Dice, last: Draft, flags: readonly FlagName[]): Draft {
  const header = last.src.includes(':') ? 40 : 20;
  const data = last.length - header - tcpHeader(last);
  const taken = data + (flags.includes('SYN') || flags.includes('FIN') ? 1 : 0);
  const next = dice.weigh<{ readonly flags: readonly FlagName[] | null; readonly weight: number }>([
    { flags: null, weight: 40 },
    { flags: ['ACK'], weight: 20 },
    { flags: ['PSH', 'ACK'], weight: 20 },
    { flags: ['FIN', 'ACK'], weight: 8 },
    { flags: ['RST'], weight: 5 },
    { flags: ['SYN', 'FIN'], weight: 1 },
    { flags: [], weight: 2 },
  ]).flags;
  // A server that has acknowledged nothing has nothing to go on with.
  const lost = (last.ack ?? 0) === 0 && (last.seq ?? 0) >= SERVER_SEQUENCE;
  if (next === null || lost) return last;
  const ack = next.includes('ACK') ? last.ack || SERVER_SEQUENCE + 1 : 0;
  const size = next.includes('PSH') ? dice.pick([0, 20, 60]) : 0;
  const { tcpOptions: _, ...rest } = last;
  return { ...rest, flags: next, seq: (last.seq ?? 0) + taken, ack, length: header + 20 + size };
}

/** The sequence number with which every server begins. */
export function serverSequence(): number {
  return SERVER_SEQUENCE;
}
