/**
 * Which rules of a long chain can match a packet at all: rules are filed by one exact condition that is
 * looked at before anything with an effect (an address or network, an interface, a port), so that a packet
 * meets only those filed under what it has, and those that could not be filed. A rule that is left out
 * certainly does not match.
 */
import type { Match } from '../model/match.ts';
import type { Rule } from '../model/ruleset.ts';
import { hasEffect } from './matches/index.ts';
import type { Skb } from './skb.ts';

/** Chains shorter than this are walked rule by rule. */
const SHORTEST = 12;
/** Ports of one condition under each of which the rule is filed. */
const MOST_PORTS = 16;

/** What is compared: the packet's key under it, or null where the packet does not tell. */
interface Lens {
  /** Undefined: not known, so every rule under this lens may match. Null: no rule under it matches. */
  readonly keyOf: (skb: Skb) => string | number | null | undefined;
  readonly rules: Map<string | number, number[]>;
  /** All of them in order, for packets of which the key is not known. */
  readonly every: number[];
}

interface Filing {
  readonly lens: string;
  readonly keyOf: Lens['keyOf'];
  readonly keys: readonly (string | number)[];
}

function networkFiling(match: Match): Filing | null {
  if ((match.kind !== 'destination' && match.kind !== 'source') || match.not) return null;
  const { mask, address } = match.network;
  const [first = 0, second = 0, third = 0, fourth = 0] = mask;
  if (first === 0 && second === 0) return null;
  const side = match.kind === 'destination' ? 'dst' : 'src';
  const wide = mask.length > 1;
  const keyOf = (skb: Skb): string | number | undefined => {
    const words = skb[side]?.words;
    if (words === undefined) return undefined;
    const [a = 0, b = 0, c = 0, d = 0] = words;
    if (!wide) return (a & first) >>> 0;
    return `${(a & first) >>> 0} ${(b & second) >>> 0} ${(c & third) >>> 0} ${(d & fourth) >>> 0}`;
  };
  const key = wide ? address.join(' ') : (address[0] ?? 0);
  return { lens: `${side} ${mask.join()}`, keyOf, keys: [key] };
}

function interfaceFiling(match: Match): Filing | null {
  if ((match.kind !== 'in-interface' && match.kind !== 'out-interface') || match.not) return null;
  if (match.interface.wildcard) return null;
  const side = match.kind === 'in-interface' ? 'in' : 'out';
  return { lens: side, keyOf: (skb) => skb[side], keys: [match.interface.name] };
}

function portFiling(match: Match): Filing | null {
  if (match.kind !== 'tcp' && match.kind !== 'udp' && match.kind !== 'multiport') return null;
  let ports: readonly { readonly from: number; readonly to: number }[] = [];
  if (match.kind === 'multiport') {
    if (match.not || match.side !== 'destination') return null;
    ports = match.ports;
  } else {
    if (match.dport === null || match.dport.not) return null;
    ports = [match.dport.value];
  }
  const count = ports.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  if (count > MOST_PORTS || count < 1) return null;
  const keys = ports.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
  // Fragments and cut headers may drop the packet in the match: such packets meet every rule.
  const keyOf = (skb: Skb): number | undefined =>
    skb.fragmentOffset > 0 || skb.truncated !== undefined ? undefined : skb.dport;
  return { lens: 'dport', keyOf, keys };
}

/** How telling a lens is: a host address before a port before an interface before a network. */
function rank({ lens }: Filing): number {
  if (lens.startsWith('dst') || lens.startsWith('src')) return lens.includes(' 4294967295') ? 4 : 1;
  return lens === 'dport' ? 3 : 2;
}

function filingOf(rule: Rule): Filing | null {
  if (rule.damaged) return null;
  const found: Filing[] = [];
  for (const match of rule.matches) {
    if (hasEffect(match)) break;
    const filing = networkFiling(match) ?? interfaceFiling(match) ?? portFiling(match);
    if (filing !== null) found.push(filing);
  }
  return found.sort((a, b) => rank(b) - rank(a))[0] ?? null;
}

/** Index of the first number in an ascending list that is at least `from`; the length if there is none. */
function lowerBound(list: readonly number[], from: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class ChainIndex {
  readonly #lenses: Lens[] = [];
  readonly #rest: number[] = [];
  readonly #length: number;

  private constructor(rules: readonly Rule[]) {
    this.#length = rules.length;
    const byName = new Map<string, Lens>();
    for (const [i, rule] of rules.entries()) {
      const filing = filingOf(rule);
      if (filing === null) {
        this.#rest.push(i);
        continue;
      }
      let lens = byName.get(filing.lens);
      if (lens === undefined) {
        lens = { keyOf: filing.keyOf, rules: new Map(), every: [] };
        byName.set(filing.lens, lens);
        this.#lenses.push(lens);
      }
      lens.every.push(i);
      for (const key of new Set(filing.keys)) {
        const list = lens.rules.get(key);
        if (list === undefined) lens.rules.set(key, [i]);
        else list.push(i);
      }
    }
  }

  /** Null for chains that are walked faster than looked up. */
  static of(rules: readonly Rule[]): ChainIndex | null {
    return rules.length < SHORTEST ? null : new ChainIndex(rules);
  }

  /** Place (from 0) of the next rule from `from` on that may match; the number of rules if there is none. */
  next(skb: Skb, from: number): number {
    let next = this.#rest[lowerBound(this.#rest, from)] ?? this.#length;
    for (const lens of this.#lenses) {
      const key = lens.keyOf(skb);
      if (key === null) continue;
      const list = key === undefined ? lens.every : lens.rules.get(key);
      if (list === undefined) continue;
      const found = list[lowerBound(list, from)];
      if (found !== undefined && found < next) next = found;
    }
    return next;
  }
}
