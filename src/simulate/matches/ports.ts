/** What tcp, udp, sctp and multiport share: when ports can be looked at, and looking at them. */
import type { Inv, Range } from '../../model/match.ts';
import { fieldDoubt, HOTDROP, invert, type Outcome } from '../ask.ts';
import { inRangeInv, rangeText } from '../evaluate.ts';
import type { Run } from '../run.ts';

/**
 * Later fragments never match; a header that is cut short drops the packet.
 * @param needed bytes of the header that the match reads
 * @returns null: the header is there
 */
export function headerOutcome({ skb }: Run, needed: number): Outcome | null {
  if (skb.fragmentOffset > 0) return false;
  return skb.truncated !== undefined && skb.truncated < needed ? HOTDROP : null;
}

/** A port in a range. One that is not known becomes known if it can only be one. */
function portIn(run: Run, side: 'sport' | 'dport', range: Inv<Range> | null): Outcome {
  const { skb } = run;
  const field = side === 'sport' ? 'source port' : 'destination port';
  if (range === null || skb[side] !== undefined) return inRangeInv(skb[side], range, field);
  const { from, to } = range.value;
  if (from === 0 && to === 65535) return !range.not;
  const learn = (yes: boolean): void => {
    if (yes && from === to) skb[side] = from;
  };
  return invert(fieldDoubt(field, rangeText(range.value), learn), range.not);
}

export function portsOutcomes(
  run: Run,
  match: { readonly sport: Inv<Range> | null; readonly dport: Inv<Range> | null },
): readonly Outcome[] {
  return [portIn(run, 'sport', match.sport), portIn(run, 'dport', match.dport)];
}
