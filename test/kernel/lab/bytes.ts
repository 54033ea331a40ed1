/**
 * Big-endian bytes: a writer that grows, Internet checksums, addresses. Knows nothing of protocols.
 */
import { parseAddress } from '../../../src/model/address.ts';

export class ByteWriter {
  readonly #bytes: number[] = [];

  get length(): number {
    return this.#bytes.length;
  }
  u8(...values: readonly number[]): this {
    for (const value of values) this.#bytes.push(value & 0xff);
    return this;
  }
  u16(...values: readonly number[]): this {
    for (const value of values) this.u8(value >>> 8, value);
    return this;
  }
  u32(...values: readonly number[]): this {
    for (const value of values) this.u8(value >>> 24, value >>> 16, value >>> 8, value);
    return this;
  }
  raw(bytes: Iterable<number>): this {
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }
  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

/** 4 or 16 bytes of an address. @throws Error if it is none. */
export function addressBytes(text: string): Uint8Array {
  const address = parseAddress(text);
  if (address === null) throw new Error(`address ${text}?`);
  return new ByteWriter().u32(...address.words).bytes();
}

/** Six bytes of `02:00:…`. */
export function macBytes(text: string): Uint8Array {
  return Uint8Array.from(text.split(':').map((byte) => Number.parseInt(byte, 16)));
}

/** The Internet checksum (RFC 1071) over some pieces, each but the last of even length. */
export function checksum(...pieces: readonly Uint8Array[]): number {
  let sum = 0;
  for (const piece of pieces) {
    for (let i = 0; i < piece.length; i += 2) sum += ((piece[i] ?? 0) << 8) | (piece[i + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
