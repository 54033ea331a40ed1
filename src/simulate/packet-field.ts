/**
 * The fields of a packet as people write them → values of a packet spec. A value that cannot be read is
 * undefined; each field says in words what it wants. The names are those of docs/simulate.md; `walk.packet` of
 * ndjson has them too.
 */
import type { Family } from '../model/address.ts';
import type { PacketSpec, PacketType, QuotedPacket } from '../model/packet-spec.ts';
import { portNumber } from '../model/services.ts';
import {
  addressOf,
  booleanOf,
  flagsOf,
  HEX,
  LINK_HEADER,
  MAC,
  NAME,
  numberOf,
  protocolOf,
  type Value,
} from './packet-read.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Draft = Mutable<Partial<PacketSpec>>;

interface Field {
  /** What a value has to be: `a port, 0 to 65535`. */
  readonly wants: string;
  /** @returns false if the value cannot be read */
  readonly set: (spec: Draft, value: Value) => boolean;
}

/** A field that is not known, or whose value is not what it wants (`wants` null: the field is not known). */
export interface Refusal {
  readonly field: string;
  readonly wants: string | null;
  /** A known field that was probably meant; '' if none comes near. */
  readonly near: string;
}

function typeOfLink(macTo: string): PacketType {
  if (macTo.toLowerCase() === 'ff:ff:ff:ff:ff:ff') return 'broadcast';
  return (Number.parseInt(macTo.slice(0, 2), 16) & 1) === 1 ? 'multicast' : 'unicast';
}

/** A source address, or a whole Ethernet header as TRACE prints it. */
function setMac(spec: Draft, value: Value): boolean {
  const header = LINK_HEADER(value);
  const mac = header === undefined ? MAC(value) : header.slice(18, 35);
  if (mac === undefined) return false;
  spec.mac = mac.toLowerCase();
  if (header === undefined) return true;
  spec.macTo = header.slice(0, 17).toLowerCase();
  spec.packetType = typeOfLink(spec.macTo);
  return true;
}

/** Offset in bytes, with `+` behind it if further fragments follow; also as `{"offset":1480,"more":true}`. */
function setFragment(spec: Draft, value: Value): boolean {
  if (typeof value === 'object' && value !== null && 'offset' in value) {
    return setFragment(spec, value.offset) && setMore(spec, 'more' in value ? value.more : false);
  }
  const [, offset, more] = /^(\d{1,5})(\+?)$/.exec(String(value)) ?? [];
  if (offset === undefined) return false;
  const follows = more === '+' || spec.fragment?.more === true;
  spec.fragment = follows || Number(offset) > 0 ? { offset: Number(offset), more: follows } : undefined;
  return true;
}

function setMore(spec: Draft, value: Value): boolean {
  const more = booleanOf(value);
  if (more === undefined) return false;
  const offset = spec.fragment?.offset ?? 0;
  spec.fragment = more || offset > 0 ? { offset, more } : undefined;
  return true;
}

function quotedOf(value: Value): QuotedPacket | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  let sound = true;
  const { packet } = readFields(Object.entries(value), () => {
    sound = false;
  });
  if (!sound || packet?.src === undefined || packet.dst === undefined || packet.protocol === undefined)
    return undefined;
  return { ...packet, src: packet.src, dst: packet.dst, protocol: packet.protocol };
}

function field<K extends keyof PacketSpec>(
  key: K,
  read: (value: Value) => PacketSpec[K] | undefined,
  wants: string,
): Field {
  return {
    wants,
    set: (spec, value) => {
      const found = read(value);
      if (found === undefined) return false;
      spec[key] = found;
      return true;
    },
  };
}

/** A number up to `max`. */
function upTo(max: number): (value: Value) => number | undefined {
  return (value) => numberOf(value, max);
}

const BYTE = upTo(0xff);
/** A number, or the name of a service. */
const PORT = (value: Value): number | undefined =>
  numberOf(value, 0xffff) ??
  (typeof value === 'string' ? (portNumber(value.trim()) ?? undefined) : undefined);
const HALF = upTo(0xffff);
const WORD = upTo(0xffffffff);
const A_NAME = 'the name of an interface';
const A_BYTE = 'a number from 0 to 255';
const A_PORT = 'a port: a number from 0 to 65535, or the name of a service';
const A_HALF = 'a number from 0 to 65535';
const A_WORD = 'a number from 0 to 4294967295';
const AN_ADDRESS = 'an IPv4 or IPv6 address';
const A_PROTOCOL = 'tcp, udp, icmp, icmpv6 or another protocol, or its number';
const A_MAC = 'a link address, as ee:ee:ee:ee:ee:ee';
const BYTES = 'bytes in hexadecimal digits';
const YES_OR_NO = 'true or false';

const FIELDS: Readonly<Record<string, Field>> = {
  in: field('in', NAME, A_NAME),
  out: field('out', NAME, A_NAME),
  physIn: field('physIn', NAME, A_NAME),
  src: field('src', addressOf, AN_ADDRESS),
  dst: field('dst', addressOf, AN_ADDRESS),
  protocol: field('protocol', protocolOf, A_PROTOCOL),
  proto: field('protocol', protocolOf, A_PROTOCOL),
  sport: field('sport', PORT, A_PORT),
  dport: field('dport', PORT, A_PORT),
  flags: field('flags', flagsOf, 'flags as syn,ack, from FIN SYN RST PSH ACK URG ECE CWR AE'),
  seq: field('seq', WORD, A_WORD),
  ack: field('ack', WORD, A_WORD),
  window: field('window', HALF, A_HALF),
  tcpOptions: field('tcpOptions', HEX, BYTES),
  icmpType: field('icmpType', BYTE, A_BYTE),
  icmpCode: field('icmpCode', BYTE, A_BYTE),
  icmpId: field('icmpId', HALF, A_HALF),
  icmpSeq: field('icmpSeq', HALF, A_HALF),
  quoted: field('quoted', quotedOf, 'a packet with src, dst and protocol'),
  udpLength: field('udpLength', HALF, A_HALF),
  spi: field('spi', WORD, A_WORD),
  ttl: field('ttl', BYTE, A_BYTE),
  tos: field('tos', BYTE, A_BYTE),
  length: field('length', WORD, A_WORD),
  id: field('id', HALF, A_HALF),
  df: field('df', booleanOf, YES_OR_NO),
  mf: { set: setMore, wants: YES_OR_NO },
  fragment: { set: setFragment, wants: 'an offset in bytes, with + if fragments follow, as 1480 or 0+' },
  flowLabel: field('flowLabel', upTo(0xfffff), 'a number from 0 to 1048575'),
  mark: field('mark', WORD, 'a number, as 16384 or 0x4000'),
  mac: { set: setMac, wants: A_MAC },
  macTo: field('macTo', MAC, A_MAC),
  packetType: field(
    'packetType',
    (value) => (value === 'unicast' || value === 'broadcast' || value === 'multicast' ? value : undefined),
    'unicast, broadcast or multicast',
  ),
  uid: field('uid', WORD, A_WORD),
  gid: field('gid', WORD, A_WORD),
  socket: field('socket', booleanOf, YES_OR_NO),
};

/** What else people call a field; in lower case. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  spt: 'sport',
  srcport: 'sport',
  dpt: 'dport',
  dstport: 'dport',
  port: 'dport',
  source: 'src',
  saddr: 'src',
  destination: 'dst',
  daddr: 'dst',
  iif: 'in',
  iface: 'in',
  interface: 'in',
  oif: 'out',
  len: 'length',
  hoplimit: 'ttl',
  prec: 'tos',
  dscp: 'tos',
  type: 'icmpType',
  code: 'icmpCode',
  tcpflags: 'flags',
  state: 'flags',
};

/** A known field by another spelling: `icmp_type`, `DPT`. */
function nearest(name: string): string {
  const plain = name.toLowerCase().replace(/[^a-z]/g, '');
  const same = Object.keys(FIELDS).find((known) => known.toLowerCase() === plain);
  return same ?? (Object.hasOwn(OTHER_WORDS, plain) ? (OTHER_WORDS[plain] ?? '') : '');
}

function familyOf({ src, dst, protocol }: Draft): Family | null {
  if (src !== undefined && dst !== undefined && src.family !== dst.family) return null;
  return src?.family ?? dst?.family ?? (protocol === 58 ? 'ipv6' : protocol === undefined ? null : 'ipv4');
}

/** Why fields make no packet. */
export const NO_FAMILY = 'src and dst are of different families, or neither is there';

/**
 * Fields → a packet (null: they make none, NO_FAMILY says why) and the number that it brought.
 * @param refuse called with each field that is passed over
 */
export function readFields(
  entries: readonly (readonly [string, Value])[],
  refuse: (refusal: Refusal) => void,
): { readonly packet: PacketSpec | null; readonly n: number | null } {
  const spec: Draft = {};
  let n: number | null = null;
  for (const [key, value] of entries) {
    if (key === 'n') {
      n = numberOf(value, Number.MAX_SAFE_INTEGER) ?? null;
      if (n === null) refuse({ field: key, wants: 'a number from 0 on', near: '' });
      continue;
    }
    const known = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined;
    if (known === undefined) refuse({ field: key, wants: null, near: nearest(key) });
    // A field that is explicitly null is one that is left out.
    else if (value !== null && !known.set(spec, value)) refuse({ field: key, wants: known.wants, near: '' });
  }
  const family = familyOf(spec);
  return { packet: family === null ? null : { ...spec, family, in: spec.in ?? null }, n };
}
