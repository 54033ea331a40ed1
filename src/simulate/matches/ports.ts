/** What tcp, udp, sctp and multiport share: when ports can be looked at, and looking at them. */
import type { Inv, Range } from '../../model/match.ts';
import { HOTDROP, invert, type Outcome } from '../ask.ts';
import { inRangeInv, rangeText } from '../evaluate.ts';
import { openField } from '../open-field.ts';
import type { Run } from '../run.ts';
import type { Skb } from '../skb.ts';

/**
 * Later fragments never match; a header that is cut short drops the packet.
 * @param needed bytes of the header that the match reads
 * @returns null: the header is there
 */
export function headerOutcome({ skb }: Run, needed: number): Outcome | null {
  if (skb.fragmentOffset > 0) return false;
  return skb.truncated !== undefined && skb.truncated < needed ? HOTDROP : null;
}

/** A port that is not known in ranges. It becomes known if it can only be one. */
export function openPort(skb: Skb, side: 'sport' | 'dport', ranges: readonly Range[]): Outcome {
  const field = side === 'sport' ? 'source port' : 'destination port';
  return openField(skb, field, ranges.map(rangeText).join(), ranges, null, (only) => {
    skb[side] = only;
  });
}

/** A port in a range. */
function portIn(run: Run, side: 'sport' | 'dport', range: Inv<Range> | null): Outcome {
  const { skb } = run;
  const field = side === 'sport' ? 'source port' : 'destination port';
  if (range === null || skb[side] !== undefined) return inRangeInv(skb[side], range, field);
  return invert(openPort(skb, side, [range.value]), range.not);
}

export function portsOutcomes(
  run: Run,
  match: { readonly sport: Inv<Range> | null; readonly dport: Inv<Range> | null },
): readonly Outcome[] {
  return [portIn(run, 'sport', match.sport), portIn(run, 'dport', match.dport)];
}
