/** The files that a run read → their lengths and hashes, for the appendix of a report. */
import type { Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { InputFile } from '../model/inputs.ts';
import type { LineBatch } from '../model/source.ts';
import type { Sources } from './sources.ts';

type Digest = Pick<InputFile, 'bytes' | 'sha256'>;

/** Which files a run reads; their hashes are taken when it has read them. */
export class InputFiles {
  readonly stdin: HashedInput;
  private readonly logs = new Set<string>();
  private files: readonly InputFile[] = [];

  constructor(stdin: AsyncIterable<Uint8Array>) {
    this.stdin = new HashedInput(stdin);
  }

  /** The same batches; notes which files they come from. */
  async *watch(batches: AsyncIterable<LineBatch>): AsyncGenerator<LineBatch> {
    for await (const batch of batches) {
      this.logs.add(batch.file);
      yield batch;
    }
  }

  /** Hashes all files, those of the logs that were read among them. */
  async hash({ logs, rules, contexts }: Pick<Sources, 'logs' | 'rules' | 'contexts'>): Promise<void> {
    // A log that gave no line is empty, or a pattern: then its name is none of a file.
    const read = this.logs.size > 0 ? this.logs : logs;
    const named = [
      ...[...read].map((file) => ({ role: 'log' as const, file })),
      ...rules.map(({ file }) => ({ role: 'rules' as const, file })),
      ...contexts.map(({ file }) => ({ role: 'context' as const, file })),
    ];
    const files: InputFile[] = [];
    for (const { role, file } of named) {
      const digest = await (file === '-' ? this.stdin.digest() : hashFile(file));
      files.push({ role, file, ...digest });
    }
    this.files = files;
  }

  /** What was hashed. */
  list(): readonly InputFile[] {
    return this.files;
  }
}

/** Hashes what comes by standard input while it is read. */
class HashedInput {
  private hash: Promise<Hash> | null = null;
  private bytes = 0;
  private readonly stream: AsyncIterable<Uint8Array>;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.stream = stream;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    this.hash ??= openHash();
    const hash = await this.hash;
    for await (const piece of this.stream) {
      hash.update(piece);
      this.bytes += piece.length;
      yield piece;
    }
  }

  /** Call it once, when all was read. */
  async digest(): Promise<Digest> {
    const hash = await (this.hash ?? openHash());
    return { bytes: this.bytes, sha256: hash.digest('hex') };
  }
}

/** Loads node:crypto (2 ms) only where something is hashed. */
async function openHash(): Promise<Hash> {
  const { createHash } = await import('node:crypto');
  return createHash('sha256');
}

/** The file as it lies on the disk; nulls if it cannot be read (any more): a pipe can be read once only. */
async function hashFile(path: string): Promise<Digest> {
  const hash = await openHash();
  let bytes = 0;
  try {
    if (!(await stat(path)).isFile()) return { bytes: null, sha256: null };
    for await (const piece of createReadStream(path)) {
      hash.update(piece);
      bytes += piece.length;
    }
  } catch {
    return { bytes: null, sha256: null };
  }
  return { bytes, sha256: hash.digest('hex') };
}
