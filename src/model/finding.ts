/**
 * What a comparison found, as data: wording is in report/wording.ts. `FINDINGS` is the catalogue:
 * code → severity. A finding is about the input as a whole; what concerns one packet is in its `Check`.
 */
import type { Severity } from './diagnostic.ts';
import type { SourceRef } from './source.ts';

const FINDINGS = {
  /** Saved context that the log contradicts: the file may be older than the log. */
  'check.stale-context': 'warning',
  /** The connections were saved after the log had begun: they do not tell what stood before. */
  'check.late-snapshot': 'warning',
  /** A host setting that nobody saved is not what a plain router has. */
  'check.setting': 'info',
  /** Packet after packet ends at one rule or policy, which by these rules lets them go on. */
  'check.all-end': 'warning',
  /** Packet after packet goes on without a line that by these rules it has. */
  'check.all-lack': 'warning',
  /** Nearly all packets part from the rules, here and there: they are another host's. */
  'rules.foreign': 'error',
  /** The log knows a chain that the rules lack. */
  'rules.unknown-chain': 'error',
  /** The log knows a rule number past the end of its chain. */
  'rules.past-end': 'error',
  /** The divergences vanish if one rule is put in, taken out, moved or another: these are not the rules that were traced. */
  'rules.inserted': 'error',
  'rules.deleted': 'error',
  'rules.moved': 'error',
  'rules.changed': 'error',
  /** More packets than could be kept in order were open at once. */
  'check.order': 'warning',
} as const satisfies Record<string, Severity>;

export type FindingCode = keyof typeof FINDINGS;

export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** What the wording fills in. Raw input text: every sink escapes it. */
  readonly args: Readonly<Record<string, string | number>>;
  /** The line of the log from which on it holds; null: no line. */
  readonly at: SourceRef | null;
}

/** Makes a finding of the catalogue. */
export function finding(
  code: FindingCode,
  args: Readonly<Record<string, string | number>>,
  at: SourceRef | null,
): Finding {
  return { code, severity: FINDINGS[code], args, at };
}
