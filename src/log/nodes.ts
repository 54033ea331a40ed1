/**
 * What the rules of grammar/trace-line.ne give: each merges the parts of its words and sub-rules, and a few
 * make a header, a transport or an extension of them. The last gives the message as the scanner would.
 */
import type { Token } from 'moo';
import type { Address, Family } from '../model/address.ts';
import type { ExtensionHeader, Header, Packet, Transport } from '../model/packet.ts';
import type { Message, Place } from './trace.ts';
import { isWordName, WORDS } from './words.ts';

/** Words' values, and what rules have made of them. */
export interface Parts extends Partial<Place>, Partial<Omit<Packet, 'type'>> {
  readonly precedence?: number;
  /** Offset as written. */
  readonly fragment?: number;
  /** Hex digits of `OPT (…)`. */
  readonly options?: string;
  readonly bytes?: number;
  readonly sport?: number;
  readonly dport?: number;
  readonly seq?: number;
  readonly ack?: number;
  readonly window?: number;
  readonly reserved?: number;
  readonly flags?: number;
  readonly urgentPointer?: number;
  readonly spi?: number;
  readonly code?: number;
  readonly icmpType?: number;
  readonly parameter?: number;
  readonly gateway?: Address;
  readonly mtu?: number;
  readonly quoted?: Header | null;
}

type Data = readonly unknown[];

function isToken(value: object): value is Token {
  return 'type' in value && 'text' in value && 'offset' in value;
}

function isParts(value: object): value is Parts {
  return !Array.isArray(value) && !isToken(value);
}

/** Merges the parts of tokens, lists and sub-rules from left to right; flags add up, extensions follow each other. */
export function merged(data: Data): Parts {
  let parts: Parts = {};
  for (const value of data) {
    const more = partsOf(value);
    const extensions = [...(parts.extensions ?? []), ...(more.extensions ?? [])];
    const flags = (parts.flags ?? 0) | (more.flags ?? 0);
    parts = { ...parts, ...more };
    if (extensions.length > 0) parts = { ...parts, extensions };
    if (parts.flags !== undefined) parts = { ...parts, flags };
  }
  return parts;
}

function partsOf(value: unknown): Parts {
  if (typeof value !== 'object' || value === null) return {};
  if (Array.isArray(value)) return merged(value);
  if (isToken(value)) {
    if (!isWordName(value.type)) return {};
    const word = WORDS[value.type];
    return word.parts(value.text.slice(word.key.length));
  }
  return isParts(value) ? value : {};
}

const NONE: Transport = { kind: 'none' };

function headerOf(family: Family, parts: Parts): Parts {
  const { fragment = 0, extensions = [] } = parts;
  const later = extensions.filter(({ offset }) => (offset ?? 0) > 0);
  const lastFragment = extensions.filter(({ kind, id }) => kind === 'fragment' && id !== null).at(-1);
  const { src, dst, length, ttl } = parts;
  return {
    family,
    ...(src === undefined ? {} : { src }),
    ...(dst === undefined ? {} : { dst }),
    ...(length === undefined ? {} : { length }),
    ...(ttl === undefined ? {} : { ttl }),
    tos: (parts.tos ?? 0) | (parts.precedence ?? 0),
    id: family === 'ipv4' ? (parts.id ?? null) : null,
    flowLabel: parts.flowLabel ?? null,
    ce: parts.ce ?? false,
    df: parts.df ?? false,
    mf: family === 'ipv4' ? (parts.mf ?? false) : (lastFragment?.more ?? false),
    fragmentOffset: family === 'ipv4' ? fragment * 8 : (later.at(-1)?.offset ?? 0),
    ipOptions: parts.options ?? null,
    extensions,
    truncated: parts.truncated ?? false,
    protocol: null,
    transport: NONE,
  };
}

export const ipv4 = (data: Data): Parts => headerOf('ipv4', merged(data));
export const ipv6 = (data: Data): Parts => headerOf('ipv6', merged(data));
export const truncated = (data: Data): Parts => ({ ...merged(data), truncated: true });

const bare = { offset: null, more: false, id: null, spi: null } as const;

/** Adds an extension header behind those that the data have. */
function withExtension(data: Data, extension: ExtensionHeader): Parts {
  const parts = merged(data);
  return { ...parts, extensions: [...(parts.extensions ?? []), extension] };
}

export const otherExtension = (): Parts => ({ extensions: [{ kind: 'other', ...bare }] });
export const ahExtension = (data: Data): Parts => ({
  extensions: [{ kind: 'ah', ...bare, spi: merged(data).spi ?? null }],
});
export function fragmentExtension(data: Data): Parts {
  const { fragment = null, mf = false, id = null } = merged(data);
  return { extensions: [{ kind: 'fragment', offset: fragment, more: mf, id, spi: null }] };
}
export const otherEnd = (data: Data): Parts => withExtension(data, { kind: 'other', ...bare });
export const ahEnd = (data: Data): Parts => withExtension(data, { kind: 'ah', ...bare });
export const espEnd = (data: Data): Parts =>
  withExtension(data, { kind: 'esp', ...bare, spi: merged(data).spi ?? null });
export const ahCut = (data: Data): Parts => truncated([withExtension(data, { kind: 'ah', ...bare })]);
export const espCut = (data: Data): Parts => truncated([withExtension(data, { kind: 'esp', ...bare })]);
export const fragmentCut = (data: Data): Parts =>
  truncated([withExtension(data, { kind: 'fragment', ...bare })]);

/** A layer 4 that gives its protocol and its transport, and no word more. */
function withTransport(parts: Parts, transport: Transport): Parts {
  return { protocol: parts.protocol ?? null, transport };
}

function tcpHeader(parts: Parts, options: string | null): Parts {
  const {
    sport = 0,
    dport = 0,
    seq = 0,
    ack = 0,
    window = 0,
    reserved = 0,
    flags = 0,
    urgentPointer = 0,
  } = parts;
  return withTransport(parts, {
    kind: 'tcp',
    sport,
    dport,
    seq,
    ack,
    window,
    reserved,
    flags,
    urgentPointer,
    options,
  });
}

export function tcp(data: Data): Parts {
  const parts = merged(data);
  return tcpHeader(parts, parts.options ?? '');
}
export const tcpCut = (data: Data): Parts => tcpHeader(merged(data), null);

export function udp(data: Data): Parts {
  const parts = merged(data);
  const { sport = 0, dport = 0, length = 0 } = parts;
  return withTransport(parts, { kind: 'udp', sport, dport, length });
}

export function ipsec(data: Data): Parts {
  const parts = merged(data);
  return withTransport(parts, { kind: 'ipsec', spi: parts.spi ?? 0 });
}

export function incomplete(data: Data): Parts {
  const parts = merged(data);
  return withTransport(parts, { kind: 'incomplete', bytes: parts.bytes ?? 0 });
}

export function icmp(data: Data): Parts {
  const parts = merged(data);
  const { icmpType: type = 0, code = 0, id = null, seq = null, gateway = null } = parts;
  const { parameter = null, mtu = null, quoted: quotedHeader = null } = parts;
  return withTransport(parts, {
    kind: 'icmp',
    type,
    code,
    id,
    seq,
    gateway,
    parameter,
    mtu,
    quoted: quotedHeader,
  });
}
export const icmpCut = (data: Data): Parts => ({ ...icmp(data), truncated: true });

/** The packet between `[` and `]`. */
export function quoted(data: Data): Parts {
  const parts = merged(data);
  const { family, src, dst, length, tos, ttl } = parts;
  if (family === undefined || src === undefined || dst === undefined) return quotedNothing();
  if (length === undefined || tos === undefined || ttl === undefined) return quotedNothing();
  return { quoted: { ...restOf(parts), family, src, dst, length, tos, ttl } };
}
export const quotedNothing = (): Parts => ({ quoted: null });

function restOf(parts: Parts): Omit<Header, 'family' | 'src' | 'dst' | 'length' | 'tos' | 'ttl'> {
  return {
    id: parts.id ?? null,
    flowLabel: parts.flowLabel ?? null,
    ce: parts.ce ?? false,
    df: parts.df ?? false,
    mf: parts.mf ?? false,
    fragmentOffset: parts.fragmentOffset ?? 0,
    ipOptions: parts.ipOptions ?? null,
    extensions: parts.extensions ?? [],
    protocol: parts.protocol ?? null,
    transport: parts.transport ?? NONE,
    truncated: parts.truncated ?? false,
  };
}

/** The whole message; null if a rule did not give what a message has. */
export function message(data: Data): Message | null {
  const parts = merged(data);
  const header = quoted(data).quoted;
  const { table, chain, type, number } = parts;
  if (table === undefined || chain === undefined || type === undefined || number === undefined) return null;
  if (header === undefined || header === null) return null;
  const packet: Packet = {
    ...header,
    in: parts.in ?? '',
    out: parts.out ?? '',
    physIn: parts.physIn ?? null,
    physOut: parts.physOut ?? null,
    mac: parts.mac ?? null,
    ...(parts.tunnel === undefined ? {} : { tunnel: parts.tunnel }),
    uid: parts.uid ?? null,
    gid: parts.gid ?? null,
    mark: parts.mark ?? 0,
  };
  return { table, chain, type, number, packet };
}
