/**
 * The kernel's own log from now on, record by record, without waiting. Overruns are told, never hidden: a
 * truth with a hole is none.
 */
import { closeSync, constants, openSync, readSync } from 'node:fs';

export interface KernelRecord {
  readonly sequence: number;
  /** Microseconds since boot. */
  readonly uptime: number;
  /** The message, escapes undone, blank at the end cut. */
  readonly text: string;
}

/** The kernel overwrote records before they were read: somebody else logged too much. Playing again may do. */
export class LostRecordsError extends Error {}

/** Longest record that the kernel hands out, in bytes. */
const RECORD = 8192;

export class KernelLog {
  readonly #file = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK);
  readonly #buffer = Buffer.alloc(RECORD);
  #last = -1;

  /** Opens the log and passes over what it holds already. */
  constructor() {
    this.read();
  }

  /** All records since the last call. @throws LostRecordsError */
  read(): readonly KernelRecord[] {
    const records: KernelRecord[] = [];
    for (;;) {
      const record = this.#next();
      if (record === null) return records;
      if (this.#last >= 0 && record.sequence !== this.#last + 1) {
        throw new LostRecordsError(`the kernel log lost ${record.sequence - this.#last - 1} records`);
      }
      this.#last = record.sequence;
      records.push(record);
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  #next(): KernelRecord | null {
    for (;;) {
      try {
        const size = readSync(this.#file, this.#buffer, 0, RECORD, null);
        return parseRecord(this.#buffer.toString('latin1', 0, size));
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : null;
        if (code === 'EAGAIN') return null;
        // EPIPE: records were overwritten; the next read goes on after the hole, which the numbers show.
        if (code !== 'EPIPE') throw error;
      }
    }
  }
}

function parseRecord(record: string): KernelRecord {
  const semicolon = record.indexOf(';');
  const [, sequence = '0', uptime = '0'] = record.slice(0, semicolon).split(',');
  const line = record.slice(semicolon + 1, record.indexOf('\n', semicolon));
  const text = line.includes('\\x') ? undoEscapes(line) : line;
  return { sequence: Number(sequence), uptime: Number(uptime), text: text.trimEnd() };
}

function undoEscapes(line: string): string {
  const bytes = line.replace(/\\x([0-9a-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
