/**
 * Walks as they pass → flows: who spoke to whom, whichever way, with what NAT made of it. An answer is
 * found by the addresses that its question had at last. Bounded: what finds no room is counted as `beyond`.
 */
import { dportOf, isReply, type Packet, sportOf } from '../model/packet.ts';
import { protocolName } from '../model/protocol.ts';
import { DISPOSITIONS, type Disposition, type Walk } from '../model/walk.ts';
import { counted, number } from './count.ts';
import { type Block, joined, type Line, line, span } from './outline.ts';
import { owned } from './own.ts';
import { DISPOSITION_TONE, endpoint, finalPacket } from './verdict.ts';

interface Flow {
  readonly n: number;
  readonly from: string;
  /** As the question was addressed, and where it came out after NAT. */
  readonly to: string;
  readonly by: string;
  readonly host: string | null;
  readonly protocol: string;
  packets: number;
  answers: number;
  diverging: number;
  readonly ends: Map<Disposition, number>;
}

const MAX_FLOWS = 20_000;
const SHOWN_FLOWS = 100;

export class Flows {
  beyond = 0;
  private readonly flows = new Map<string, Flow>();

  add(walk: Walk): void {
    const { packet, host } = walk;
    const last = finalPacket(walk.steps, packet);
    const answers = isAnswer(packet);
    const [client, server] = answers
      ? [packet.dst.text, endpoint(packet.src.text, sportOf(packet))]
      : [packet.src.text, endpoint(last.dst.text, dportOf(last))];
    const protocol = packet.protocol === null ? '' : protocolName(packet.protocol);
    const asked = answers ? server : endpoint(packet.dst.text, dportOf(packet));
    const key = `${host} ${protocol} ${client} ${server}`;
    const flow =
      this.flows.get(key) ??
      this.open(key, { n: walk.n, from: client, to: asked, by: server, host, protocol });
    if (flow === null) {
      this.beyond += 1;
      return;
    }
    flow.packets += 1;
    if (answers) flow.answers += 1;
    if (walk.check.status === 'diverges') flow.diverging += 1;
    flow.ends.set(walk.disposition, (flow.ends.get(walk.disposition) ?? 0) + 1);
  }

  all(): readonly Flow[] {
    return [...this.flows.values()].sort(
      (a, b) => b.diverging - a.diverging || trouble(b) - trouble(a) || b.packets - a.packets || a.n - b.n,
    );
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
    };
    this.flows.set(owned(key), flow);
    return flow;
  }
}

/** ICMP: an echo reply, or an error about a packet. */
function isAnswer(packet: Packet): boolean {
  const { transport, family } = packet;
  if (transport.kind !== 'icmp') return isReply(packet);
  return transport.type === (family === 'ipv4' ? 0 : 129);
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
        line(number(flow.answers)),
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
