/** mark_mt (net/netfilter/xt_mark.c): `(mark & mask) == value`. */
import type { MarkMatch } from '../../model/match.ts';
import { fieldDoubt, invert } from '../ask.ts';
import { maskedEquals } from '../bits.ts';
import type { Evaluator } from '../evaluate.ts';

export const mark: Evaluator<MarkMatch> = (match, { skb }) => {
  const { value, mask } = match.mark;
  const known = maskedEquals(skb.mark, mask, value);
  const outcome = known ?? fieldDoubt('mark', `0x${value.toString(16)}/0x${mask.toString(16)}`);
  return invert(outcome, match.not);
};
