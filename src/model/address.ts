/**
 * IPv4 and IPv6 addresses and address/mask pairs, as 32-bit words in network byte order (most
 * significant word first). Masks may be non-contiguous, which iptables allows and CIDR libraries do not.
 * The only file that uses ipaddr.js.
 */
import ipaddr from 'ipaddr.js';

export type Family = 'ipv4' | 'ipv6';

export interface Address {
  readonly family: Family;
  /** Canonical text: dotted quad, or RFC 5952. Two addresses are equal if their texts are. */
  readonly text: string;
  /** One unsigned 32-bit word (IPv4) or four (IPv6), most significant first. */
  readonly words: readonly number[];
}

/** An address and the bits of it that count. `address` is already masked. */
export interface Network {
  readonly family: Family;
  readonly address: readonly number[];
  readonly mask: readonly number[];
}

const CACHE_LIMIT = 1 << 16;
const cache = new Map<string, Address | null>();

/**
 * Parses one address in any spelling that the kernel tools print or take: `10.0.0.1`, `fd00::1`,
 * `fd00:0000:…`. Equal texts give the same object while they are remembered.
 * @returns null if the text is no address; octal and shortened IPv4 (`010.0.0.1`, `1`) are refused.
 */
export function parseAddress(text: string): Address | null {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const parsed = readAddress(text);
  if (cache.size >= CACHE_LIMIT) cache.clear();
  // Where the text is a piece of a log's or rule file's, the key must not be: it would hold all of that.
  cache.set(parsed?.text === text ? parsed.text : text, parsed);
  return parsed;
}

/** The word of the dotted quad, as the kernel prints it, that `text` is up to `end`; -1: not that, though it may be an address. */
function scanDottedQuad(text: string, end: number): number {
  let word = 0;
  let dots = 0;
  let part = -1;
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x2e && part >= 0 && dots < 3) {
      word = word * 256 + part;
      part = -1;
      dots++;
    } else if (code >= 0x30 && code <= 0x39 && part !== 0) {
      part = Math.max(0, part) * 10 + code - 0x30;
      if (part > 255) return -1;
    } else {
      return -1;
    }
  }
  return dots === 3 && part >= 0 ? word * 256 + part : -1;
}

function readAddress(text: string): Address | null {
  const quad = scanDottedQuad(text, text.length);
  if (quad >= 0) return addressOf('ipv4', [quad]);
  // Of what has colons ipaddr.js makes an error first.
  if (!text.includes(':') && ipaddr.IPv4.isValidFourPartDecimal(text)) {
    return addressOf('ipv4', wordsOf(ipaddr.IPv4.parse(text).toByteArray()));
  }
  const groups = text.includes('.') ? withoutDots(text) : text;
  if (text.includes(':') && !text.includes('%') && ipaddr.IPv6.isValid(groups)) {
    return addressOf('ipv6', wordsOf(ipaddr.IPv6.parse(groups).toByteArray()));
  }
  return null;
}

/** `::1.2.3.4` → `::102:304`: ipaddr.js would take it for `::ffff:102:304`. */
function withoutDots(text: string): string {
  const at = text.lastIndexOf(':') + 1;
  const dotted = text.slice(at);
  if (!ipaddr.IPv4.isValidFourPartDecimal(dotted)) return text;
  const [a = 0, b = 0, c = 0, d = 0] = ipaddr.IPv4.parse(dotted).toByteArray();
  return `${text.slice(0, at)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

function wordsOf(bytes: readonly number[]): number[] {
  const words: number[] = [];
  for (let i = 0; i < bytes.length; i += 4) {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(i, i + 4);
    words.push(((a << 24) | (b << 16) | (c << 8) | d) >>> 0);
  }
  return words;
}

function bytesOf(words: readonly number[]): number[] {
  return words.flatMap((word) => [word >>> 24, (word >>> 16) & 0xff, (word >>> 8) & 0xff, word & 0xff]);
}

/** The address with these words (unsigned 32-bit, most significant first). */
export function addressOf(family: Family, words: readonly number[]): Address {
  if (family === 'ipv6') {
    return { family, text: new ipaddr.IPv6(bytesOf(words)).toRFC5952String(), words };
  }
  const [word = 0] = words;
  const text = `${word >>> 24}.${(word >>> 16) & 0xff}.${(word >>> 8) & 0xff}.${word & 0xff}`;
  return { family, text, words };
}

/** The mask of this many leading one bits. @throws RangeError if the family has fewer bits. */
export function prefixMask(family: Family, length: number): readonly number[] {
  const known = PREFIX_MASKS[family][length];
  if (known !== undefined) return known;
  const mask = makePrefixMask(family, length);
  PREFIX_MASKS[family][length] = mask;
  return mask;
}

/** By length. There are 162, and rules share them. */
const PREFIX_MASKS: Readonly<Record<Family, (readonly number[] | undefined)[]>> = { ipv4: [], ipv6: [] };

function makePrefixMask(family: Family, length: number): readonly number[] {
  const words = family === 'ipv4' ? 1 : 4;
  if (!Number.isInteger(length) || length < 0 || length > words * 32) {
    throw new RangeError(`no /${length} in ${family}`);
  }
  return Array.from({ length: words }, (_, i) => {
    const bits = Math.min(32, Math.max(0, length - i * 32));
    return bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
  });
}

/** Length of a contiguous mask, or null if it has holes. */
export function prefixLength(mask: readonly number[]): number | null {
  let length = 0;
  let ended = false;
  for (const word of mask) {
    const ones = Math.clz32(~word >>> 0);
    if (ended ? word !== 0 : word !== (ones === 0 ? 0 : (0xffffffff << (32 - ones)) >>> 0)) return null;
    length += ones;
    if (ones < 32) ended = true;
  }
  return length;
}

/** The network of `address` under `mask`. */
export function networkOf(address: Address, mask: readonly number[]): Network {
  return {
    family: address.family,
    address: address.words.map((word, i) => (word & (mask[i] ?? 0)) >>> 0),
    mask,
  };
}

/**
 * Parses `10.0.0.0/8`, `10.0.0.1`, `10.0.0.0/255.0.255.0`, `fd00::/8`, `fd00::1/ffff::`.
 * @returns null if the text is neither.
 */
export function parseNetwork(text: string): Network | null {
  const slash = text.indexOf('/');
  // Most are one rule's own: they need no address that is remembered.
  const quad = scanDottedQuad(text, slash < 0 ? text.length : slash);
  const length = slash < 0 ? 32 : prefixNumber(text.slice(slash + 1));
  if (quad >= 0 && length !== null && length <= 32) {
    const mask = prefixMask('ipv4', length);
    return { family: 'ipv4', address: [(quad & (mask[0] ?? 0)) >>> 0], mask };
  }
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === null) return null;
  const bits = address.family === 'ipv4' ? 32 : 128;
  if (slash < 0) return networkOf(address, prefixMask(address.family, bits));
  const suffix = text.slice(slash + 1);
  if (length !== null) return length <= bits ? networkOf(address, prefixMask(address.family, length)) : null;
  const mask = parseAddress(suffix);
  return mask !== null && mask.family === address.family ? networkOf(address, mask.words) : null;
}

/** `24`; null if the text is no length. */
function prefixNumber(text: string): number | null {
  return /^\d{1,3}$/.test(text) ? Number(text) : null;
}

/** Prints a network as iptables-save does: always with a prefix, or a mask if that has holes. */
export function networkText(network: Network): string {
  const address = addressOf(network.family, network.address).text;
  const length = prefixLength(network.mask);
  return `${address}/${length ?? addressOf(network.family, network.mask).text}`;
}

/** Whether the address lies in the network. False across families. */
export function contains(network: Network, address: Address): boolean {
  if (network.family !== address.family) return false;
  return network.mask.every((mask, i) => ((address.words[i] ?? 0) & mask) >>> 0 === network.address[i]);
}

/** Negative, zero or positive as `a` is below, equal to or above `b`; both of one family. */
export function compareAddresses(a: Address, b: Address): number {
  for (let i = 0; i < a.words.length; i++) {
    const difference = (a.words[i] ?? 0) - (b.words[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
