/**
 * The IP header's words (`SRC=` … the last option), IPv4 and IPv6, into a Draft, as the kernel prints them:
 * net/netfilter/nf_log_syslog.c, dump_ipv4_packet and dump_ipv6_packet. Strictly positional, since `ID=` and
 * `LEN=` occur several times in a line. Layer 4 is transport.ts'.
 */
import { type Address, type Family, parseAddress } from '../model/address.ts';
import type { ExtensionHeader } from '../model/packet.ts';
import { type Cursor, SPACE } from './cursor.ts';
import type { Draft } from './draft.ts';

/** How the words of a header or of a layer ended. */
export type Ending =
  /** Not as the kernel prints them: the cursor stands at the word that is wrong. */
  | 'refused'
  /** More words may follow. */
  | 'open'
  /** The kernel prints nothing more of this packet, not even the mark. */
  | 'closed';

export const U8 = 255;
export const U16 = 65_535;
export const U32 = 4_294_967_295;
const FRAGMENT_UNITS = 8191;
const FLOW_LABEL = 0xfffff;

/** Eats a word after which the kernel prints neither a blank nor anything more of this packet. */
export function eatLast(cursor: Cursor, word: string): boolean {
  const from = cursor.at;
  if (!cursor.eat(word)) return false;
  const next = cursor.text.charCodeAt(cursor.at);
  if (next === SPACE) cursor.at++;
  else if (cursor.text[cursor.at] !== ']') {
    cursor.at = from;
    return false;
  }
  return true;
}

/** Reads the IP header; if `family` is given, one of that family. */
export function scanHeader(cursor: Cursor, draft: Draft, family?: Family): Ending {
  if (eatLast(cursor, 'TRUNCATED')) {
    draft.truncated = true;
    return 'closed';
  }
  const src = scanAddress(cursor, 'SRC=', family);
  if (src === null) return 'refused';
  const dst = scanAddress(cursor, 'DST=', src.family);
  if (dst === null) return 'refused';
  draft.src = src;
  draft.dst = dst;
  draft.family = src.family;
  const length = cursor.decimal('LEN=', U32);
  if (length < 0) return 'refused';
  draft.length = length;
  return src.family === 'ipv4' ? scanIpv4(cursor, draft) : scanIpv6(cursor, draft);
}

/** Eats `key` and an address as the kernel writes it; if `family` is given, one of that family. */
export function scanAddress(cursor: Cursor, key: string, family?: Family): Address | null {
  const from = cursor.at;
  const word = cursor.word(key);
  const address = word === null ? null : readAddress(word);
  if (address === null || (family !== undefined && address.family !== family)) {
    cursor.at = from;
    return null;
  }
  return address;
}

/** The kernel writes IPv6 in full: %pI6, eight groups of four digits. */
function readAddress(word: string): Address | null {
  const address = parseAddress(word);
  if (address?.family !== 'ipv6') return address;
  return word.length === 39 && !word.includes('.') && !word.includes('::') ? address : null;
}

function scanIpv4(cursor: Cursor, draft: Draft): Ending {
  const tos = cursor.hex('TOS=0x', 2, 2);
  if (tos < 0) return 'refused';
  const precedence = cursor.hex('PREC=0x', 2, 2);
  if (precedence < 0) return 'refused';
  const ttl = cursor.decimal('TTL=', U8);
  if (ttl < 0) return 'refused';
  const id = cursor.decimal('ID=', U16);
  if (id < 0) return 'refused';
  draft.tos = tos | precedence;
  draft.ttl = ttl;
  draft.id = id;
  draft.identified = true;
  draft.ce = cursor.eat('CE ');
  draft.df = cursor.eat('DF ');
  draft.mf = cursor.eat('MF ');
  const fragment = cursor.decimal('FRAG:', FRAGMENT_UNITS);
  if (fragment > 0) draft.fragmentOffset = fragment * 8;
  else if (fragment === 0) return refuseFragmentZero(cursor);
  if (eatLast(cursor, 'TRUNCATED')) {
    draft.truncated = true;
    return 'closed';
  }
  const options = scanHexList(cursor);
  if (options !== null) draft.ipOptions = options;
  return 'open';
}

/** `FRAG:` is printed only if it is not 0. */
function refuseFragmentZero(cursor: Cursor): Ending {
  cursor.at -= 'FRAG:0 '.length;
  return 'refused';
}

/** Eats `OPT (HEX) `: IPv4 or TCP options. @returns the digits, null if they are not there. */
export function scanHexList(cursor: Cursor): string | null {
  const { text, at } = cursor;
  if (!text.startsWith('OPT (', at)) return null;
  const from = at + 5;
  const to = text.indexOf(')', from);
  if (to <= from || (to - from) % 2 !== 0 || text.charCodeAt(to + 1) !== SPACE) return null;
  const digits = text.slice(from, to);
  if (!/^[0-9A-F]+$/.test(digits)) return null;
  cursor.at = to + 2;
  return digits;
}

function scanIpv6(cursor: Cursor, draft: Draft): Ending {
  const tos = cursor.decimal('TC=', U8);
  if (tos < 0) return 'refused';
  const ttl = cursor.decimal('HOPLIMIT=', U8);
  if (ttl < 0) return 'refused';
  const flowLabel = cursor.decimal('FLOWLBL=', FLOW_LABEL);
  if (flowLabel < 0) return 'refused';
  draft.tos = tos;
  draft.ttl = ttl;
  draft.flowLabel = flowLabel;
  draft.identified = true;
  while (cursor.text.startsWith('OPT (', cursor.at)) {
    const ending = scanExtension(cursor, draft);
    if (ending !== 'open') return ending;
  }
  if (eatLast(cursor, 'TRUNCATED')) {
    draft.truncated = true;
    return 'closed';
  }
  return 'open';
}

const OTHER: ExtensionHeader = { kind: 'other', offset: null, more: false, id: null, spi: null };

/** One `OPT ( … ) `. A later fragment ends at the first header that is not a fragment header. */
function scanExtension(cursor: Cursor, draft: Draft): Ending {
  const from = cursor.at;
  const later = draft.fragmentOffset > 0;
  draft.extensions ??= [];
  if (later && eatLast(cursor, 'OPT ( )')) {
    draft.extensions.push(OTHER);
    return 'closed';
  }
  if (!later && cursor.eat('OPT ( ) ')) {
    draft.extensions.push(OTHER);
    return 'open';
  }
  if (!cursor.eat('OPT ( ')) return 'refused';
  if (cursor.eat('AH ')) return scanIpsecExtension(cursor, draft, 'ah', later);
  if (cursor.eat('ESP ')) return scanIpsecExtension(cursor, draft, 'esp', later);
  if (eatLast(cursor, 'FRAG:TRUNCATED')) {
    draft.extensions.push({ kind: 'fragment', offset: null, more: false, id: null, spi: null });
    draft.truncated = true;
    return 'closed';
  }
  const offset = cursor.decimal('FRAG:', U16);
  if (offset < 0) {
    if (cursor.text.startsWith(')', cursor.at)) cursor.at = from;
    return 'refused';
  }
  const more = cursor.eat('INCOMPLETE ');
  const id = cursor.hex('ID:', 8, 8);
  if (id < 0 || !cursor.eat(') ')) return 'refused';
  draft.extensions.push({ kind: 'fragment', offset, more, id, spi: null });
  // a second fragment header does not make a later fragment a first one
  if (offset > 0) draft.fragmentOffset = offset;
  draft.mf = more;
  return 'open';
}

/** After `OPT ( AH ` or `OPT ( ESP `. Nothing follows ESP, nor a header that was cut. */
function scanIpsecExtension(cursor: Cursor, draft: Draft, kind: 'ah' | 'esp', later: boolean): Ending {
  const add = (spi: number | null): void => {
    draft.extensions?.push({ kind, offset: null, more: false, id: null, spi });
  };
  if (later) {
    if (!eatLast(cursor, ')')) return 'refused';
    add(null);
    return 'closed';
  }
  if (scanIncomplete(cursor) >= 0) {
    if (!eatLast(cursor, ')')) return 'refused';
    draft.truncated = true;
    add(null);
    return 'closed';
  }
  const spi = cursor.hex('SPI=0x', 1, 8);
  if (spi < 0) return 'refused';
  if (kind === 'esp' ? !eatLast(cursor, ')') : !cursor.eat(') ')) return 'refused';
  add(spi);
  return kind === 'esp' ? 'closed' : 'open';
}

/** Eats `INCOMPLETE [n bytes] `. @returns n, or -1 if it is not there. */
export function scanIncomplete(cursor: Cursor): number {
  const from = cursor.at;
  const bytes = cursor.decimal('INCOMPLETE [', U32);
  if (bytes < 0) return -1;
  if (!cursor.eat('bytes] ')) {
    cursor.at = from;
    return -1;
  }
  return bytes;
}
