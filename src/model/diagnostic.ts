/**
 * What went wrong with an input, as data: wording is in report/wording.ts. Input problems never throw.
 * `DIAGNOSTICS` is the catalogue: code → severity.
 */
import type { SourceRef } from './source.ts';

export type Severity = 'error' | 'warning' | 'info';

export const DIAGNOSTICS = {
  // io
  'io.missing': 'error',
  'io.forbidden': 'error',
  'io.directory': 'error',
  'io.foreign': 'error',
  'io.failed': 'error',
  'io.too-long': 'error',
  'io.twice': 'info',
  'io.long-line': 'warning',
  'io.nul': 'warning',
  // log
  'log.refused': 'warning',
  'log.cut': 'warning',
  'log.overflow': 'warning',
  'log.torn': 'warning',
  'log.trailing': 'warning',
  'log.blob': 'warning',
  'log.imitation': 'info',
  'log.monitor': 'warning',
  'log.zone': 'warning',
  'log.lost-messages': 'warning',
  'log.lost-printk': 'warning',
  'log.lost-sequence': 'warning',
  'log.lost-repeated': 'warning',
  'log.lost-suppressed': 'warning',
  // walk
  'walk.crowded': 'warning',
  // ruleset: one rule line
  'rule.damaged': 'warning',
  'rule.value': 'warning',
  'rule.extension': 'warning',
  'rule.words': 'warning',
  'rule.ambiguous': 'warning',
  // ruleset: whole files
  'ruleset.nothing': 'error',
  'ruleset.empty': 'warning',
  'ruleset.nft-native': 'error',
  'ruleset.ebtables': 'error',
  'ruleset.half': 'warning',
  'ruleset.incompatible-table': 'warning',
  'ruleset.tool-failed': 'warning',
  'ruleset.no-commit': 'warning',
  'ruleset.unknown-table': 'warning',
  'ruleset.stray-rule': 'warning',
  'ruleset.bad-command': 'warning',
  'ruleset.duplicate-chain': 'warning',
  'ruleset.undeclared-chain': 'warning',
  'ruleset.missing-rules': 'warning',
  'ruleset.missing-chain': 'warning',
  'ruleset.unknown-target': 'warning',
  'ruleset.loop': 'warning',
  'ruleset.references': 'warning',
  'ruleset.no-interfaces': 'warning',
  'ruleset.ambiguous-table': 'warning',
  'ruleset.guessed-order': 'warning',
  'ruleset.wrong-table': 'warning',
  'ruleset.wrong-family': 'warning',
  'ruleset.skipped': 'info',
  'ruleset.settled': 'info',
  'ruleset.family-assumed': 'info',
  'ruleset.passed-over': 'info',
  'ruleset.part': 'info',
  // context
  'context.refused': 'warning',
  'context.repeated': 'warning',
  'context.unrecognised': 'warning',
  // packets for the simulator
  'packet.refused': 'error',
  'packet.field': 'warning',
  'packet.value': 'warning',
  // expectations
  'expect.foreign': 'error',
  'expect.syntax': 'error',
  'expect.field': 'error',
  'expect.value': 'error',
  'expect.no-chain': 'warning',
  'packet.interface': 'warning',
} as const satisfies Record<string, Severity>;

export type DiagnosticCode = keyof typeof DIAGNOSTICS;

/** Whether it marks a place where the log lost lines: such codes begin with `log.lost`. */
export function isLoss(diagnostic: Pick<Diagnostic, 'code'>): boolean {
  return diagnostic.code.startsWith('log.lost');
}

export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** What the wording fills in. Raw input text: every sink escapes it. */
  readonly args: Readonly<Record<string, string | number>>;
  readonly at: SourceRef;
  /** The line (or the part of it around `at.column`), and how many columns the caret spans. */
  readonly excerpt: { readonly text: string; readonly column: number; readonly length: number } | null;
}

/** Longest piece of a line that a diagnostic quotes, in UTF-16 units. */
const EXCERPT_WIDTH = 160;

/**
 * Makes a diagnostic about `length` units from `at.column` on in `line` (null: about the input as a whole).
 */
export function diagnostic(
  code: DiagnosticCode,
  at: SourceRef,
  args: Readonly<Record<string, string | number>> = {},
  line: string | null = null,
  length = 1,
): Diagnostic {
  const start = Math.max(0, at.column - 1 - EXCERPT_WIDTH / 2);
  const excerpt =
    line === null
      ? null
      : { text: line.slice(start, start + EXCERPT_WIDTH), column: at.column - start, length };
  return { code, severity: DIAGNOSTICS[code], args, at, excerpt };
}
