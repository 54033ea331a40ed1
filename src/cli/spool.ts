/**
 * Text that must wait for the summary: in memory while it is little, in a temporary file from then on, so
 * that the length of a log does not matter. The file has no name any more once it is open.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Spool } from '../report/index.ts';

const MEMORY = 1 << 24;
const PIECE = 1 << 20;

/** @param limit Characters that stay in memory. */
export function openSpool(limit = MEMORY): Spool & { close(): void } {
  let pieces: string[] = [];
  let held = 0;
  let file: number | null = null;

  function flush(): void {
    file ??= openUnnamed();
    const bytes = Buffer.from(pieces.join(''));
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
    pieces = [];
    held = 0;
  }

  return {
    write(text) {
      pieces.push(text);
      held += text.length;
      if (held > limit) flush();
    },
    *read() {
      if (file !== null) {
        const decoder = new TextDecoder();
        const buffer = Buffer.allocUnsafe(PIECE);
        let position = 0;
        for (;;) {
          const count = readSync(file, buffer, 0, buffer.length, position);
          if (count === 0) break;
          position += count;
          yield decoder.decode(buffer.subarray(0, count), { stream: true });
        }
        yield decoder.decode();
      }
      yield* pieces;
    },
    close() {
      if (file !== null) closeSync(file);
      file = null;
    },
  };
}

/** A temporary file that is gone once it is closed. @returns its descriptor. */
export function openUnnamed(): number {
  const folder = mkdtempSync(join(tmpdir(), 'trace-analyze-'));
  try {
    return openSync(join(folder, 'spool'), 'wx+', 0o600);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
