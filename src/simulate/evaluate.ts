/** The parts of which conditions are made: several at once, ranges, and values that may be unknown. */
import type { Address, Network } from '../model/address.ts';
import { contains } from '../model/address.ts';
import type { InterfaceName, Inv, Range } from '../model/match.ts';
import { type Doubt, fieldDoubt, invert, isDoubt, type Outcome } from './ask.ts';
import type { Run } from './run.ts';

/** Meaning of one kind of match. Pure but for what it asks: effects are a thing apart. */
export type Evaluator<M> = (match: M, run: Run) => Outcome;

/** All must hold. What was answered counts as known; of what is open, the first is asked. */
export function all(run: Run, ...outcomes: readonly Outcome[]): Outcome {
  let open: Doubt | null = null;
  for (const outcome of outcomes) {
    const known = isDoubt(outcome) ? (run.ask.answered(outcome) ?? outcome) : outcome;
    if (known === true) continue;
    if (!isDoubt(known)) return known;
    open ??= known;
  }
  return open ?? true;
}

/** One must hold. */
export function some(run: Run, ...outcomes: readonly Outcome[]): Outcome {
  let open: Doubt | null = null;
  for (const outcome of outcomes) {
    const known = isDoubt(outcome) ? (run.ask.answered(outcome) ?? outcome) : outcome;
    if (known === true) return true;
    if (isDoubt(known)) open ??= known;
  }
  return open ?? false;
}

export function rangeText({ from, to }: Range): string {
  return from === to ? String(from) : `${from}-${to}`;
}

/** `value` lies in the range; a doubt about `field` if it is not known. */
export function inRange(value: number | undefined, range: Range, field: string): Outcome {
  if (value === undefined) return fieldDoubt(field, rangeText(range));
  return value >= range.from && value <= range.to;
}

/** Null: not asked for. */
export function inRangeInv(value: number | undefined, range: Inv<Range> | null, field: string): Outcome {
  return range === null ? true : invert(inRange(value, range.value, field), range.not);
}

export function inNetwork(
  address: Address | undefined,
  network: Network,
  field: string,
  text: string,
  learn?: (yes: boolean) => void,
): Outcome {
  return address === undefined ? fieldDoubt(field, text, learn) : contains(network, address);
}

/** ifname_compare: an exact name, or a beginning. An empty name matches only `+`. */
export function isInterface(
  name: string | undefined,
  wanted: InterfaceName,
  field: string,
  learn?: (yes: boolean) => void,
): Outcome {
  if (name === undefined) return fieldDoubt(field, wanted.wildcard ? `${wanted.name}+` : wanted.name, learn);
  return wanted.wildcard ? name.startsWith(wanted.name) : name === wanted.name;
}
