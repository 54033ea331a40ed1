/**
 * What a command may touch of the process: streams, environment, signals. Tests hand in their own, so that
 * every command runs in-process; only this file and bin.ts know `process`.
 */
import type { Writable } from 'node:stream';

export type Signal = 'SIGINT' | 'SIGTERM';

/** A stream that may be a terminal. */
export type OutStream = Writable & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

export interface Stdio {
  readonly in: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean };
  readonly out: OutStream;
  readonly err: OutStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Has the listener called for the first signal of either kind; gives the function that ends that. */
  onSignal(listener: (signal: Signal) => void): () => void;
}

/** Columns below which text is not wrapped any more. */
export const NARROWEST = 40;

/** The width that $COLUMNS asks for; null if it says nothing of use. */
export function askedWidth(env: Stdio['env']): number | null {
  const asked = Number(env['COLUMNS']);
  return Number.isInteger(asked) && asked >= NARROWEST ? asked : null;
}

/** The process' own streams. Reading them starts nothing yet. */
export function processStdio(): Stdio {
  return {
    get in() {
      return process.stdin;
    },
    get out() {
      return process.stdout;
    },
    get err() {
      return process.stderr;
    },
    env: process.env,
    onSignal: (listener) => {
      // `once`: a second Ctrl-C is not asked for, it ends the process as if nobody listened.
      const heard = (signal: NodeJS.Signals): void => {
        undo();
        listener(signal === 'SIGTERM' ? 'SIGTERM' : 'SIGINT');
      };
      const undo = (): void => {
        process.removeListener('SIGINT', heard);
        process.removeListener('SIGTERM', heard);
      };
      process.once('SIGINT', heard);
      process.once('SIGTERM', heard);
      return undo;
    },
  };
}
