/**
 * One line of packets.jsonl: a packet that the lab sends, with every field that is put on the wire.
 * The form is the machine contract's; `n` is the packet's place in the file.
 */
export type FlagName = 'FIN' | 'SYN' | 'RST' | 'PSH' | 'ACK' | 'URG' | 'ECE' | 'CWR';

export interface PacketLine {
  readonly n: number;
  /** Device by which it arrives; absent: made on the router. */
  readonly in?: string;
  readonly src: string;
  readonly dst: string;
  readonly protocol: string | number;
  readonly ttl: number;
  /** The whole TOS or traffic class byte. */
  readonly tos: number;
  /** IPv4 identification; packets of one case have different ones, fragments of one datagram the same. */
  readonly id?: number;
  readonly flowLabel?: number;
  readonly df?: boolean;
  /** IP length in bytes. */
  readonly length: number;
  readonly mark?: number;
  /** Source address on the link. */
  readonly mac?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly sport?: number;
  readonly dport?: number;
  readonly flags?: readonly FlagName[];
  readonly seq?: number;
  readonly ack?: number;
  readonly window?: number;
  /** Hex digits. */
  readonly tcpOptions?: string;
  readonly icmpType?: number;
  readonly icmpCode?: number;
  readonly icmpId?: number;
  readonly icmpSeq?: number;
  /** Offset in bytes, and whether more fragments follow. */
  readonly fragment?: { readonly offset: number; readonly more: boolean };
  /** The packet that an ICMP error quotes. */
  readonly quoted?: Quoted;
}

export interface Quoted {
  readonly src: string;
  readonly dst: string;
  readonly protocol: string | number;
  readonly ttl: number;
  readonly tos: number;
  readonly id?: number;
  readonly flowLabel?: number;
  readonly length: number;
  readonly sport?: number;
  readonly dport?: number;
  readonly seq?: number;
  readonly icmpType?: number;
  readonly icmpCode?: number;
  readonly icmpId?: number;
  readonly icmpSeq?: number;
}

const NUMBERS: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  ipencap: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  gre: 47,
  esp: 50,
  ah: 51,
  icmpv6: 58,
  'ipv6-icmp': 58,
  ospf: 89,
  sctp: 132,
  udplite: 136,
};

/** IP protocol number of a name or number. @throws Error if the lab does not know the name. */
export function protocolNumber(protocol: string | number): number {
  const number = typeof protocol === 'number' ? protocol : NUMBERS[protocol.toLowerCase()];
  if (number === undefined) throw new Error(`protocol ${protocol}?`);
  return number;
}

export function familyOf(packet: { readonly src: string }): 4 | 6 {
  return packet.src.includes(':') ? 6 : 4;
}
