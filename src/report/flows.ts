/**
 * Walks as they pass → flows: who spoke to whom, whichever way, with what NAT made of it. An answer belongs to the
 * flow whose question had its addresses the other way round at last; of an answer to a source that NAT chose, the
 * question's client shows behind the translation. Bounded: what finds no room is counted as `beyond`.
 */
import { dportOf, isReply, type Packet, sportOf, TCP_FLAGS } from '../model/packet.ts';
import { protocolName } from '../model/protocol.ts';
import { DISPOSITIONS, type Disposition, type Walk } from '../model/walk.ts';
import { counted, number } from './count.ts';
import { type Block, joined, type Line, line, span } from './outline.ts';
import { owned } from './own.ts';
import { DISPOSITION_TONE, endpoint, finalPacket } from './verdict.ts';

interface Flow {
  /** Number of the first walk. */
  n: number;
  readonly from: string;
  /** As the question was addressed, and where it came out after NAT. */
  to: string;
  readonly by: string;
  readonly host: string | null;
  readonly protocol: string;
  packets: number;
  answers: number;
  diverging: number;
  readonly ends: Map<Disposition, number>;
  /** Number of its first question that was let through; null: none was. */
  passed: number | null;
}

/** A question that was let through. */
export interface Question {
  /** Number of its walk. */
  readonly n: number;
}

/** How a walk stands to its flow. */
interface Part {
  readonly flow: Flow | null;
  readonly answers: boolean;
}

const MAX_FLOWS = 20_000;
/** Answers that are expected; beyond it only what a packet itself tells counts. */
const MAX_AWAITED = 50_000;
const SHOWN_FLOWS = 100;

export class Flows {
  beyond = 0;
  private readonly flows = new Map<string, Flow>();
  /** Addresses and ports that an answer has → its flow. */
  private readonly awaited = new Map<string, Flow>();

  add(walk: Walk): void {
    const { flow, answers } = this.place(walk);
    if (flow === null) {
      this.beyond += 1;
      return;
    }
    flow.packets += 1;
    if (walk.n < flow.n) flow.n = walk.n;
    if (answers) flow.answers += 1;
    else if (DISPOSITION_TONE[walk.disposition] === 'good' && walk.n < (flow.passed ?? Infinity)) {
      flow.passed = walk.n;
    }
    if (walk.check.status === 'diverges') flow.diverging += 1;
    flow.ends.set(walk.disposition, (flow.ends.get(walk.disposition) ?? 0) + 1);
  }

  /** Whether a walk that was added answers a flow, and a question of the flow before it that was let through. */
  questionOf(walk: Walk): { readonly answers: boolean; readonly question: Question | null } {
    const { flow, answers } = this.place(walk);
    const n = flow?.passed ?? null;
    return { answers, question: answers && n !== null && n < walk.n ? { n } : null };
  }

  all(): readonly Flow[] {
    return [...this.flows.values()].sort(
      (a, b) => b.diverging - a.diverging || trouble(b) - trouble(a) || b.packets - a.packets || a.n - b.n,
    );
  }

  private place(walk: Walk): Part {
    const { packet, host } = walk;
    const last = finalPacket(walk.steps, packet);
    const ports = dportOf(packet) !== null;
    if (ports && !opens(packet)) {
      const there = tuple(host, packet);
      const flow = this.awaited.get(tuple(host, last)) ?? this.awaited.get(there);
      if (flow !== undefined) {
        this.await(there, flow);
        return { flow, answers: true };
      }
    }
    const answers = isAnswer(packet) && !this.awaited.has(tuple(host, last, true));
    const [client, server] = answers
      ? [last.dst.text, endpoint(packet.src.text, sportOf(packet))]
      : [packet.src.text, endpoint(last.dst.text, dportOf(last))];
    const protocol = protocolOf(packet);
    const asked = answers ? server : endpoint(packet.dst.text, dportOf(packet));
    const key = `${host} ${protocol} ${client} ${server}`;
    const flow =
      this.flows.get(key) ??
      this.open(key, { n: walk.n, from: client, to: asked, by: server, host, protocol });
    if (flow !== null && !answers) {
      if (flow.packets === flow.answers) flow.to = owned(asked);
      if (ports) this.await(tuple(host, last, true), flow);
    }
    return { flow, answers };
  }

  private await(key: string, flow: Flow): void {
    if (this.awaited.size < MAX_AWAITED && !this.awaited.has(key)) this.awaited.set(owned(key), flow);
  }

  private open(
    key: string,
    start: Pick<Flow, 'n' | 'from' | 'to' | 'by' | 'host' | 'protocol'>,
  ): Flow | null {
    if (this.flows.size >= MAX_FLOWS) return null;
    const flow: Flow = {
      n: start.n,
      from: owned(start.from),
      to: owned(start.to),
      by: owned(start.by),
      host: start.host === null ? null : owned(start.host),
      protocol: start.protocol,
      packets: 0,
      answers: 0,
      diverging: 0,
      ends: new Map(),
      passed: null,
    };
    this.flows.set(owned(key), flow);
    return flow;
  }
}

/** From where to where; `back`: of the packet that answers. */
function tuple(host: string | null, packet: Packet, back = false): string {
  const from = `${packet.src.text} ${sportOf(packet)}`;
  const to = `${packet.dst.text} ${dportOf(packet)}`;
  return `${host} ${packet.protocol} ${back ? to : from} ${back ? from : to}`;
}

/** A SYN alone asks, whatever stood between these ports before. */
function opens({ transport }: Packet): boolean {
  return transport.kind === 'tcp' && (transport.flags & (TCP_FLAGS.SYN | TCP_FLAGS.ACK)) === TCP_FLAGS.SYN;
}

/** As far as the packet itself tells: by its flags, its ports, or as an echo reply. */
function isAnswer(packet: Packet): boolean {
  const { transport, family } = packet;
  if (transport.kind !== 'icmp') return isReply(packet);
  return transport.type === (family === 'ipv4' ? 0 : 129);
}

const ERROR = ' error';

/** An ICMP error asks for no answer: it is a flow of another kind than pings. */
function protocolOf({ protocol, transport }: Packet): string {
  if (protocol === null) return '';
  const error = transport.kind === 'icmp' && transport.quoted !== null;
  return error ? protocolName(protocol) + ERROR : protocolName(protocol);
}

function trouble({ ends }: Flow): number {
  return [...ends].reduce((sum, [end, count]) => (DISPOSITION_TONE[end] === 'good' ? sum : sum + count), 0);
}

/** The flows table: those in trouble first, then the busiest. */
export function flowBlocks(flows: Flows): readonly Block[] {
  const all = flows.all();
  if (all.length === 0) return [];
  const hosts = new Set(all.map(({ host }) => host)).size > 1;
  const shown = all.slice(0, SHOWN_FLOWS);
  const more = all.length - shown.length;
  const rest = [
    ...(more > 0 ? [`and ${counted(more, 'more flow')}`] : []),
    ...(flows.beyond > 0 ? [`${counted(flows.beyond, 'packet')} of flows beyond those that are kept`] : []),
  ];
  return [
    { kind: 'heading', text: line('Flows'), id: 'flows' },
    {
      kind: 'table',
      head: [
        'packets',
        'answers',
        ...(hosts ? ['host'] : []),
        'protocol',
        'from',
        'to',
        'reached',
        'how they ended',
      ],
      align: [
        'right',
        'right',
        ...(hosts ? (['left'] as const) : []),
        'left',
        'left',
        'left',
        'left',
        'left',
      ],
      rows: shown.map((flow): readonly Line[] => [
        line(number(flow.packets)),
        flow.protocol.endsWith(ERROR) ? [span('muted', '–')] : line(number(flow.answers)),
        ...(hosts ? [line(flow.host ?? '')] : []),
        line(flow.protocol),
        line(flow.from),
        line(flow.to),
        line(flow.by === flow.to ? 'the same' : flow.by),
        line(endsOf(flow), '; first ', { ...span('plain', `#${flow.n}`), walk: flow.n }),
      ]),
    },
    ...rest.map((text): Block => ({ kind: 'paragraph', text: [span('muted', text)] })),
  ];
}

function endsOf({ ends, packets, diverging }: Flow): Line {
  const parts = DISPOSITIONS.flatMap((end) => {
    const count = ends.get(end) ?? 0;
    if (count === 0) return [];
    return [line(count === packets ? '' : `${number(count)} `, span(DISPOSITION_TONE[end], end))];
  });
  const wrong =
    diverging === 0
      ? []
      : [line(span('bad', diverging === packets ? 'diverging' : `${number(diverging)} diverging`))];
  return joined([...wrong, ...parts], ', ');
}
