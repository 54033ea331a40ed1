/**
 * Where a command's data goes: standard output (through a pager if that is a terminal) or a file that is
 * written aside and renamed when whole. A reader that goes away is no error: writing stops.
 */
import { once } from 'node:events';
import { chmod, type FileHandle, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { UsageError } from './exit.ts';
import type { OutStream } from './stdio.ts';

export interface Output {
  /** Nobody reads any more: what is written is dropped. */
  readonly closed: boolean;
  write(text: string): Promise<void>;
  /** Everything is written: make it last. */
  end(): Promise<void>;
  /** It came to nothing: leave no trace. */
  abandon(): Promise<void>;
}

/** A stream's errors after which writing is pointless and nobody is to blame. */
function isClosedPipe(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED' || code === 'ECONNRESET';
}

/** Standard output as it is. */
export function streamOutput(stream: OutStream): Output {
  let closed = false;
  let failure: unknown = null;
  stream.on('error', (error) => {
    closed = true;
    if (!isClosedPipe(error)) failure = error;
  });
  const check = (): void => {
    if (failure !== null) throw new UsageError(`cannot write: ${reason(failure)}`);
  };
  return {
    get closed() {
      return closed;
    },
    async write(text) {
      check();
      if (closed || text === '') return;
      if (!stream.write(text)) {
        // The one that does not come must not go on listening: there may be thousands of waits.
        const waiting = new AbortController();
        const { signal } = waiting;
        await Promise.race([once(stream, 'drain', { signal }), once(stream, 'close', { signal })]).catch(
          () => {},
        );
        waiting.abort();
      }
      check();
    },
    async end() {
      if (closed) return;
      // An empty write calls back once everything before it is handed over.
      await new Promise<void>((resolve) => stream.write('', () => resolve()));
      check();
    },
    abandon: async () => {},
  };
}

/**
 * A file. A regular file is replaced only when all is written; what is not one (a device, a FIFO) is
 * written to.
 * @throws UsageError if it cannot be opened or written.
 */
export async function fileOutput(path: string): Promise<Output> {
  const target = await realpath(path).catch(() => path);
  const before = await stat(target).catch(() => null);
  if (before?.isDirectory() === true) throw new UsageError(`cannot write ${path}: it is a directory`);
  const direct = before !== null && !before.isFile();
  const aside = direct ? target : `${target}.${process.pid}.part`;
  let handle: FileHandle;
  try {
    handle = await open(aside, direct ? 'w' : 'wx');
  } catch (error) {
    throw new UsageError(`cannot write ${path}: ${reason(error)}`);
  }
  let closed = false;
  const abandon = async (): Promise<void> => {
    await handle.close().catch(() => {});
    if (!direct) await unlink(aside).catch(() => {});
  };
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      await abandon();
      if (!isClosedPipe(error)) throw new UsageError(`cannot write ${path}: ${reason(error)}`);
      closed = true;
    }
  };
  return {
    get closed() {
      return closed;
    },
    write: async (text) => {
      if (!closed && text !== '') await attempt(() => handle.writeFile(text));
    },
    end: () =>
      attempt(async () => {
        if (closed) return;
        if (!direct) await handle.sync();
        await handle.close();
        if (before !== null && !direct) await chmod(aside, before.mode & 0o7777);
        if (!direct) await rename(aside, target);
      }),
    abandon,
  };
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
