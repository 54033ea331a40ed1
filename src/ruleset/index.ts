/**
 * The door of the rule sets: text of `iptables-save`, `-S` and `-L` → `Ruleset`. Two steps, since a listing's table may
 * hang on what the log shows: `parseRuleset` splits the text, `settleRuleset` names, chooses, reads and links.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { RulesetDraft, RulesetSource } from './draft.ts';
import { splitSource } from './split.ts';

export type { RulesetDraft, RulesetSource } from './draft.ts';
export { lossesOfRuleset, printRuleset } from './print-ruleset.ts';
export { recogniseRules } from './recognise.ts';
export type { SeenChain } from './seen.ts';
export { type SettledRuleset, settleRuleset } from './settle.ts';

/** Splits the sources into tables-to-be, in the order given. Reads no rule yet. */
export function parseRuleset(sources: readonly RulesetSource[]): RulesetDraft {
  const splits = sources.map(splitSource);
  const diagnostics: Diagnostic[] = splits.flatMap((split) => split.diagnostics);
  return {
    sources: splits.map((split) => split.draft),
    diagnostics,
    notes: splits.flatMap((split) => split.notes),
  };
}
