/**
 * Packets as they come → the conversation that each belongs to: who asked whom for what, before any translation.
 * An answer is found by the addresses and ports that its question had at last, so that what NAT made of them
 * makes no flow of its own. Bounded: what is forgotten becomes a conversation by its own addresses.
 */
import type { FlowName } from '../model/difference.ts';
import { dportOf, type Header, isReply, type Packet, sportOf, TCP_FLAGS } from '../model/packet.ts';
import { icmpName, protocolName } from '../model/protocol.ts';
import type { Walk } from '../model/walk.ts';
import { owned } from './own.ts';

/** Questions that are remembered; then it begins anew. */
const MOST_KEPT = 100_000;

export interface Placed {
  readonly flow: FlowName;
  /** What kind of packet of the conversation: `TCP SYN`, `UDP answer`. */
  readonly kind: string;
  readonly answer: boolean;
  /** Names the one connection of the flow: by the port that the client chose. */
  readonly connection: string;
}

export class Conversations {
  /** Where an answer comes from and goes to → the question's flow. */
  readonly #asked = new Map<string, FlowName>();
  readonly #seen = new Set<string>();

  place({ host, packet, steps }: Walk): Placed {
    const last = steps.at(-1)?.event.packet ?? packet;
    const answer = isAnswer(packet);
    const quoted = packet.transport.kind === 'icmp' ? packet.transport.quoted : null;
    const flow = answer
      ? (this.#questionOf(packet, host) ?? this.#named(host, packet, true))
      : quoted !== null
        ? (this.#about(quoted, host) ?? this.#named(host, packet, false))
        : this.#ask(host, packet, last);
    return {
      flow,
      kind: this.#kindOf(host, packet, answer),
      answer,
      connection: `${flow.host} ${flow.protocol} ${flow.client} ${flow.server} ${flow.port} ${chosenOf(packet, answer)}`,
    };
  }

  #named(host: string | null, packet: Header, answer: boolean): FlowName {
    const { family, protocol } = packet;
    const [client, server] = answer ? [packet.dst, packet.src] : [packet.src, packet.dst];
    return {
      host: host === null ? null : owned(host),
      family,
      protocol,
      client: owned(client.text),
      server: owned(server.text),
      port: answer ? sportOf(packet) : dportOf(packet),
    };
  }

  #ask(host: string | null, packet: Packet, last: Packet): FlowName {
    const flow = this.#named(host, packet, false);
    if (this.#asked.size >= MOST_KEPT) this.#asked.clear();
    for (const key of [answerKey(host, last, false), translatedKey(host, last, false)]) {
      if (key !== null) this.#asked.set(key, flow);
    }
    return flow;
  }

  #questionOf(packet: Packet, host: string | null): FlowName | null {
    const exact = this.#asked.get(answerKey(host, packet, true));
    if (exact !== undefined) return exact;
    const translated = translatedKey(host, packet, true);
    return translated === null ? null : (this.#asked.get(translated) ?? null);
  }

  /** The conversation of the packet that an ICMP error quotes: as it was sent on, or an answer of it. */
  #about(quoted: Header, host: string | null): FlowName | null {
    const key = answerKey(host, quoted, false);
    const back = answerKey(host, quoted, true);
    return this.#asked.get(key) ?? this.#asked.get(back) ?? null;
  }

  #kindOf(host: string | null, packet: Packet, answer: boolean): string {
    const { transport, protocol, family } = packet;
    const name = protocol === null ? 'packet' : protocolName(protocol);
    if (packet.fragmentOffset > 0) return `${name} later fragment`;
    if (transport.kind === 'tcp') return `${name} ${tcpKind(transport.flags)}${answer ? ' (answer)' : ''}`;
    if (transport.kind === 'icmp' && transport.quoted !== null) {
      return `${name} ${icmpName(family, transport.type, transport.code)}`;
    }
    const key = `${host} ${packet.src.text} ${packet.dst.text} ${protocol} ${tellingOf(packet)}`;
    const later = this.#seen.has(key);
    if (!later) {
      if (this.#seen.size >= MOST_KEPT) this.#seen.clear();
      this.#seen.add(owned(key));
    }
    const what =
      transport.kind === 'icmp'
        ? `${name} ${icmpName(family, transport.type, transport.code)}`
        : `${name}${answer ? ' answer' : ''}`;
    return later ? `${what}, later ones` : what;
  }
}

/** The client's port, or an echo's id. */
function chosenOf(packet: Packet, answer: boolean): number | null {
  const { transport } = packet;
  return transport.kind === 'icmp' ? transport.id : answer ? dportOf(packet) : sportOf(packet);
}

/** What tells the conversations between two addresses apart. */
function tellingOf(packet: Packet): string {
  const { transport } = packet;
  if (transport.kind === 'icmp') return `${transport.type} ${transport.id}`;
  return `${sportOf(packet)} ${dportOf(packet)}`;
}

function tcpKind(flags: number): string {
  if ((flags & TCP_FLAGS.RST) !== 0) return 'RST';
  if ((flags & TCP_FLAGS.SYN) !== 0) return (flags & TCP_FLAGS.ACK) === 0 ? 'SYN' : 'SYN,ACK';
  return 'data and ACK';
}

/** Client, server and its port, as the answer has them, from the question as it was sent on, or the answer. */
function answerKey(host: string | null, packet: Header, answer: boolean): string {
  const [client, server] = answer ? [packet.dst, packet.src] : [packet.src, packet.dst];
  const port = answer ? sportOf(packet) : dportOf(packet);
  return `${host} ${packet.protocol} ${client.text} ${server.text} ${port}`;
}

/** The same where the client's address was translated behind the last line: its port most often stays. */
function translatedKey(host: string | null, packet: Header, answer: boolean): string | null {
  const [client, port] = answer ? [dportOf(packet), sportOf(packet)] : [sportOf(packet), dportOf(packet)];
  if (client === null) {
    const { transport } = packet;
    if (transport.kind !== 'icmp' || transport.id === null) return null;
    return `${host} ${packet.protocol} ${(answer ? packet.src : packet.dst).text} id ${transport.id}`;
  }
  return `${host} ${packet.protocol} ${(answer ? packet.src : packet.dst).text} ${port} from ${client}`;
}

/** ICMP: an echo reply or its like; else by flags and ports. */
export function isAnswer(packet: Packet): boolean {
  const { transport, family } = packet;
  if (transport.kind !== 'icmp') return isReply(packet);
  return family === 'ipv4' ? transport.type === 0 || transport.type === 14 : transport.type === 129;
}
