/**
 * The words of layer 4 (`PROTO=` to the end of the packet, without UID, GID and MARK) into a Draft, and the
 * packet that an ICMP error quotes: net/netfilter/nf_log_syslog.c, nf_log_dump_tcp_header and its neighbours.
 * A later fragment prints `PROTO=` and no more, a quoted ICMP error quotes nothing.
 */
import type { Address, Family } from '../model/address.ts';
import { type Header, type IcmpHeader, TCP_FLAGS } from '../model/packet.ts';
import type { Cursor } from './cursor.ts';
import { Draft, headerOf } from './draft.ts';
import {
  type Ending,
  eatLast,
  scanAddress,
  scanHeader,
  scanHexList,
  scanIncomplete,
  U8,
  U16,
  U32,
} from './header.ts';

/** TCP flags in the order in which the kernel prints them, with the blank after each. */
const FLAG_WORDS: readonly (readonly [string, number])[] = [
  ['AE ', TCP_FLAGS.AE],
  ['CWR ', TCP_FLAGS.CWR],
  ['ECE ', TCP_FLAGS.ECE],
  ['URG ', TCP_FLAGS.URG],
  ['ACK ', TCP_FLAGS.ACK],
  ['PSH ', TCP_FLAGS.PSH],
  ['RST ', TCP_FLAGS.RST],
  ['SYN ', TCP_FLAGS.SYN],
  ['FIN ', TCP_FLAGS.FIN],
];

/** Reads layer 4 after an IP header that is still open. */
export function scanTransport(cursor: Cursor, draft: Draft, quoted: boolean): Ending {
  const later = draft.fragmentOffset > 0;
  const ipv4 = draft.family === 'ipv4';
  if (cursor.eat('PROTO=TCP ')) return scanTcp(cursor, draft, later);
  if (cursor.eat('PROTO=UDP ')) return scanUdp(cursor, draft, later, 17);
  if (ipv4 ? cursor.eat('PROTO=ICMP ') : cursor.eat('PROTO=ICMPv6 ')) {
    draft.protocol = ipv4 ? 1 : 58;
    return later ? 'open' : scanIcmp(cursor, draft, quoted);
  }
  if (cursor.eat('PROTO=UDPLITE ')) return scanUdp(cursor, draft, later, 136);
  if (ipv4 && cursor.eat('PROTO=ESP ')) return scanIpsec(cursor, draft, later, 50);
  if (ipv4 && cursor.eat('PROTO=AH ')) return scanIpsec(cursor, draft, later, 51);
  const protocol = cursor.decimal('PROTO=', U8);
  if (protocol >= 0) {
    draft.protocol = protocol;
    return 'open';
  }
  // a later fragment of AH (IPv4) prints no PROTO at all; a word that is there must be understood
  return later && ipv4 && !cursor.text.startsWith('PROTO=', cursor.at) ? 'open' : 'refused';
}

/** A whole packet text inside `[` and `] `. @returns undefined if it is not there; null: nothing was readable. */
function scanQuoted(cursor: Cursor, family: Family): Header | null | undefined {
  if (!cursor.eat('[')) return undefined;
  const draft = new Draft();
  let ending = scanHeader(cursor, draft, family);
  if (ending === 'open') ending = scanTransport(cursor, draft, true);
  if (ending === 'refused' || !cursor.eat('] ')) return undefined;
  return headerOf(draft);
}

function scanTcp(cursor: Cursor, draft: Draft, later: boolean): Ending {
  draft.protocol = 6;
  if (later) return 'open';
  const bytes = scanIncomplete(cursor);
  if (bytes >= 0) return setIncomplete(draft, bytes);
  const sport = cursor.decimal('SPT=', U16);
  if (sport < 0) return 'refused';
  const dport = cursor.decimal('DPT=', U16);
  if (dport < 0) return 'refused';
  const seq = cursor.decimal('SEQ=', U32);
  if (seq < 0) return 'refused';
  const ack = cursor.decimal('ACK=', U32);
  if (ack < 0) return 'refused';
  const window = cursor.decimal('WINDOW=', U16);
  if (window < 0) return 'refused';
  const reserved = cursor.hex('RES=0x', 2, 2);
  if (reserved < 0) return 'refused';
  let flags = 0;
  for (const [word, bit] of FLAG_WORDS) if (cursor.eat(word)) flags |= bit;
  const urgentPointer = cursor.decimal('URGP=', U16);
  if (urgentPointer < 0) return 'refused';
  const cut = eatLast(cursor, 'OPT (TRUNCATED)');
  const options = cut ? null : (scanHexList(cursor) ?? '');
  draft.transport = {
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
  };
  return cut ? 'closed' : 'open';
}

function scanUdp(cursor: Cursor, draft: Draft, later: boolean, protocol: number): Ending {
  draft.protocol = protocol;
  if (later) return 'open';
  const bytes = scanIncomplete(cursor);
  if (bytes >= 0) return setIncomplete(draft, bytes);
  const sport = cursor.decimal('SPT=', U16);
  if (sport < 0) return 'refused';
  const dport = cursor.decimal('DPT=', U16);
  if (dport < 0) return 'refused';
  const length = cursor.decimal('LEN=', U16);
  if (length < 0) return 'refused';
  draft.transport = { kind: 'udp', sport, dport, length };
  return 'open';
}

function scanIpsec(cursor: Cursor, draft: Draft, later: boolean, protocol: number): Ending {
  draft.protocol = protocol;
  if (later) return 'open';
  const bytes = scanIncomplete(cursor);
  if (bytes >= 0) return setIncomplete(draft, bytes);
  const spi = cursor.hex('SPI=0x', 1, 8);
  if (spi < 0) return 'refused';
  draft.transport = { kind: 'ipsec', spi };
  return 'open';
}

function setIncomplete(draft: Draft, bytes: number): Ending {
  draft.transport = { kind: 'incomplete', bytes };
  return 'open';
}

/** What follows `TYPE= CODE=` of the ICMP types that print more. */
type IcmpForm = 'echo' | 'parameter' | 'redirect' | 'error' | 'pointer';
const ICMP_FORMS: ReadonlyMap<number, IcmpForm> = new Map([
  [0, 'echo'],
  [3, 'error'],
  [4, 'error'],
  [5, 'redirect'],
  [8, 'echo'],
  [11, 'error'],
  [12, 'parameter'],
]);
const ICMPV6_FORMS: ReadonlyMap<number, IcmpForm> = new Map([
  [1, 'error'],
  [2, 'error'],
  [3, 'error'],
  [4, 'pointer'],
  [128, 'echo'],
  [129, 'echo'],
]);

function scanIcmp(cursor: Cursor, draft: Draft, quoted: boolean): Ending {
  const ipv4 = draft.family === 'ipv4';
  let bytes = scanIncomplete(cursor);
  if (bytes >= 0) return setIncomplete(draft, bytes);
  const type = cursor.decimal('TYPE=', U8);
  if (type < 0) return 'refused';
  const code = cursor.decimal('CODE=', U8);
  if (code < 0) return 'refused';
  // IPv4 only, and after the type: net/ipv4/netfilter, required_len
  bytes = ipv4 ? scanIncomplete(cursor) : -1;
  if (bytes >= 0) {
    draft.truncated = true;
    return setIcmp(draft, { type, code });
  }
  const form = (ipv4 ? ICMP_FORMS : ICMPV6_FORMS).get(type);
  switch (form) {
    case undefined:
      return setIcmp(draft, { type, code });
    case 'echo': {
      const id = cursor.decimal('ID=', U16);
      if (id < 0) return 'refused';
      const seq = cursor.decimal('SEQ=', U16);
      return seq < 0 ? 'refused' : setIcmp(draft, { type, code, id, seq });
    }
    case 'parameter': {
      const parameter = cursor.decimal('PARAMETER=', U8);
      return parameter < 0 ? 'refused' : setIcmp(draft, { type, code, parameter });
    }
    default:
      return scanIcmpError(cursor, draft, quoted, form, type, code);
  }
}

function scanIcmpError(
  cursor: Cursor,
  draft: Draft,
  quoted: boolean,
  form: IcmpForm,
  type: number,
  code: number,
): Ending {
  const parts: { gateway?: Address; parameter?: number; quoted?: Header | null; mtu?: number } = {};
  if (form === 'redirect') {
    const gateway = scanAddress(cursor, 'GATEWAY=', 'ipv4');
    if (gateway === null) return 'refused';
    parts.gateway = gateway;
  }
  if (form === 'pointer') {
    const pointer = cursor.hex('POINTER=', 8, 8);
    if (pointer < 0) return 'refused';
    parts.parameter = pointer;
  }
  if (!quoted) {
    const header = scanQuoted(cursor, draft.family);
    if (header === undefined) return 'refused';
    parts.quoted = header;
  }
  if (draft.family === 'ipv4' ? type === 3 && code === 4 : type === 2) {
    const mtu = cursor.decimal('MTU=', U32);
    if (mtu < 0) return 'refused';
    parts.mtu = mtu;
  }
  return setIcmp(draft, { type, code, ...parts });
}

function setIcmp(draft: Draft, parts: { type: number; code: number } & Partial<IcmpHeader>): Ending {
  draft.transport = {
    kind: 'icmp',
    type: parts.type,
    code: parts.code,
    id: parts.id ?? null,
    seq: parts.seq ?? null,
    gateway: parts.gateway ?? null,
    parameter: parts.parameter ?? null,
    mtu: parts.mtu ?? null,
    quoted: parts.quoted ?? null,
  };
  return 'open';
}
