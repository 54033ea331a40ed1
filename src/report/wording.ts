/**
 * Diagnostic → the sentence that says it: the one place where diagnostics have words. The sentence holds
 * raw input text from `args`; every sink escapes it. One line, no full stop, begins in lower case.
 */
import type { Diagnostic, DiagnosticCode } from '../model/diagnostic.ts';

type Args = Diagnostic['args'];

export const DIAGNOSTIC_WORDING = {
  'log.refused': ({ why = 'cannot be read as a TRACE line' }: Args) => `line not understood: ${why}`,
} satisfies Record<DiagnosticCode, (args: Args) => string>;

/** What a diagnostic says, without its place. */
export function messageOf(diagnostic: Diagnostic): string {
  return DIAGNOSTIC_WORDING[diagnostic.code](diagnostic.args);
}
