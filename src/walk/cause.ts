/**
 * Which packet called forth the packet of a new walk: an ICMP error made here quotes it, a reset answers it,
 * a copy (TEE, looped multicast) repeats it. Only what is certain: addresses, ports and sequence numbers
 * must fit, and the walk must have been seen lately. Packets of other hosts have no cause here.
 */
import type { TraceEvent } from '../model/event.ts';
import { dportOf, type Header, type Packet, sportOf, TCP_FLAGS } from '../model/packet.ts';
import { isDistinctive } from './identity.ts';
import type { Node } from './node.ts';

/** Lines that are searched for the cause: it stands right before, but for lines of other CPUs. */
const MEMORY = 256;

export class Recent {
  readonly #nodes: (Node | undefined)[] = [];
  #next = 0;

  add(node: Node): void {
    this.#nodes[this.#next] = node;
    this.#next = (this.#next + 1) % MEMORY;
  }

  /** The latest line whose packet called forth the one that `event` begins; null if none did for certain. */
  causeOf(event: TraceEvent): Node | null {
    const { packet, host } = event;
    if (packet.in !== '' || packet.out === '') return null;
    const isCause = causeTest(packet);
    if (isCause === null) return null;
    for (let i = 1; i <= MEMORY; i++) {
      const node = this.#nodes[(this.#next - i + MEMORY) % MEMORY];
      if (node === undefined) return null;
      if (node.event.host === host && node.event.packet.family === packet.family && isCause(node))
        return node;
    }
    return null;
  }
}

/** How to recognise the cause of a packet that this host made; null if nothing need have called it forth. */
function causeTest(packet: Packet): ((node: Node) => boolean) | null {
  const { transport } = packet;
  if (transport.kind === 'icmp') {
    const { quoted } = transport;
    return quoted === null ? null : ({ event }) => isQuote(quoted, event.packet);
  }
  if (transport.kind === 'tcp' && (transport.flags & TCP_FLAGS.RST) !== 0 && packet.uid === null) {
    return (node) => isAnswered(node, packet) || isCopied(node, packet);
  }
  return packet.uid === null ? (node) => isCopied(node, packet) : null;
}

function isQuote(quoted: Header, cause: Packet): boolean {
  // A reply's source is translated back behind the last line that shows it (nat INPUT, POSTROUTING).
  const translated = isDistinctive(cause) && quoted.dst.text === cause.dst.text;
  return (
    (translated || (quoted.src.text === cause.src.text && quoted.dst.text === cause.dst.text)) &&
    quoted.protocol === cause.protocol &&
    quoted.id === cause.id &&
    quoted.flowLabel === cause.flowLabel &&
    quoted.fragmentOffset === cause.fragmentOffset &&
    (translated || sportOf(quoted) === sportOf(cause)) &&
    dportOf(quoted) === dportOf(cause) &&
    sameEcho(quoted, cause) &&
    quoted.length === cause.length
  );
}

function sameEcho(quoted: Header, cause: Packet): boolean {
  const a = quoted.transport;
  const b = cause.transport;
  if (a.kind === 'icmp') return b.kind === 'icmp' && a.type === b.type && a.id === b.id && a.seq === b.seq;
  return a.kind !== 'tcp' || (b.kind === 'tcp' && a.seq === b.seq);
}

/** A reset answers the packet to which its numbers belong (tcp_v4_send_reset, nf_reject_ip_tcphdr_put). */
function isAnswered({ event }: Node, reset: Packet): boolean {
  const { packet } = event;
  const cause = packet.transport;
  const { transport } = reset;
  if (cause.kind !== 'tcp' || transport.kind !== 'tcp') return false;
  if (packet.src.text !== reset.dst.text || packet.dst.text !== reset.src.text) return false;
  if (cause.sport !== transport.dport || cause.dport !== transport.sport) return false;
  if ((cause.flags & TCP_FLAGS.RST) !== 0) return false;
  if ((cause.flags & TCP_FLAGS.ACK) !== 0) return transport.seq === cause.ack;
  return transport.seq === 0 && (transport.flags & TCP_FLAGS.ACK) !== 0 && transport.ack > cause.seq;
}

/** TEE's copy, and the looped copy of a local multicast, repeat the packet while its rule or hook runs. */
function isCopied(node: Node, copy: Packet): boolean {
  const { packet } = node.event;
  const tee = node.effect.target?.kind === 'TEE';
  if (!tee && !(node.hook === 'OUTPUT' && packet.uid !== null && packet.out === copy.out)) return false;
  return (
    packet.id === copy.id &&
    packet.protocol === copy.protocol &&
    packet.src.text === copy.src.text &&
    packet.dst.text === copy.dst.text &&
    packet.length === copy.length &&
    sportOf(packet) === sportOf(copy) &&
    dportOf(packet) === dportOf(copy)
  );
}
