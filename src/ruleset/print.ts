/**
 * A rule's parts → the line that iptables-save 1.8.9 prints for them, and what that line cannot say because a
 * listing did not tell. Law: a printed rule parses back to the same parts.
 */
import type { Family } from '../model/address.ts';
import type { Match, UnknownMatch } from '../model/match.ts';
import type { Target } from '../model/target.ts';
import { quote } from './line/quote.ts';
import { HEADER_ORDER } from './matches/header.ts';
import { printMatch } from './matches/index.ts';
import { printTarget } from './targets/index.ts';

/** What a rule is made of: a `Rule` is one, a `RuleLine` too. */
export interface RuleParts {
  readonly matches: readonly Match[];
  readonly target: Target;
}

/** A thing that the printed line cannot say because its source (a listing) did not tell. */
export interface Loss {
  /** The condition or option: `in-interface`, `hashlimit-name`. */
  readonly what: string;
  /** As the source has it, '' if it has nothing. */
  readonly text: string;
}

/**
 * Prints `-A CHAIN …`, without counters. A condition that was lost is left out, words of a listing that nobody
 * knows stand in a comment: see `lossesOf`.
 * @param family matters only where nothing else shows it: a TPROXY without address
 */
export function printRule({ matches, target }: RuleParts, chain: string, family: Family = 'ipv4'): string {
  const parts = [`-A ${chain}`];
  const placed: string[] = [];
  const extensions: string[] = [];
  for (const match of matches) {
    const text = match.kind === 'unknown' ? printUnknown(match) : printMatch(match);
    if (text === '') continue;
    const place = HEADER_ORDER.indexOf(match.kind === 'unknown' ? match.name : match.kind);
    if (place < 0) extensions.push(text);
    else placed[place] = placed[place] === undefined ? text : `${placed[place]} ${text}`;
  }
  for (const text of placed) if (text !== undefined) parts.push(text);
  for (const text of extensions) parts.push(text);
  const action = target.kind === 'unknown' ? printUnknownTarget(target) : printTarget(target, family);
  if (action !== '') parts.push(action);
  return parts.join(' ');
}

/** Words of the save form begin with a dash; those of a listing do not. */
function isSaveForm(text: string): boolean {
  return /^(?:! )?-/.test(text);
}

function printUnknown({ text, why }: UnknownMatch): string {
  if (why === 'lost') return '';
  return isSaveForm(text) ? text : `-m comment --comment ${quote(`not in save form: ${text}`)}`;
}

function printUnknownTarget({ name, text }: Extract<Target, { kind: 'unknown' }>): string {
  if (name === '') return '';
  return isSaveForm(text) ? `-j ${name} ${text}` : `-j ${name}`;
}

/** What `printRule` had to leave out or make up. */
export function lossesOf({ matches, target }: RuleParts): readonly Loss[] {
  const losses: Loss[] = [];
  for (const match of matches) {
    if (match.kind === 'hashlimit' && match.name === null) losses.push({ what: 'hashlimit-name', text: '' });
    if (match.kind !== 'unknown') continue;
    if (match.why === 'lost' || !isSaveForm(match.text)) losses.push({ what: match.name, text: match.text });
  }
  if (target.kind === 'unknown' && target.text !== '' && !isSaveForm(target.text)) {
    losses.push({ what: target.name, text: target.text });
  }
  return losses;
}
