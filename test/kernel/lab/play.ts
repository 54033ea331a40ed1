/**
 * Sends packets through a router one at a time and writes down what the kernel logged of each. Traffic is
 * asked for the next packet only after it was told what became of the last one, so that a far end can answer.
 */
import type { Origin } from './agent.ts';
import { decodeFrame, encodeFrame, encodePacket, type Heard } from './frame.ts';
import { KernelLog } from './kmsg.ts';
import type { PacketLine } from './packet-line.ts';
import type { Router } from './router.ts';
import { type Identity, type Left, type Truth, TruthCollector } from './truth.ts';

/** Where packets come from. */
export interface Traffic {
  /** All packets that are known beforehand: fragments find their siblings here. */
  readonly planned: readonly PacketLine[];
  next(): PacketLine | null;
  /** What packet `n` became: the frames that left the host, and its own log lines. */
  saw(packet: PacketLine, outcome: Outcome): void;
}

export interface Outcome {
  readonly left: readonly { readonly device: string; readonly packet: Heard }[];
  readonly lines: readonly string[];
}

export interface Played {
  readonly packets: readonly PacketLine[];
  readonly truth: readonly Truth[];
  readonly log: readonly string[];
}

/** Longest wait for a packet whose first line did not come at once, in milliseconds. */
const PATIENCE = 20;

/** The packets of a file, in order. */
export function replay(packets: readonly PacketLine[]): Traffic {
  const left = packets.values();
  return { planned: packets, next: () => left.next().value ?? null, saw: () => {} };
}

/**
 * Plays the traffic through the router. `to` is the link address that frames are sent to, if not the router's.
 * @throws Error if the truth cannot be told for certain.
 */
export async function play(router: Router, traffic: Traffic, to?: string): Promise<Played> {
  const kernel = new KernelLog();
  const collector = new TruthCollector(router.family, router.devices);
  const packets: PacketLine[] = [];
  try {
    await router.heard();
    for (let packet = traffic.next(); packet !== null; packet = traffic.next()) {
      packets.push(packet);
      await send(router, packet, traffic.planned, to);
      const lines = await linesOf(packet, kernel, collector);
      const frames = await router.heard();
      const left = frames.flatMap(({ device, frame }) => {
        const heard = decodeFrame(frame);
        return heard === null ? [] : [{ device, packet: heard }];
      });
      // Two of one identity: one is a copy, which nothing tells from the packet.
      const [own, copy] = left.filter(({ packet: heard }) => identityOf(heard) === identityOf(packet));
      if (own !== undefined && copy === undefined) collector.leave(packet.n, leftOf(own.device, own.packet));
      traffic.saw(packet, { left, lines });
    }
    const last = packets.at(-1);
    if (last !== undefined) {
      await pause(PATIENCE);
      collector.take(last.n, lineOf(last), kernel.read());
    }
  } finally {
    kernel.close();
  }
  return { packets, truth: collector.truth(packets.map(({ n }) => n)), log: collector.log };
}

async function send(
  router: Router,
  packet: PacketLine,
  all: readonly PacketLine[],
  to: string | undefined,
): Promise<void> {
  if (packet.in === undefined) {
    const origin: Origin = { uid: packet.uid ?? 0, gid: packet.gid ?? 0, mark: packet.mark ?? 0 };
    await router.originate(packet.dst, origin, encodePacket(packet, all));
  } else {
    const from = packet.mac ?? router.farMac(packet.in);
    await router.arrive(packet.in, encodeFrame(packet, all, from, to ?? router.mac(packet.in)));
  }
}

async function linesOf(
  packet: PacketLine,
  kernel: KernelLog,
  collector: TruthCollector,
): Promise<readonly string[]> {
  const identity = lineOf(packet);
  let lines = collector.take(packet.n, identity, kernel.read());
  for (let waited = 0; lines.length === 0 && waited < PATIENCE && packet.fragment === undefined; waited++) {
    await pause(1);
    lines = collector.take(packet.n, identity, kernel.read());
  }
  return lines;
}

function leftOf(out: string, { src, dst, sport, dport, ttl, tos, length }: Heard): Left {
  const ports = sport === undefined || dport === undefined ? {} : { sport, dport };
  return { out, src, dst, ...ports, ttl, tos, length };
}

function lineOf(packet: PacketLine): Identity {
  return { identity: identityOf(packet), arrived: packet.in !== undefined };
}

/** IP id or flow label: what tells the packets of a case apart. */
export function identityOf(packet: Pick<PacketLine, 'id' | 'flowLabel'>): number {
  return packet.id ?? packet.flowLabel ?? -1;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
