/**
 * Is this text a rule set, and in which form? Looks at the shape of lines only. Rules of nft and ebtables are
 * recognised too, so that a folder's file of that kind is refused and not taken for nothing.
 */

import { isTableName } from '../model/hook.ts';
import type { RulesetForm } from '../model/ruleset.ts';
import { type Foreign, foreignOf, generatedBy } from './hint.ts';
import {
  declarationOf,
  headingOf,
  isCommand,
  isListedCommand,
  isLoneRow,
  layoutOf,
  tableLineOf,
} from './lines.ts';

export interface Recognised {
  readonly form: RulesetForm | Foreign;
  /** 0 to 1: how much of the text is of that form. Above a half it is hardly anything else. */
  readonly confidence: number;
}

/** A text of which these many lines show no rule set shows none further down either. */
const LINES_LOOKED_AT = 5000;

/** Recognises rules by content; null if nothing in the text is one. */
export function recogniseRules(lines: readonly string[]): Recognised | null {
  const counts = new Map<Recognised['form'], number>();
  let filled = 0;
  let inside: Recognised['form'] | null = null;
  for (const raw of lines.slice(0, LINES_LOOKED_AT)) {
    const text = raw.trim();
    if (text === '') continue;
    inside = formOf(text, inside);
    // A comment or a prompt with # speaks neither for rules nor against.
    if (inside !== null || !text.startsWith('#')) filled++;
    if (inside !== null) counts.set(inside, (counts.get(inside) ?? 0) + 1);
  }
  const [form, count] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [];
  if (form === undefined || count === undefined || !isProven(form, lines)) return null;
  return { form, confidence: count / filled };
}

/** The form that this line belongs to, given that of the line before; null where it is none of a rule set's. */
function formOf(text: string, before: Recognised['form'] | null): Recognised['form'] | null {
  const foreign = foreignOf(text);
  if (foreign !== null) return foreign;
  if (generatedBy(text)?.tool.includes('tables') === true) return 'save';
  if (headingOf(text) !== null || layoutOf(text) !== null) return 'list';
  if (before === 'nft' || before === 'ebtables' || before === 'arptables') return before;
  if (isTableName(tableLineOf(text) ?? '')) return 'save';
  if (before === 'save') return isSaveLine(text) ? 'save' : null;
  if (before === 'list' && !text.startsWith('#')) return 'list';
  if (isListedCommand(text)) return 'S';
  return isLoneRow(text) ? 'list' : null;
}

function isSaveLine(text: string): boolean {
  return text.startsWith('#') || text === 'COMMIT' || isCommand(text) || declarationOf(text) !== null;
}

/**
 * `-A NAME …` alone may be an old ipset's: a policy or a target is what only rules have. And `* nat` alone may be a
 * bullet in somebody's prose.
 */
function isProven(form: Recognised['form'], lines: readonly string[]): boolean {
  if (form === 'S')
    return lines.some((line) => /^\s*-P \S+ (?:ACCEPT|DROP)\b|^\s*-A \S+ (?:.* )?-[jg] \S/.test(line));
  return (
    form !== 'save' || lines.some((line) => isSaveLine(line.trim()) && tableLineOf(line.trim()) === null)
  );
}
