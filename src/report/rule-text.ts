/**
 * A rule as its owner's file shows it, without what a walk has no use for: counters, line number, column
 * padding. Never a paraphrase: conditions, comments and their blanks stay to the letter.
 */
import type { Rule } from '../model/ruleset.ts';

/** Save form from `-A` on; a listing's columns from the target on, one blank apart. Raw text. */
export function ownText(rule: Rule): string {
  const text = rule.source.text.trim();
  const saved = /(?:^|\s)(-[AI] .*)$/s.exec(text);
  if (saved !== null && /^(?:\[\d+:\d+\]|iptables|ip6tables|-t|-)/.test(text)) return saved[1] ?? text;
  return listedText(rule, text);
}

/** The same without `-A CHAIN`, for a row that names the chain already. */
export function ownTextInChain(rule: Rule): string {
  const text = ownText(rule);
  const head = `-A ${rule.chain} `;
  return text.startsWith(head) ? text.slice(head.length) : text;
}

const OPT = new Set(['--', '-f', '!f']);

function listedText(rule: Rule, text: string): string {
  const tokens = [...text.matchAll(/\S+/g)];
  const opt = tokens.findIndex(([token], i) => i <= 6 && OPT.has(token));
  const first = opt - (rule.target.kind === 'none' ? 1 : 2);
  // -v, which shows counters, shows interfaces too: in, out, source, destination follow opt.
  const last = opt + (rule.counters === null ? 2 : 4);
  const end = tokens[last];
  if (opt < 0 || first < 0 || end === undefined) return text;
  const columns = tokens.slice(first, last + 1).map(([token]) => token);
  const rest = text.slice(end.index + end[0].length).trim();
  return rest === '' ? columns.join(' ') : `${columns.join(' ')} ${rest}`;
}
