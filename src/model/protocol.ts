/**
 * Protocol numbers, ICMP types and codes → the names that iptables and the kernel use. Pure tables; what
 * has no name keeps its number.
 */
import type { Family } from './address.ts';
import { PROTOCOL_NUMBERS } from './packet.ts';

const KERNEL_NAMES = new Map(Object.entries(PROTOCOL_NUMBERS).map(([name, number]) => [number, name]));

/** Names from IANA for protocols that the kernel prints as numbers. */
const OTHER_NAMES: Readonly<Record<number, string>> = {
  2: 'IGMP',
  4: 'IPIP',
  41: 'IPv6-in-IP',
  47: 'GRE',
  89: 'OSPF',
  103: 'PIM',
  112: 'VRRP',
  132: 'SCTP',
};

/** For machines: the kernel's name in lower case (`tcp`, `icmpv6`), else the number. */
export function protocolKey(number: number): string | number {
  return KERNEL_NAMES.get(number)?.toLowerCase() ?? number;
}

/** For people: `TCP`, `GRE`, `protocol 253`. */
export function protocolName(number: number): string {
  return KERNEL_NAMES.get(number) ?? OTHER_NAMES[number] ?? `protocol ${number}`;
}

/** The number of a protocol by any of these names, in any case, or by its number; null if it is none. */
export function protocolNumber(text: string): number | null {
  if (/^\d{1,3}$/.test(text)) return Number(text) < 256 ? Number(text) : null;
  const wanted = text.toLowerCase();
  if (wanted === 'ipv6-icmp' || wanted === 'icmp6') return 58;
  for (const [number, name] of KERNEL_NAMES) if (name.toLowerCase() === wanted) return number;
  for (const [number, name] of Object.entries(OTHER_NAMES)) {
    if (name.toLowerCase() === wanted) return Number(number);
  }
  return null;
}

const ICMP_TYPES: Readonly<Record<Family, Readonly<Record<number, string>>>> = {
  ipv4: {
    0: 'echo-reply',
    3: 'destination-unreachable',
    4: 'source-quench',
    5: 'redirect',
    8: 'echo-request',
    9: 'router-advertisement',
    10: 'router-solicitation',
    11: 'time-exceeded',
    12: 'parameter-problem',
    13: 'timestamp-request',
    14: 'timestamp-reply',
    17: 'address-mask-request',
    18: 'address-mask-reply',
  },
  ipv6: {
    1: 'destination-unreachable',
    2: 'packet-too-big',
    3: 'time-exceeded',
    4: 'parameter-problem',
    128: 'echo-request',
    129: 'echo-reply',
    130: 'mld-query',
    131: 'mld-report',
    132: 'mld-done',
    133: 'router-solicitation',
    134: 'router-advertisement',
    135: 'neighbour-solicitation',
    136: 'neighbour-advertisement',
    137: 'redirect',
    143: 'mldv2-report',
  },
};

/** Codes whose own name says more than the type's: `type/code`. */
const ICMP_CODES: Readonly<Record<Family, Readonly<Record<string, string>>>> = {
  ipv4: {
    '3/0': 'network-unreachable',
    '3/1': 'host-unreachable',
    '3/2': 'protocol-unreachable',
    '3/3': 'port-unreachable',
    '3/4': 'fragmentation-needed',
    '3/5': 'source-route-failed',
    '3/6': 'network-unknown',
    '3/7': 'host-unknown',
    '3/9': 'network-prohibited',
    '3/10': 'host-prohibited',
    '3/13': 'communication-prohibited',
    '5/0': 'network-redirect',
    '5/1': 'host-redirect',
    '11/0': 'ttl-zero-during-transit',
    '11/1': 'ttl-zero-during-reassembly',
  },
  ipv6: {
    '1/0': 'no-route',
    '1/1': 'communication-prohibited',
    '1/2': 'beyond-scope',
    '1/3': 'address-unreachable',
    '1/4': 'port-unreachable',
    '1/5': 'failed-policy',
    '1/6': 'reject-route',
    '3/0': 'ttl-zero-during-transit',
    '3/1': 'ttl-zero-during-reassembly',
  },
};

/** `echo-request`, `port-unreachable`, `type 3 code 99`. */
export function icmpName(family: Family, type: number, code: number): string {
  const exact = ICMP_CODES[family][`${type}/${code}`];
  if (exact !== undefined) return exact;
  const name = ICMP_TYPES[family][type];
  if (name === undefined) return code === 0 ? `type ${type}` : `type ${type} code ${code}`;
  return code === 0 ? name : `${name} code ${code}`;
}
