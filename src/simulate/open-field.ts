/**
 * Conditions on a field of the packet that nobody gave: each answer leaves fewer values that the field may have, so
 * that no later answer contradicts an earlier one. What is left decides a condition where it can; else it is a doubt.
 */
import type { Range } from '../model/match.ts';
import { type Doubt, doubt, type Outcome } from './ask.ts';
import type { Skb } from './skb.ts';

/** A field whose values are numbers, and how many it may have. */
const FIELDS = {
  protocol: 256,
  'source port': 65536,
  'destination port': 65536,
  /** Type · 256 + code. */
  'ICMP type': 65536,
  /** Sum of TCP_FLAGS without AE, which no condition looks at. */
  'TCP flags': 256,
} as const;
type OpenField = keyof typeof FIELDS;

/** Both lists ascending, without overlap. */
function common(a: readonly Range[], b: readonly Range[]): readonly Range[] {
  return a.flatMap((one) =>
    b.flatMap((other) => {
      const from = Math.max(one.from, other.from);
      const to = Math.min(one.to, other.to);
      return from <= to ? [{ from, to }] : [];
    }),
  );
}

/** What of the field's values is in none of the ranges. */
function others(ranges: readonly Range[], count: number): readonly Range[] {
  let next = 0;
  const gaps = ranges
    .toSorted((a, b) => a.from - b.from)
    .flatMap(({ from, to }) => {
      const gap = from > next ? [{ from: next, to: from - 1 }] : [];
      next = Math.max(next, to + 1);
      return gap;
    });
  return next < count ? [...gaps, { from: next, to: count - 1 }] : gaps;
}

/**
 * Whether the field, which is not known, has one of the values.
 * @param words the fact and its contrary; left out: `the packet's FIELD is CONDITION`
 * @param learn called with the value where only one is left
 */
export function openField(
  skb: Skb,
  field: OpenField,
  condition: string,
  values: readonly Range[],
  words: Pick<Doubt, 'yes' | 'no'> | null = null,
  learn?: (value: number) => void,
): Outcome {
  const count = FIELDS[field];
  const all = [{ from: 0, to: count - 1 }];
  const outside = others(values, count);
  const inside = others(outside, count);
  const left = skb.left.get(field) ?? all;
  if (common(left, inside).length === 0) return false;
  if (common(left, outside).length === 0) return true;
  return doubt({
    kind: 'packet',
    key: `packet ${field} ${condition}`,
    unknown: `packet field ${field} is not known`,
    yes: words?.yes ?? `the packet's ${field} is ${condition}`,
    no: words?.no ?? `the packet's ${field} is not ${condition}`,
    learn: (yes) => {
      const rest = common(skb.left.get(field) ?? all, yes ? inside : outside);
      skb.left = new Map([...skb.left, [field, rest]]);
      const [only] = rest;
      if (rest.length === 1 && only !== undefined && only.from === only.to) learn?.(only.from);
    },
  });
}

/** The values of TCP flags that are such. */
function flagsThat(holds: (flags: number) => boolean): readonly Range[] {
  return Array.from({ length: FIELDS['TCP flags'] }, (_, flags) => flags)
    .filter(holds)
    .map((flags): Range => ({ from: flags, to: flags }));
}

function flagsLeft(skb: Skb, holds: (flags: number) => boolean): readonly Range[] {
  const values = flagsThat(holds);
  const left = skb.left.get('TCP flags');
  return left === undefined ? values : common(left, values);
}

/** Whether the packet's TCP flags, which are not known, may be such after all that was answered. */
export function flagsMayBe(skb: Skb, holds: (flags: number) => boolean): boolean {
  return flagsLeft(skb, holds).length > 0;
}

/** The packet's TCP flags, which are not known, are such. */
export function learnFlags(skb: Skb, holds: (flags: number) => boolean): void {
  skb.left = new Map([...skb.left, ['TCP flags', flagsLeft(skb, holds)]]);
}

/** Whether the packet's TCP flags, which are not known, are such. */
export function openFlags(
  skb: Skb,
  condition: string,
  holds: (flags: number) => boolean,
  words: Pick<Doubt, 'yes' | 'no'>,
): Outcome {
  return openField(skb, 'TCP flags', condition, flagsThat(holds), words);
}
