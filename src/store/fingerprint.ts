/**
 * The inputs of an analysis → one hash that stands for them: the text of each, in order, and the options that
 * change what is read from it. Names, compression and line ends do not count.
 */
import { createHash, type Hash } from 'node:crypto';
import type { LineBatch } from '../model/source.ts';

interface OpenInput {
  readonly head: string;
  readonly log: string | null;
  readonly hash: Hash;
}

/** Lines that are hashed at once: a call for each would cost more than the hash. */
const BATCH = 4096;

export class Fingerprint {
  private readonly inputs: OpenInput[] = [];
  private readonly options: string;

  /** @param options What else decides about the result, by name. */
  constructor(options: Readonly<Record<string, string | number | null>>) {
    this.options = JSON.stringify(Object.entries(options).sort());
  }

  /** Lines of a log; those of one file come one after another. */
  addLog(batch: LineBatch): void {
    const last = this.inputs.at(-1);
    const goesOn = last?.log === batch.file && batch.firstLine > 1;
    addLines(goesOn ? last.hash : this.open(['log'], batch.file), batch.lines);
  }

  /** A whole file of rules or context, and what the person said of it: its table, its family. */
  addFile(kind: 'rules' | 'context', lines: readonly string[], said = ''): void {
    addLines(this.open([kind, said], null), lines);
  }

  /** Ends it. */
  digest(): Uint8Array {
    const all = createHash('sha256').update(this.options);
    for (const { head, hash } of this.inputs) all.update(head).update(hash.digest());
    return all.digest();
  }

  private open(head: readonly string[], log: string | null): Hash {
    const hash = createHash('sha256');
    this.inputs.push({ head: `\n${JSON.stringify(head)}`, log, hash });
    return hash;
  }
}

function addLines(hash: Hash, lines: readonly string[]): void {
  for (let i = 0; i < lines.length; i += BATCH) hash.update(`${lines.slice(i, i + BATCH).join('\n')}\n`);
}
