/** What the packet has where a condition looks, in words: the value beside yes, no or unknown. */
import type { Match, MatchKind, TcpMatch } from '../model/match.ts';
import { tcpFlagNames } from '../model/packet.ts';
import { icmpName } from '../model/protocol.ts';
import { exact } from './bits.ts';
import type { Run } from './run.ts';
import { hasPorts, ICMP_PROTOCOL, type Skb } from './skb.ts';
import type { Tuple } from './tuple.ts';

const UNKNOWN = 'unknown';

function shown(value: string | number | undefined | null): string {
  return value === undefined || value === null || value === '' ? UNKNOWN : String(value);
}

const PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'icmp',
  2: 'igmp',
  4: 'ipip',
  6: 'tcp',
  17: 'udp',
  41: 'ipv6',
  47: 'gre',
  50: 'esp',
  51: 'ah',
  58: 'icmpv6',
  89: 'ospf',
  132: 'sctp',
  136: 'udplite',
};

function protocolName(protocol: number | undefined): string {
  return protocol === undefined ? UNKNOWN : (PROTOCOLS[protocol] ?? String(protocol));
}

interface Sides {
  readonly source: boolean;
  readonly destination: boolean;
}

/** The sides that a condition asks for; both if it names none. */
function sidesOf(source: unknown, destination: unknown): Sides {
  const none = source === null && destination === null;
  return { source: none || source !== null, destination: none || destination !== null };
}

function portsText({ sport, dport, fragmentOffset }: Skb, { source, destination }: Sides): string {
  if (fragmentOffset > 0) return 'a later fragment has no ports';
  return [
    ...(source ? [`source port ${shown(sport)}`] : []),
    ...(destination ? [`destination port ${shown(dport)}`] : []),
  ].join(', ');
}

function addressesText({ src, dst }: Skb, { source, destination }: Sides): string {
  return [...(source ? [shown(src?.text)] : []), ...(destination ? [shown(dst?.text)] : [])].join(' to ');
}

function hexText(value: number | undefined): string {
  return value === undefined ? UNKNOWN : `0x${value.toString(16)}`;
}

function stateText({ skb }: Run): string {
  const { ct } = skb;
  switch (ct.kind) {
    case 'unset':
    case 'attached':
    case 'invalid':
      return 'INVALID';
    case 'untracked':
      return 'UNTRACKED';
    case 'tracked': {
      const { snat, dnat, original } = ct.tracked.connection;
      const nat = `${snat ? ',SNAT' : ''}${dnat ? ',DNAT' : ''}`;
      const ends = `${shown(original.src?.text)} to ${shown(original.dst?.text)}`;
      return `${ct.info}${nat}, ${ct.direction.toUpperCase()} of ${ends}${detailText(original)}`;
    }
  }
}

/** Ports, or the ICMP type and id that stand in their place. */
function detailText({ family, protocol, sport, dport }: Tuple): string {
  if (hasPorts(protocol)) return sport === undefined ? '' : ` from port ${sport} to ${shown(dport)}`;
  if (protocol !== ICMP_PROTOCOL[family] || dport === undefined) return '';
  const id = sport === undefined ? '' : ` id ${sport}`;
  return `, ${PROTOCOLS[protocol]} ${icmpName(family, dport >> 8, dport & 0xff)}${id}`;
}

function tcpText(skb: Skb, { sport, dport, flags }: TcpMatch): string {
  if (flags === null) return portsText(skb, sidesOf(sport, dport));
  const names = skb.flags === undefined ? UNKNOWN : tcpFlagNames(skb.flags).join() || 'NONE';
  const ports = sport === null && dport === null ? '' : `${portsText(skb, sidesOf(sport, dport))}, `;
  return `${ports}flags ${names}`;
}

/** What a condition asks of addresses. */
function asked(match: Match): Sides {
  switch (match.kind) {
    case 'addrtype':
    case 'iprange':
      return sidesOf(match.src, match.dst);
    case 'udp':
    case 'sctp':
      return sidesOf(match.sport, match.dport);
    case 'multiport':
      return { source: match.side !== 'destination', destination: match.side !== 'source' };
    default:
      return { source: true, destination: true };
  }
}

function elementText({ skb }: Run, directions: readonly string[]): string {
  const sides = new Set(directions);
  const parts = [...sides].map((side) =>
    side === 'src'
      ? `${shown(skb.src?.text)}:${shown(skb.sport)}`
      : `${shown(skb.dst?.text)}:${shown(skb.dport)}`,
  );
  const addresses = directions.map((side) => shown(side === 'src' ? skb.src?.text : skb.dst?.text));
  return directions.length > 1 ? parts.join(' ') : addresses.join();
}

type Reader = (run: Run, match: Match) => string;
const nothing: Reader = () => '';

const READERS = {
  source: ({ skb }) => shown(skb.src?.text),
  destination: ({ skb }) => shown(skb.dst?.text),
  'in-interface': ({ skb }) => skb.in || 'none',
  'out-interface': ({ skb }) => (skb.out === '' ? 'none' : shown(skb.out)),
  protocol: ({ skb }) => protocolName(skb.protocol),
  fragment: ({ skb }) => (skb.fragmentOffset > 0 ? `offset ${skb.fragmentOffset}` : 'no later fragment'),
  comment: nothing,
  tcp: ({ skb }, match) => (match.kind === 'tcp' ? tcpText(skb, match) : ''),
  udp: ({ skb }, match) => portsText(skb, asked(match)),
  sctp: ({ skb }, match) => portsText(skb, asked(match)),
  icmp: ({ skb }) => `type ${shown(skb.icmpType)} code ${shown(skb.icmpCode)}`,
  multiport: ({ skb }, match) => portsText(skb, asked(match)),
  conntrack: stateText,
  mark: ({ skb }) => hexText(exact(skb.mark)),
  connmark: ({ skb }) =>
    skb.ct.kind === 'tracked' ? hexText(exact(skb.ct.tracked.connection.mark)) : 'no connection',
  addrtype: ({ skb }, match) => addressesText(skb, asked(match)),
  set: (run, match) => (match.kind === 'set' ? elementText(run, match.directions) : ''),
  'statistic-random': nothing,
  'statistic-nth': nothing,
  recent: ({ skb }, match) =>
    match.kind === 'recent' && match.side === 'destination' ? shown(skb.dst?.text) : shown(skb.src?.text),
  owner: ({ skb }) =>
    skb.socket === 'none'
      ? 'no socket'
      : skb.socket === 'own'
        ? `uid ${shown(skb.uid)} gid ${shown(skb.gid)}`
        : skb.socket === 'kernel'
          ? "the kernel's own socket"
          : UNKNOWN,
  socket: () => UNKNOWN,
  rpfilter: ({ skb }) => `${shown(skb.src?.text)} by ${shown(skb.in)}`,
  physdev: ({ skb }) => `in ${skb.physIn ?? 'none'} out ${skb.physOut ?? 'none'}`,
  limit: nothing,
  hashlimit: nothing,
  connlimit: nothing,
  u32: () => 'bytes of the packet',
  bpf: () => 'bytes of the packet',
  policy: () => UNKNOWN,
  nfacct: nothing,
  mac: ({ skb }) => shown(skb.mac),
  pkttype: ({ skb }) => skb.packetType,
  iprange: ({ skb }, match) => addressesText(skb, asked(match)),
  helper: () => 'no helper',
  dscp: ({ skb }) => {
    const tos = exact(skb.tos, 0xfc);
    return tos === undefined ? UNKNOWN : hexText(tos >> 2);
  },
  tos: ({ skb }) => hexText(exact(skb.tos, 0xff)),
  ttl: ({ skb }) => shown(skb.ttl),
  length: ({ skb }) => shown(skb.length),
  string: () => 'payload, which no line shows',
  time: ({ skb }) => (skb.spec.time === undefined ? UNKNOWN : new Date(skb.spec.time).toISOString()),
  connbytes: ({ skb }) => {
    if (skb.ct.kind !== 'tracked') return 'no connection';
    const { packets } = skb.ct.tracked.connection;
    return packets === null ? UNKNOWN : `${packets.original} packets, ${packets.reply} back`;
  },
  tcpmss: ({ skb }) => (skb.tcpOptions === undefined ? UNKNOWN : `options ${skb.tcpOptions || 'none'}`),
  'extension-header': ({ skb }) => (skb.extensions ? 'extension headers' : protocolName(skb.protocol)),
  unknown: () => UNKNOWN,
} satisfies Record<MatchKind, Reader>;

export function packetValue(match: Match, run: Run): string {
  return READERS[match.kind](run, match);
}
