/** Arithmetic on numbers of which some bits are unknown (marks, TOS). Unsigned 32 bit; no bit is ever guessed. */
import type { Bits } from '../model/oracle.ts';

const ALL_BITS = 0xffffffff;
export const UNKNOWN_BITS: Bits = { value: 0, known: 0 };

export function bits(value: number, known = ALL_BITS): Bits {
  return { value: (value & known) >>> 0, known: known >>> 0 };
}

/** `(x & mask) == value`; undefined if bits that matter are unknown. */
export function maskedEquals(x: Bits, mask: number, value: number): boolean | undefined {
  if ((value & ~mask) !== 0) return false;
  if (((x.value ^ value) & mask & x.known) !== 0) return false;
  return (mask & ~x.known) === 0 ? true : undefined;
}

/** `(x & ~mask) ^ value`: what MARK, CONNMARK and TOS do. */
export function assign(x: Bits, mask: number, value: number): Bits {
  const known = (x.known | mask) >>> 0;
  return bits((x.value & ~mask) ^ (value & known), known);
}

/** `(x & ~mask) ^ (y & ymask)`: CONNMARK's save and restore. */
export function assignFrom(x: Bits, mask: number, y: Bits, ymask: number): Bits {
  const known = ((x.known | mask) & (y.known | ~ymask)) >>> 0;
  return bits((x.value & ~mask) ^ (y.value & ymask), known);
}

/** The number, if every bit within `width` is known. */
export function exact(x: Bits, width = ALL_BITS): number | undefined {
  return (width & ~x.known) === 0 ? (x.value & width) >>> 0 : undefined;
}
