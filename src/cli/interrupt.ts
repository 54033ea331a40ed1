/**
 * SIGINT and SIGTERM → an early end of the input: what was read until then is analysed and marked partial.
 * A second signal ends the process at once.
 */
import { setTimeout } from 'node:timers/promises';
import type { Signal, Stdio } from './stdio.ts';

export class Interrupt {
  /** The signal that came; null as long as none did. */
  signal: Signal | null = null;
  private readonly undo: () => void;
  private readonly waiting = new Set<() => void>();

  constructor(stdio: Stdio) {
    this.undo = stdio.onSignal((signal) => {
      this.signal = signal;
      for (const wake of this.waiting) wake();
    });
  }

  /**
   * The items, until a signal comes: also if the source is waiting just then.
   * @param grace Milliseconds that the source gets, once a signal came, to hand over what it holds.
   */
  async *until<T>(items: AsyncIterable<T>, grace = 0): AsyncGenerator<T> {
    const iterator = items[Symbol.asyncIterator]();
    try {
      while (this.signal === null) {
        const coming = iterator.next();
        const next =
          (await this.orSignal(coming)) ??
          (grace === 0 ? null : await Promise.race([coming, setTimeout(grace, null)]));
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

  /** What comes, or null if a signal does. (Racing one lasting promise would keep every item alive.) */
  private orSignal<T>(coming: Promise<T>): Promise<T | null> {
    return new Promise((resolve, reject) => {
      const wake = (): void => resolve(null);
      this.waiting.add(wake);
      const done = (): boolean => this.waiting.delete(wake);
      coming.then(
        (value) => {
          done();
          resolve(value);
        },
        (error: unknown) => {
          done();
          reject(error);
        },
      );
    });
  }
}
