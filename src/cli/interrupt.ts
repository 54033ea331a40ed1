/**
 * SIGINT and SIGTERM → an early end of the input: what was read until then is analysed and marked partial.
 * A second signal ends the process at once.
 */
import type { Signal, Stdio } from './stdio.ts';

export class Interrupt {
  /** The signal that came; null as long as none did. */
  signal: Signal | null = null;
  private readonly undo: () => void;
  private readonly came: Promise<null>;

  constructor(stdio: Stdio) {
    let tell: (nothing: null) => void = () => {};
    this.came = new Promise((resolve) => {
      tell = resolve;
    });
    this.undo = stdio.onSignal((signal) => {
      this.signal = signal;
      tell(null);
    });
  }

  /** The items, until a signal comes: also if the source is waiting just then. */
  async *until<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
    const iterator = items[Symbol.asyncIterator]();
    try {
      while (this.signal === null) {
        const next = await Promise.race([iterator.next(), this.came]);
        if (next === null || next.done === true) return;
        yield next.value;
      }
    } finally {
      // A source that waits for input would not end before that came: it is told, not waited for.
      void iterator.return?.(undefined)?.catch(() => {});
    }
  }

  /** Listens no more. */
  dispose(): void {
    this.undo();
  }
}
