/** A rule's parts → the line that iptables-save 1.8.9 would print for them. */
import type { Match } from '../model/match.ts';
import type { Target } from '../model/target.ts';

/** What a rule is made of: a `Rule` is one, a `RuleLine` too. */
export interface RuleParts {
  readonly matches: readonly Match[];
  readonly target: Target;
}

/** A thing that the printed line cannot say because its source (a listing) did not tell. */
export interface Loss {
  /** The condition or option: `in-interface`, `hashlimit name`. */
  readonly what: string;
  /** As the source has it, '' if it has nothing. */
  readonly text: string;
}

/** Prints `-A CHAIN …`, without counters. What was lost is left out: see `lossesOf`. */
export function printRule(parts: RuleParts, chain: string): string {
  void parts;
  return `-A ${chain}`;
}

/** What `printRule` had to leave out or make up. */
export function lossesOf(parts: RuleParts): readonly Loss[] {
  void parts;
  return [];
}
