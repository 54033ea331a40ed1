/**
 * Which address of a range a NAT binding takes: the kernel spreads by a hash of the addresses without a
 * secret, so it can be computed (find_best_ips_proto in net/netfilter/nf_nat_core.c; Bob Jenkins' hash of
 * include/linux/jhash.h). The words are hashed as a little-endian machine holds them.
 */
import { type Address, addressOf } from '../model/address.ts';

const SEED = 0xdeadbeef;

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

function swap(word: number): number {
  return (((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}

/** jhash2 of four words. */
function hashWords(k0: number, k1: number, k2: number, k3: number, seed: number): number {
  let a = (SEED + (4 << 2) + seed) | 0;
  let b = a;
  let c = a;
  a = (a + k0) | 0;
  b = (b + k1) | 0;
  c = (c + k2) | 0;
  a = (a - c) ^ rotate(c, 4);
  c = (c + b) | 0;
  b = (b - a) ^ rotate(a, 6);
  a = (a + c) | 0;
  c = (c - b) ^ rotate(b, 8);
  b = (b + a) | 0;
  a = (a - c) ^ rotate(c, 16);
  c = (c + b) | 0;
  b = (b - a) ^ rotate(a, 19);
  a = (a + c) | 0;
  c = (c - b) ^ rotate(b, 4);
  b = (b + a) | 0;
  a = (a + k3) | 0;
  c = (c ^ b) - rotate(b, 14);
  a = (a ^ c) - rotate(c, 11);
  b = (b ^ a) - rotate(a, 25);
  c = (c ^ b) - rotate(b, 16);
  a = (a ^ c) - rotate(c, 4);
  b = (b ^ a) - rotate(a, 14);
  c = (c ^ b) - rotate(b, 24);
  return c >>> 0;
}

/** `(hash · size) >> 32` for unsigned 32-bit numbers. */
function scale(hash: number, size: number): number {
  return Number((BigInt(hash) * BigInt(size >>> 0)) >> 32n);
}

/**
 * The address of `from` to `to` for a connection from `src` to `dst`.
 * @param persistent leave the destination out of the hash (`--persistent`)
 * @param replaced which address gives way: a destination is hashed as far as it is replaced already, since the kernel
 * writes the new words over the ones that it hashes
 */
export function chooseAddress(
  from: Address,
  to: Address,
  src: Address,
  dst: Address,
  zone: number,
  persistent: boolean,
  replaced: 'src' | 'dst',
): Address {
  const word = (address: Address, i: number): number => swap(address.words[i] ?? 0);
  const last = from.words.length - 1;
  const seed = persistent ? 0 : word(dst, last) ^ zone;
  const at = (i: number): number => (i <= last ? word(src, i) : 0);
  let hash = hashWords(at(0), at(1), at(2), at(3), seed);
  let full = false;
  const words: number[] = [];
  for (let i = 0; i <= last; i++) {
    const low = full ? 0 : (from.words[i] ?? 0);
    const size = full ? 0xffffffff : ((to.words[i] ?? 0) - low + 1) >>> 0;
    const value = (low + scale(hash, size)) >>> 0;
    words.push(value);
    if (value !== to.words[i]) full = true;
    const hashed = replaced === 'dst' ? swap(value) : word(dst, i);
    if (!persistent) hash = (hash ^ hashed) >>> 0;
  }
  return addressOf(from.family, words);
}
