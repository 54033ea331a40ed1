/**
 * The inputs of an analysis → one hash that stands for them: what each holds, in order, and the options that
 * change what is read from it. Names do not count. A hash of one input is that of its text in UTF-8 with
 * Unix line ends: of such a file, if it is not compressed, what sha256sum prints.
 */
import { createHash, type Hash } from 'node:crypto';
import type { LineBatch } from '../model/source.ts';

export type InputKind = 'log' | 'rules' | 'context';

export interface HashedInput {
  readonly kind: InputKind;
  readonly file: string;
  readonly lines: number;
  readonly sha256: Uint8Array;
}

interface OpenInput {
  readonly kind: InputKind;
  readonly file: string;
  /** What the person said of it: a table, a family. */
  readonly said: string;
  readonly hash: Hash;
  lines: number;
}

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
    const open =
      last?.kind === 'log' && last.file === batch.file && batch.firstLine > 1
        ? last
        : this.open('log', batch.file, '');
    addLines(open, batch.lines);
  }

  /** A whole file of rules or context. */
  addFile(kind: InputKind, file: string, lines: readonly string[], said = ''): void {
    addLines(this.open(kind, file, said), lines);
  }

  /** Ends it. */
  digest(): { readonly hash: Uint8Array; readonly inputs: readonly HashedInput[] } {
    const hash = createHash('sha256').update(this.options);
    const inputs = this.inputs.map(({ kind, file, said, hash: own, lines }) => {
      const sha256 = own.digest();
      hash.update(`\n${JSON.stringify([kind, said])} `).update(sha256);
      return { kind, file, lines, sha256 };
    });
    return { hash: hash.digest(), inputs };
  }

  private open(kind: InputKind, file: string, said: string): OpenInput {
    const opened = { kind, file, said, hash: createHash('sha256'), lines: 0 };
    this.inputs.push(opened);
    return opened;
  }
}

/** A call of the hash for each line would cost more than the hash. */
function addLines(input: OpenInput, lines: readonly string[]): void {
  input.lines += lines.length;
  for (let i = 0; i < lines.length; i += 4096) input.hash.update(`${lines.slice(i, i + 4096).join('\n')}\n`);
}
