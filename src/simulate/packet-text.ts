/**
 * Packets as a person writes them, one JSON object a line (`packets.jsonl`) or `key=value …` (`--packet`) →
 * packet specs. What is left out is unknown, except where DESIGN §4 says otherwise (mark 0, no fragment). A
 * field that is not known, or whose value cannot be read, is passed over with a diagnostic; a line that is
 * no packet is one.
 */
import { type Address, type Family, parseAddress } from '../model/address.ts';
import { type Diagnostic, diagnostic } from '../model/diagnostic.ts';
import { TCP_FLAGS, type TcpFlag } from '../model/packet.ts';
import type { PacketSpec, QuotedPacket } from '../model/packet-spec.ts';

/** A packet and the number that it brought; null: none. */
export interface NumberedPacket {
  readonly n: number | null;
  readonly packet: PacketSpec;
}

const PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  ipip: 4,
  ipencap: 4,
  tcp: 6,
  udp: 17,
  dccp: 33,
  ipv6: 41,
  gre: 47,
  esp: 50,
  ah: 51,
  icmpv6: 58,
  'ipv6-icmp': 58,
  icmp6: 58,
  ospf: 89,
  pim: 103,
  vrrp: 112,
  sctp: 132,
  udplite: 136,
};

type Value = unknown;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function numberOf(value: Value, max = 0xffffffff): number | undefined {
  const number =
    typeof value === 'string' && /^(?:\d+|0x[0-9a-f]+)$/i.test(value.trim()) ? Number(value.trim()) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= max
    ? number
    : undefined;
}

function booleanOf(value: Value): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === '1' || value === 'yes' || value === '') return true;
  return value === 'false' || value === '0' || value === 'no' ? false : undefined;
}

function addressOf(value: Value): Address | undefined {
  return typeof value === 'string' ? (parseAddress(value.trim()) ?? undefined) : undefined;
}

function protocolOf(value: Value): number | undefined {
  const named = typeof value === 'string' ? PROTOCOLS[value.toLowerCase()] : undefined;
  return named ?? numberOf(value, 255);
}

function isFlag(name: string): name is TcpFlag {
  return name in TCP_FLAGS;
}

/** `["SYN"]`, `syn,ack`, or a number. */
function flagsOf(value: Value): number | undefined {
  const names = Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : null;
  if (names === null) return numberOf(value, 0x1ff);
  let flags = 0;
  for (const name of names) {
    const upper = typeof name === 'string' ? name.trim().toUpperCase() : '?';
    if (upper === '' || upper === 'NONE') continue;
    if (!isFlag(upper)) return undefined;
    flags |= TCP_FLAGS[upper];
  }
  return flags;
}

/** Offset in bytes, with `+` behind it if further fragments follow. */
function fragmentOf(value: Value): PacketSpec['fragment'] | null {
  const [, offset, more] = /^(\d+)(\+?)$/.exec(String(value)) ?? [];
  if (offset === undefined) return null;
  return more === '' && Number(offset) === 0 ? undefined : { offset: Number(offset), more: more !== '' };
}

function textOf(pattern: RegExp): (value: Value) => string | undefined {
  return (value) => (typeof value === 'string' && pattern.test(value) ? value : undefined);
}

const NAME = textOf(/^[^\s/:]{1,15}$/);
const MAC = textOf(/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/i);
const HEX = textOf(/^(?:[0-9a-f]{2})*$/i);

function quotedOf(value: Value): QuotedPacket | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { packet } = specOf(Object.entries(value), () => {});
  if (packet?.src === undefined || packet.dst === undefined || packet.protocol === undefined)
    return undefined;
  return { ...packet, src: packet.src, dst: packet.dst, protocol: packet.protocol };
}

type Setter = (spec: Mutable<Partial<PacketSpec>>, value: Value) => boolean;

/** A field that is read by `read`; undefined: its value cannot be read. */
function field<K extends keyof PacketSpec>(
  key: K,
  read: (value: Value) => PacketSpec[K] | undefined,
): Setter {
  return (spec, value) => {
    const found = read(value);
    if (found === undefined) return false;
    spec[key] = found;
    return true;
  };
}

const port = (value: Value): number | undefined => numberOf(value, 0xffff);
const byte = (value: Value): number | undefined => numberOf(value, 0xff);

const FIELDS: Readonly<Record<string, Setter>> = {
  in: field('in', NAME),
  out: field('out', NAME),
  physIn: field('physIn', NAME),
  src: field('src', addressOf),
  dst: field('dst', addressOf),
  protocol: field('protocol', protocolOf),
  proto: field('protocol', protocolOf),
  sport: field('sport', port),
  dport: field('dport', port),
  flags: field('flags', flagsOf),
  seq: field('seq', numberOf),
  ack: field('ack', numberOf),
  window: field('window', port),
  tcpOptions: field('tcpOptions', HEX),
  icmpType: field('icmpType', byte),
  icmpCode: field('icmpCode', byte),
  icmpId: field('icmpId', port),
  icmpSeq: field('icmpSeq', port),
  quoted: field('quoted', quotedOf),
  udpLength: field('udpLength', port),
  spi: field('spi', numberOf),
  ttl: field('ttl', byte),
  tos: field('tos', byte),
  length: field('length', numberOf),
  id: field('id', port),
  df: field('df', booleanOf),
  flowLabel: field('flowLabel', numberOf),
  mark: field('mark', numberOf),
  mac: field('mac', MAC),
  macTo: field('macTo', MAC),
  packetType: field('packetType', (value) =>
    value === 'unicast' || value === 'broadcast' || value === 'multicast' ? value : undefined,
  ),
  uid: field('uid', numberOf),
  gid: field('gid', numberOf),
  socket: field('socket', booleanOf),
  fragment: (spec, value) => {
    const found = fragmentOf(value);
    if (found === null) return false;
    spec.fragment = found;
    return true;
  },
};

interface Read {
  readonly packet: PacketSpec | null;
  readonly n: number | null;
}

/** @param refuse called with each field that is passed over */
function specOf(entries: readonly (readonly [string, Value])[], refuse: (field: string) => void): Read {
  const spec: Mutable<Partial<PacketSpec>> = {};
  let n: number | null = null;
  for (const [key, value] of entries) {
    if (key === 'n') {
      n = numberOf(value, Number.MAX_SAFE_INTEGER) ?? null;
      if (n === null) refuse(key);
      continue;
    }
    const set = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined;
    // A field that is explicitly null is one that is left out.
    if (value === null && set !== undefined) continue;
    if (set === undefined || !set(spec, value)) refuse(key);
  }
  const family = familyOf(spec);
  return { packet: family === null ? null : { ...spec, family, in: spec.in ?? null }, n };
}

function familyOf({ src, dst, protocol }: Partial<PacketSpec>): Family | null {
  if (src !== undefined && dst !== undefined && src.family !== dst.family) return null;
  return src?.family ?? dst?.family ?? (protocol === 58 ? 'ipv6' : protocol === undefined ? null : 'ipv4');
}

const NO_FAMILY = 'src and dst are of different families, or neither is there';

/** Reads `packets.jsonl`: one packet a line, blank lines passed over. */
export function parsePackets(
  file: string,
  lines: readonly string[],
): { readonly packets: readonly NumberedPacket[]; readonly diagnostics: readonly Diagnostic[] } {
  const packets: NumberedPacket[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const at = (column: number): Diagnostic['at'] => ({ file, line: index + 1, column });
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      diagnostics.push(diagnostic('packet.refused', at(1), { why: 'no JSON' }, line, line.length));
      continue;
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      diagnostics.push(diagnostic('packet.refused', at(1), { why: 'no JSON object' }, line, line.length));
      continue;
    }
    const { packet, n } = specOf(Object.entries(value), (name) => {
      const column = Math.max(0, line.indexOf(`"${name}"`)) + 1;
      diagnostics.push(diagnostic('packet.field', at(column), { field: name }, line, name.length + 2));
    });
    if (packet === null) {
      diagnostics.push(diagnostic('packet.refused', at(1), { why: NO_FAMILY }, line, line.length));
    } else {
      packets.push({ n, packet });
    }
  }
  return { packets, diagnostics };
}

/** Reads `in=eth0 src=… dst=… proto=tcp dport=80 flags=syn`; null: no packet. */
export function parsePacket(text: string): {
  readonly packet: PacketSpec | null;
  readonly diagnostics: readonly Diagnostic[];
} {
  const diagnostics: Diagnostic[] = [];
  const file = '--packet';
  const refuse = (name: string): void => {
    const column = Math.max(0, text.indexOf(name)) + 1;
    diagnostics.push(
      diagnostic('packet.field', { file, line: 1, column }, { field: name }, text, name.length),
    );
  };
  const entries = text
    .trim()
    .split(/\s+/)
    .map((word): readonly [string, Value] => {
      const at = word.indexOf('=');
      return at < 0 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)];
    });
  const { packet } = specOf(entries, refuse);
  if (packet === null) {
    diagnostics.push(
      diagnostic('packet.refused', { file, line: 1, column: 1 }, { why: NO_FAMILY }, text, text.length),
    );
  }
  return { packet, diagnostics };
}
