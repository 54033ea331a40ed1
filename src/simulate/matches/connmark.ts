/** connmark_mt (net/netfilter/xt_connmark.c): without an entry it does not match, inverted or not. */
import type { ConnmarkMatch } from '../../model/match.ts';
import { doubt, invert } from '../ask.ts';
import { maskedEquals } from '../bits.ts';
import type { Evaluator } from '../evaluate.ts';

export const connmark: Evaluator<ConnmarkMatch> = (match, { skb }) => {
  const { ct } = skb;
  if (ct.kind !== 'tracked') return false;
  const { value, mask } = match.mark;
  const text = `0x${value.toString(16)}/0x${mask.toString(16)}`;
  const known = maskedEquals(ct.tracked.connection.mark, mask, value);
  return invert(
    known ??
      doubt({
        kind: 'conntrack',
        key: `connmark ${text}`,
        scope: 'connection',
        settledBy: 'connections',
        unknown: "the connection's mark was not saved",
        yes: `the connection's mark is ${text}`,
        no: `the connection's mark is not ${text}`,
      }),
    match.not,
  );
};
