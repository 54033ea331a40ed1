/**
 * Logs → the names of all hosts in them, for a redaction that must know them before it lets the first text
 * through. Reads the logs once more than the analysis does; what can be read only once is kept aside.
 */
import { closeSync, readSync, writeSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { openLogs } from '../io/index.ts';
import { type LogOptions, LogReader } from '../log/index.ts';
import type { LineBatch } from '../model/source.ts';
import type { Redaction } from '../report/index.ts';
import { UsageError } from './exit.ts';
import type { Interrupt } from './interrupt.ts';
import { openUnnamed } from './spool.ts';

const PIECE = 1 << 18;

/** What the analysis then reads. */
export interface Reread {
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Whether a signal ended standard input before: what came until then is to be read to its end. */
  readonly ended: boolean;
  close(): void;
}

/** Learns the hosts of logs. @throws UsageError for what can be read only once. */
export async function meetHosts(
  logs: readonly string[],
  stdin: AsyncIterable<Uint8Array>,
  times: LogOptions,
  redaction: Redaction,
  interrupt: Interrupt,
): Promise<Reread> {
  for (const path of logs) {
    const found = path === '-' ? null : await stat(path).catch(() => null);
    if (found !== null && !found.isFile() && !found.isDirectory()) {
      throw new UsageError(`--redact reads a log twice, and ${path} can be read only once: give it as -`);
    }
  }
  const kept = logs.includes('-') ? await keepStream(stdin, interrupt) : null;
  const ended = interrupt.signal !== null;
  const lines = openLogs(logs, { stdin: kept ?? stdin }, { diagnostic: () => {} });
  let last: string | null = null;
  const reader = new LogReader(times, {
    event: ({ host }) => {
      if (host === last || host === null) return;
      redaction.host(host);
      last = host;
    },
    diagnostic: (diagnostic) => redaction.meet({ type: 'diagnostic', diagnostic }),
  });
  for await (const batch of ended ? lines : interrupt.until(lines)) {
    reader.push(batch);
    meetEnvelopes(batch, redaction);
  }
  reader.end();
  return { stdin: kept ?? stdin, ended, close: () => kept?.close() };
}

/** Learns the hosts of lines that are none of TRACE. */
export function meetEnvelopes({ lines }: LineBatch, redaction: Redaction): void {
  for (const line of lines) if (!line.includes('TRACE: ')) redaction.line(line);
}

/** Bytes that were read already, and can be read again. */
interface Kept extends AsyncIterable<Uint8Array> {
  close(): void;
}

/** Reads all of a stream, or what comes before a signal, into a file without a name. */
async function keepStream(stream: AsyncIterable<Uint8Array>, interrupt: Interrupt): Promise<Kept> {
  const file = openUnnamed();
  for await (const chunk of interrupt.until(stream)) {
    for (let written = 0; written < chunk.length; ) written += writeSync(file, chunk, written);
  }
  return {
    async *[Symbol.asyncIterator]() {
      for (let position = 0; ; ) {
        const buffer = Buffer.allocUnsafe(PIECE);
        const count = readSync(file, buffer, 0, buffer.length, position);
        if (count === 0) return;
        position += count;
        yield buffer.subarray(0, count);
      }
    },
    close: () => closeSync(file),
  };
}
