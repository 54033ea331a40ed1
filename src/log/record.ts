/**
 * A record as journalctl and dmesg write it in their structured forms: named fields into the message and its
 * envelope. Times are in microseconds, all values but dmesg's are strings, and a message that is not UTF-8 is
 * a list of bytes.
 */
import type { Clock } from './clock.ts';

/** What stands around a message. */
export interface Envelope {
  readonly host: string | null;
  /** Kernel log level, 0 to 7. */
  readonly level: number | null;
  /** Seconds since boot. */
  readonly uptime: number | null;
  /** Milliseconds since 1970 UTC. */
  readonly time: number | null;
  /** As written. */
  readonly stamp: string | null;
}

export type Fields = ReadonlyMap<string, unknown>;

/** Names of the field that holds the message: journald's, dmesg's, and those of log collectors. */
export const MESSAGE_FIELDS = ['MESSAGE', 'msg', 'message', 'log'];

/** The message; null if the record has none, or one that was left out for its length. */
export function messageOf(fields: Fields): string | null {
  for (const name of MESSAGE_FIELDS) {
    const value = fields.get(name);
    if (typeof value === 'string') return value;
    if (Array.isArray(value) && value.every((byte) => typeof byte === 'number')) {
      return new TextDecoder().decode(Uint8Array.from(value));
    }
  }
  return null;
}

/** @param header the envelope of the line that opened the record, where the form has one (verbose) */
export function envelopeOf(fields: Fields, clock: Clock, header: Envelope | null): Envelope {
  const realtime = text(fields, '__REALTIME_TIMESTAMP');
  const microseconds = realtime === null ? Number.NaN : Number(realtime);
  const boot = text(fields, '_SOURCE_MONOTONIC_TIMESTAMP') ?? text(fields, '_SOURCE_BOOTTIME_TIMESTAMP');
  const seconds = text(fields, 'time');
  const level = text(fields, 'PRIORITY') ?? text(fields, 'pri');
  return {
    host: text(fields, '_HOSTNAME') ?? header?.host ?? null,
    level: level === null ? null : Number(level) & 7,
    uptime:
      boot !== null
        ? Number(boot) / 1e6
        : seconds === null || Number.isNaN(Number(seconds))
          ? null
          : Number(seconds),
    time: Number.isNaN(microseconds) ? (header?.time ?? null) : clock.note(microseconds / 1000),
    stamp: realtime ?? header?.stamp ?? null,
  };
}

function text(fields: Fields, name: string): string | null {
  const value = fields.get(name);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}
