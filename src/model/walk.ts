/**
 * All events of one packet's way through one host, in order. Steps hold what assembly knows: hook, call
 * depth, the rule that really ran, what it changed. Whether the rules explain the walk is `check`.
 */
import type { Check } from './check.ts';
import type { TraceEvent } from './event.ts';
import type { Hook } from './hook.ts';
import type { Packet } from './packet.ts';
import type { Place } from './ruleset.ts';

/**
 * forwarded, delivered (to a local socket), sent (made here), dropped (by a rule or policy), rejected,
 * queued, vanished (between two hooks although no rule said so), unknown (nothing tells).
 */
export const DISPOSITIONS = [
  'forwarded',
  'delivered',
  'sent',
  'dropped',
  'rejected',
  'queued',
  'vanished',
  'unknown',
] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

/**
 * Fields that differ between one line and the walk's next: `[before, after]`. `in` and `out` change between
 * hooks only (routing), never by a rule.
 */
export interface Changes {
  readonly mark?: readonly [number, number];
  readonly src?: readonly [string, string];
  readonly dst?: readonly [string, string];
  readonly sport?: readonly [number | null, number | null];
  readonly dport?: readonly [number | null, number | null];
  readonly ttl?: readonly [number, number];
  readonly tos?: readonly [number, number];
  readonly length?: readonly [number, number];
  readonly in?: readonly [string, string];
  readonly out?: readonly [string, string];
}

export interface Step {
  readonly event: TraceEvent;
  readonly hook: Hook;
  /** Call depth: 0 in the built-in chain; a jump goes one deeper, a goto does not. */
  readonly depth: number;
  /** What the step means under the rules. */
  readonly place: Place;
  /** What changed between this line and the walk's next, as far as this step can have done it; null if nothing. */
  readonly changes: Changes | null;
  /**
   * What changed between this line and the next though no rule of this step can have done it: forwarding's
   * TTL, routing's interfaces, conntrack's translation of a packet whose connection stood already, a mark
   * that something other than iptables set. Left out if nothing.
   */
  readonly between?: Changes;
  /**
   * For a rule that tests the mark: index of the step that last wrote one of the bits it tests (also if it
   * wrote what stood there already); null if none did, or the rule tests no mark.
   */
  readonly markSetBy: number | null;
}

/** Lines that the walk must have had and the log lacks. */
export interface Gap {
  /** Index of the step after which they are missing; -1 before the first. */
  readonly after: number;
  /** Step names (`table:chain:type:number`), as far as they are certain; may be empty where something is missing but not what. */
  readonly steps: readonly string[];
}

export interface Walk {
  /** Number by the place of the first line, from 1. Walks come in the order in which they end. */
  readonly n: number;
  readonly host: string | null;
  readonly packet: Packet;
  readonly steps: readonly Step[];
  readonly gaps: readonly Gap[];
  readonly disposition: Disposition;
  /** Index of the step that decided (the drop, the reject, the queue); null if none did. */
  readonly decidedBy: number | null;
  /** Number of the walk whose packet called this one forth (a REJECT's error, a reset), if it is certain. */
  readonly causedBy: number | null;
  readonly check: Check;
}
