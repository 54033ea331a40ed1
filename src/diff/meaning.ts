/**
 * A rule → what it means, in a form that compares: conditions and target without comment, counters, spelling
 * or number. What a listing lost may be anything, so it agrees with whatever the other side has there.
 */
import type { Rule } from '../model/ruleset.ts';

export interface Meaning {
  readonly rule: Rule;
  /** One text for each condition, in the rule's order. */
  readonly conditions: readonly { readonly kind: string; readonly text: string }[];
  readonly target: string;
  /** Kinds of condition that the listing lost. */
  readonly lost: ReadonlySet<string>;
  /** All of it as one text. */
  readonly key: string;
}

const NOTHING: ReadonlySet<string> = new Set();

export function meaningOf(rule: Rule): Meaning {
  if (rule.damaged) {
    const key = `damaged ${rule.source.text}`;
    return { rule, conditions: [{ kind: 'damaged', text: key }], target: '', lost: NOTHING, key };
  }
  const lost = rule.matches.flatMap((match) =>
    match.kind === 'unknown' && match.why === 'lost' ? [match.name] : [],
  );
  const conditions = rule.matches
    .filter((match) => match.kind !== 'comment' && !(match.kind === 'unknown' && match.why === 'lost'))
    .map((match) => ({ kind: match.kind === 'unknown' ? match.name : match.kind, text: textOf(match) }));
  const target = textOf(rule.target);
  const key = `${conditions.map(({ text }) => text).join(' ')} ${target}`;
  return { rule, conditions, target, lost: lost.length === 0 ? NOTHING : new Set(lost), key };
}

/** Whether two rules are the same to a packet, as far as both are known. */
export function sameMeaning(a: Meaning, b: Meaning): boolean {
  if (a.lost.size === 0 && b.lost.size === 0) return a.key === b.key;
  if (a.target !== b.target) return false;
  return conditionsBeside(a, b) === conditionsBeside(b, a);
}

function conditionsBeside({ conditions }: Meaning, { lost }: Meaning): string {
  return conditions
    .filter(({ kind }) => !lost.has(kind))
    .map(({ text }) => text)
    .join(' ');
}

/** What a comment that both have is worth: it names a service more often than a rule. */
const SAME_COMMENT = 0.3;

/** From 0 (nothing in common) to 1: how likely one is the other, edited. */
export function likeness(a: Meaning, b: Meaning): number {
  const texts = new Set(b.conditions.map(({ text }) => text));
  const kinds = new Set(b.conditions.map(({ kind }) => kind));
  const shared = a.conditions.filter(({ text }) => texts.has(text)).length;
  const alike = a.conditions.filter(({ kind }) => kinds.has(kind)).length;
  const most = Math.max(a.conditions.length, b.conditions.length);
  const target = a.target === b.target ? 2 : 0;
  const comment = commentOf(a.rule);
  const bonus = comment !== null && comment === commentOf(b.rule) ? SAME_COMMENT : 0;
  return Math.min(1, (shared * 2 + alike + target) / (most * 3 + 2) + bonus);
}

function commentOf({ matches }: Rule): string | null {
  const comments = matches.flatMap((match) => (match.kind === 'comment' ? [match.text] : []));
  return comments.length === 0 ? null : comments.join('\n');
}

function textOf(value: object): string {
  return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}n` : each));
}
