/** Exit codes, and the errors that choose one. Every code that the program ends with is named here. */
import type { Signal } from './stdio.ts';

export const EXIT = { ok: 0, findings: 1, usage: 2, defect: 3 } as const;

const SIGNAL_CODES: Readonly<Record<Signal, number>> = { SIGINT: 130, SIGTERM: 143 };

/** 128 plus the signal's number, as shells report it. */
export function signalExit(signal: Signal): number {
  return SIGNAL_CODES[signal];
}

/** The person asked for something that cannot be done as asked: told in one line, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
