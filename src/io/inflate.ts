/**
 * What a file's first bytes say it is, and the streams that unpack what can be unpacked: gzip (also of several
 * members) and zstd. What came before damage is given; the damage is thrown, for open.ts to report. Most input is
 * plain text: what unpacks is loaded when there is something to unpack.
 */
import { Buffer } from 'node:buffer';
import type { Transform } from 'node:stream';

export type Content =
  | { readonly kind: 'text'; readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be'; readonly bom: number }
  | { readonly kind: 'gzip' | 'zstd' }
  /** Recognised, not read; `command` turns it into text. */
  | { readonly kind: 'foreign'; readonly name: string; readonly command: string };

/** As many of the first bytes as `recogniseContent` looks at. */
export const SNIFF_LENGTH = 512;

const FOREIGN: readonly {
  readonly name: string;
  readonly command: string;
  readonly magic: readonly number[];
}[] = [
  { name: 'xz', command: 'xz -dc', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { name: 'bzip2', command: 'bzip2 -dc', magic: [0x42, 0x5a, 0x68] },
  { name: 'lz4', command: 'lz4 -dc', magic: [0x04, 0x22, 0x4d, 0x18] },
  { name: 'compress', command: 'zcat', magic: [0x1f, 0x9d] },
  { name: 'zip', command: 'unzip -p', magic: [0x50, 0x4b, 0x03, 0x04] },
  { name: '7z', command: '7z x -so', magic: [0x37, 0x7a, 0xbc, 0xaf] },
  {
    name: 'a systemd journal',
    command: 'journalctl -k -o short-precise --file',
    magic: [...'LPKSHHRH'].map(codeOf),
  },
  { name: 'a packet capture', command: 'tcpdump -r', magic: [0xd4, 0xc3, 0xb2, 0xa1] },
  { name: 'a packet capture', command: 'tcpdump -r', magic: [0x0a, 0x0d, 0x0d, 0x0a] },
];

function codeOf(character: string): number {
  return character.charCodeAt(0);
}

function beginsWith(bytes: Uint8Array, magic: readonly number[], at = 0): boolean {
  return bytes.length >= at + magic.length && magic.every((byte, i) => bytes[at + i] === byte);
}

/** Recognises content by its first bytes; the name does not matter. */
export function recogniseContent(bytes: Uint8Array): Content {
  if (beginsWith(bytes, [0x1f, 0x8b])) return { kind: 'gzip' };
  if (beginsWith(bytes, [0x28, 0xb5, 0x2f, 0xfd])) return { kind: 'zstd' };
  // a skippable frame may come first: 0x184D2A5n
  if (beginsWith(bytes, [0x2a, 0x4d, 0x18], 1) && ((bytes[0] ?? 0) & 0xf0) === 0x50) return { kind: 'zstd' };
  const foreign = FOREIGN.find(({ magic }) => beginsWith(bytes, magic));
  if (foreign !== undefined) return { kind: 'foreign', name: foreign.name, command: foreign.command };
  if (beginsWith(bytes, [0xef, 0xbb, 0xbf])) return { kind: 'text', encoding: 'utf-8', bom: 3 };
  if (beginsWith(bytes, [0xff, 0xfe])) return { kind: 'text', encoding: 'utf-16le', bom: 2 };
  if (beginsWith(bytes, [0xfe, 0xff])) return { kind: 'text', encoding: 'utf-16be', bom: 2 };
  return { kind: 'text', encoding: guessEncoding(bytes), bom: 0 };
}

/** UTF-16 of a log without byte order mark: every other byte is 0. */
function guessEncoding(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  const pairs = Math.min(32, bytes.length >> 1);
  if (pairs < 4) return 'utf-8';
  let even = 0;
  let odd = 0;
  for (let i = 0; i < pairs; i++) {
    if (bytes[2 * i] === 0) even++;
    if (bytes[2 * i + 1] === 0) odd++;
  }
  if (even === 0 && odd > pairs * 0.9) return 'utf-16le';
  return odd === 0 && even > pairs * 0.9 ? 'utf-16be' : 'utf-8';
}

/** Unpacks; gives what came before damage, then throws. */
export async function* inflate(kind: 'gzip' | 'zstd', chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const stream = await nativeStream(kind);
  yield* stream === null ? throughFzstd(chunks) : throughStream(stream, chunks);
}

/** What Node itself has: zstd from 22.15 on, which the types of Node 20 do not know. */
async function nativeStream(kind: 'gzip' | 'zstd'): Promise<Transform | null> {
  const zlib: typeof import('node:zlib') & { createZstdDecompress?: () => Transform } = await import(
    'node:zlib'
  );
  return kind === 'gzip' ? zlib.createGunzip() : (zlib.createZstdDecompress?.() ?? null);
}

/** Pipes by hand: a stream's own iterator throws away what it had when the stream fails. */
async function* throughStream(stream: Transform, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const ready: Buffer[] = [];
  let failure: unknown = null;
  let ended = false;
  let wake = (): void => {};
  stream.on('data', (chunk: Buffer) => {
    ready.push(chunk);
    wake();
  });
  stream.on('end', () => {
    ended = true;
    wake();
  });
  stream.on('error', (error) => {
    failure = error;
    ended = true;
    wake();
  });
  stream.on('drain', () => wake());
  const source = chunks[Symbol.asyncIterator]();
  try {
    let more = true;
    while (!ended) {
      yield* ready.splice(0);
      if (ended) break;
      if (more && !stream.writableNeedDrain) {
        const next = await source.next();
        more = next.done !== true;
        if (next.done === true) stream.end();
        else stream.write(next.value);
      } else if (ready.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    yield* ready.splice(0);
  } finally {
    await source.return?.();
    stream.destroy();
  }
  if (failure !== null) throw failure;
}

async function* throughFzstd(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { Decompress } = await import('fzstd');
  const ready: Buffer[] = [];
  const stream = new Decompress((chunk) => {
    ready.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
  });
  for await (const chunk of chunks) {
    // fzstd keeps what it is given
    stream.push(new Uint8Array(chunk));
    yield* ready.splice(0);
  }
  stream.push(new Uint8Array(0), true);
  yield* ready.splice(0);
}
