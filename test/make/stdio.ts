/** A command line run in-process: its own streams, environment and signals, and what came of it. */
import { EventEmitter } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { main } from '../../src/cli/main.ts';
import type { OutStream, Signal, Stdio } from '../../src/cli/stdio.ts';

export interface Setting {
  /** What standard input gives; null: a terminal on which nobody types. */
  readonly stdin?: string | Iterable<string> | AsyncIterable<string> | null;
  /** Standard output and error are terminals of this size. */
  readonly terminal?: { readonly columns: number; readonly rows: number };
  readonly env?: Readonly<Record<string, string>>;
  /** Sends signals to the command. */
  readonly signals?: EventEmitter;
  /** Called with all that was written to standard output so far; an error it throws is the stream's. */
  readonly onWrite?: (text: string) => void;
}

export interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

class Screen extends Writable {
  text = '';
  readonly isTTY: boolean;
  readonly columns?: number;
  readonly rows?: number;
  private readonly onWrite: (text: string) => void;

  constructor(terminal: Setting['terminal'], onWrite: (text: string) => void = () => {}) {
    super({ decodeStrings: false });
    this.isTTY = terminal !== undefined;
    if (terminal !== undefined) Object.assign(this, terminal);
    this.onWrite = onWrite;
  }

  override _write(chunk: string | Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.text += chunk.toString();
    try {
      this.onWrite(this.text);
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

/** Runs `trace-analyze` with these arguments. */
export async function run(args: readonly string[], setting: Setting = {}): Promise<Result> {
  const { stdin = '', terminal, env = {}, signals = new EventEmitter(), onWrite } = setting;
  const out = new Screen(terminal, onWrite);
  const err = new Screen(terminal);
  const input = stdin === null ? [] : typeof stdin === 'string' ? [stdin] : stdin;
  const bytes = Readable.from(toBytes(input));
  const stdio: Stdio = {
    in: Object.assign(bytes, { isTTY: stdin === null }),
    out: out satisfies OutStream,
    err: err satisfies OutStream,
    env: { PATH: process.env['PATH'], ...env },
    onSignal: (listener) => {
      const heard = (signal: Signal): void => listener(signal);
      signals.once('signal', heard);
      return () => signals.removeListener('signal', heard);
    },
  };
  const code = await main(args, stdio);
  return { code, out: out.text, err: err.text };
}

async function* toBytes(texts: Iterable<string> | AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const text of texts) yield Buffer.from(text);
}
