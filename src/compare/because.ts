/**
 * The responsible condition of a divergence: what the rules say comes next, what the log has instead, and
 * how the conditions of both stand → the one condition that decides, with the packet's value.
 */
import type { Divergence } from '../model/check.ts';
import type { ConditionResult, Explain } from '../model/evaluator.ts';
import type { LoggedStep } from '../model/oracle.ts';
import { type Rule, type Ruleset, tableOf } from '../model/ruleset.ts';
import type { Target } from '../model/target.ts';
import type { Step } from '../model/walk.ts';
import type { Mismatch, RewrittenField } from './fields.ts';

export type Because = NonNullable<Divergence['because']>;

/** What was seen where the run and the log part. */
export interface Parting {
  /** The line that the rules print there; null: nothing more. */
  readonly expected: LoggedStep | null;
  /** The line that the log has there; null: the log has nothing more. */
  readonly observed: Step | null;
  /** The lines that both have. */
  readonly earlier: readonly Step[];
  /** The first field of the packet in which the two lines differ. */
  readonly mismatch: Mismatch | null;
  /** The two lines have the same name. */
  readonly named: boolean;
  /** How rules stand at that moment; null if the run came to no line there. */
  readonly explain: Explain | null;
  readonly ruleset: Ruleset;
}

function nameOf(rule: Rule): string {
  return `${rule.table}:${rule.chain}:${rule.number}`;
}

/** The condition that decides, or null where no rule is responsible (routing, an unknown chain). */
export function becauseOf(parting: Parting): Because | null {
  const { mismatch, named, explain, observed, expected, earlier } = parting;
  const last = earlier.at(-1);
  // Another rule matches because the rule before made another packet.
  if (mismatch !== null && (named || (last !== undefined && writes(last, mismatch)))) {
    return byRewrite(parting, mismatch);
  }
  if (explain !== null && observed !== null) {
    const failed = failedOf(parting, observed, explain);
    if (failed !== null) return failed;
  }
  if (explain !== null && expected?.rule != null && isPassedOver(parting, expected)) {
    const matched = matchedOf(expected.rule, explain);
    if (matched !== null) return matched;
  }
  return byVerdict(parting);
}

/** The log went on to a later rule of the chain, past the expected one. */
function isPassedOver({ observed }: Parting, expected: LoggedStep): boolean {
  if (observed === null) return false;
  const { event } = observed;
  return event.table === expected.table && event.chain === expected.chain && event.number > expected.number;
}

/** A condition of the observed rule, or of the one that leads to its chain, which this packet does not meet. */
function failedOf(parting: Parting, observed: Step, explain: Explain): Because | null {
  const { place } = observed;
  const rules = place.kind === 'rule' ? [place.rule] : [];
  for (const rule of [...rules, ...callersOf(parting, observed)]) {
    const failed = explain(rule).find(({ result }) => result === false);
    if (failed !== undefined) return { rule: nameOf(rule), ...said(failed) };
  }
  return null;
}

/** Rules of the chain where the run is that call the observed step's chain. */
function callersOf({ earlier, expected, ruleset }: Parting, { event }: Step): readonly Rule[] {
  const table = tableOf(ruleset, event.packet.family, event.table);
  const before = earlier.at(-1);
  const here = expected?.chain ?? before?.event.chain;
  if (table === null || here === undefined || here === event.chain) return [];
  const rules = table.chains.get(here)?.rules ?? [];
  const from = before?.event.chain === here ? before.event.number : 0;
  return rules.filter(
    ({ number, target }) => number > from && target.kind === 'jump' && target.chain === event.chain,
  );
}

/** How decisive a condition is where several are met: what changes from day to day goes before what stands. */
const WEIGHT: readonly (readonly [RegExp, number])[] = [
  [/--match-set/, 9],
  [/-m (?:conntrack|state|connmark)\b/, 8],
  [/-m mark\b/, 7],
  [/-m addrtype\b/, 6],
  [/ports?\b|-m icmp6?\b/, 5],
  [/^(?:! )?-[sd]\b|-m iprange/, 4],
  [/^(?:! )?-[io]\b/, 3],
  [/^(?:! )?-p\b/, 2],
  [/-m comment\b/, -1],
];

function weightOf(condition: string): number {
  return WEIGHT.find(([form]) => form.test(condition))?.[1] ?? 1;
}

/** The expected rule matches this packet, so that the log should have it. */
function matchedOf(rule: Rule, explain: Explain): Because | null {
  let decisive: ConditionResult | null = null;
  for (const condition of explain(rule)) {
    if (decisive === null || weightOf(condition.condition) > weightOf(decisive.condition))
      decisive = condition;
  }
  return decisive === null || weightOf(decisive.condition) < 0
    ? null
    : { rule: nameOf(rule), ...said(decisive) };
}

function said({ condition, value }: ConditionResult): { condition: string; value: string } {
  return { condition, value };
}

/** Targets by the field that they write. */
const WRITERS: Readonly<Partial<Record<RewrittenField, readonly Target['kind'][]>>> = {
  mark: ['MARK', 'CONNMARK', 'HMARK', 'TPROXY', 'SET', 'NFQUEUE'],
  dst: ['DNAT', 'REDIRECT', 'NETMAP'],
  dport: ['DNAT', 'REDIRECT', 'NETMAP'],
  src: ['SNAT', 'MASQUERADE', 'NETMAP'],
  sport: ['SNAT', 'MASQUERADE', 'NETMAP'],
  ttl: ['TTL'],
  tos: ['TOS', 'DSCP', 'continue'],
  length: ['TCPMSS', 'continue'],
};

function writes({ place }: Step, { field }: Mismatch): boolean {
  const writers = WRITERS[field as RewrittenField] ?? [];
  return place.kind === 'rule' && writers.includes(place.rule.target.kind);
}

/** Who wrote the field last, and to what; the line's own rule where no rule wrote it. */
function byRewrite({ earlier, observed }: Parting, mismatch: Mismatch): Because | null {
  const { field } = mismatch;
  const value = `${field} ${mismatch.observed === '' ? 'empty' : mismatch.observed}`;
  const writer = earlier.findLast((step) => writes(step, mismatch));
  if (writer?.place.kind === 'rule') {
    const { rule } = writer.place;
    return { rule: nameOf(rule), condition: targetText(rule), value: `${value}, not ${mismatch.expected}` };
  }
  if (observed === null) return null;
  const { table, chain, number } = observed.event;
  return { rule: `${table}:${chain}:${number}`, condition: `${field} ${mismatch.expected}`, value };
}

/** What the rule before does to the packet cannot have been followed by this. */
function byVerdict({ earlier, observed, expected }: Parting): Because | null {
  const before = earlier.at(-1);
  const place = before?.place;
  if (before === undefined || place === undefined || observed === null) return null;
  if (goesOnAlike(before, observed, expected)) return null;
  if (place.kind === 'rule') {
    return {
      rule: nameOf(place.rule),
      condition: targetText(place.rule),
      value: `went on in ${whereOf(observed)}`,
    };
  }
  if (place.kind !== 'policy') return null;
  return {
    rule: `${before.event.table}:${place.chain.name}:${before.event.number}`,
    condition: `policy ${place.chain.policy}`,
    value: `went on in ${whereOf(observed)}`,
  };
}

/**
 * Whether what follows the step before is what it leads to: a line of the chain to which it leads, or of another
 * table, where it lets the packet leave this one. Then what differs is no doing of it.
 */
function goesOnAlike(before: Step, { event, hook }: Step, expected: LoggedStep | null): boolean {
  const left = event.table !== before.event.table || hook !== before.hook;
  if (expected === null) return left && accepts(before);
  if (event.table === expected.table && event.chain === expected.chain) return true;
  return left && (expected.table !== before.event.table || expected.hook !== before.hook);
}

function accepts({ place }: Step): boolean {
  if (place.kind === 'policy') return place.chain.policy === 'ACCEPT';
  return (
    place.kind === 'rule' && place.rule.target.kind === 'verdict' && place.rule.target.verdict === 'ACCEPT'
  );
}

function whereOf({ event }: Step): string {
  return `${event.table}:${event.chain}`;
}

/** `-j MARK --set-xmark 0x1/0x1`. */
function targetText(rule: Rule): string {
  const at = Math.max(rule.text.lastIndexOf(' -j '), rule.text.lastIndexOf(' -g '));
  return at < 0 ? '' : rule.text.slice(at + 1);
}
