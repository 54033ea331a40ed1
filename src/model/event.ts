/**
 * One TRACE line. The kernel prints it when all matches of a rule matched, before the rule's target
 * runs (net/ipv4/netfilter/ip_tables.c, trace_packet), so `packet` is the state before that rule's effect.
 */
import type { TableName } from './hook.ts';
import type { Packet } from './packet.ts';

/** The kernel's own word. `return` and `policy` may be explicit unconditional rules: see model/ruleset.ts. */
export type TraceType = 'rule' | 'return' | 'policy';

export interface TraceEvent {
  readonly file: string;
  /** Line of the file, from 1. Several events may share a line (glued records). */
  readonly line: number;
  /** Host name as the envelope has it; null if it has none. */
  readonly host: string | null;
  /** The kernel's log level (TRACE: 4, warning); null if the envelope has none. */
  readonly level: number | null;
  /** Seconds since boot; null if the envelope has none. */
  readonly uptime: number | null;
  /** Milliseconds since 1970 UTC, with a fraction; null unless the input or an option says the year. */
  readonly time: number | null;
  /** The time as written in the envelope (`Jun 22 12:47:55`); null if there is none. */
  readonly stamp: string | null;
  readonly table: TableName;
  readonly chain: string;
  readonly type: TraceType;
  /** Rule number, from 1. */
  readonly number: number;
  readonly packet: Packet;
  /** The kernel cut the line for its length: what `packet` lacks (protocol, ports, mark) may have been there. */
  readonly cut: boolean;
  /** The kernel's message from `TRACE:` on, without a blank at the end. */
  readonly text: string;
}

/** `table:chain:type:number`, as the machine contract writes a step. */
export function stepName(event: Pick<TraceEvent, 'table' | 'chain' | 'type' | 'number'>): string {
  return `${event.table}:${event.chain}:${event.type}:${event.number}`;
}
