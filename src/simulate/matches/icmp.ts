/** icmp_match and icmp6_match: type 255 is any in IPv4 only. */
import type { IcmpMatch } from '../../model/match.ts';
import { fieldDoubt, invert } from '../ask.ts';
import { type Evaluator, rangeText } from '../evaluate.ts';
import { openField } from '../open-field.ts';
import { headerOutcome } from './ports.ts';

export const icmp: Evaluator<IcmpMatch> = (match, run) => {
  const { skb } = run;
  const missing = headerOutcome(run, match.family === 'ipv4' ? 4 : 2);
  if (missing !== null) return missing;
  if (match.family === 'ipv4' && match.type === 0xff) return !match.not;
  if (skb.icmpType === undefined) {
    const values = [{ from: match.type * 256 + match.code.from, to: match.type * 256 + match.code.to }];
    return invert(openField(skb, 'ICMP type', `${match.type}/${rangeText(match.code)}`, values), match.not);
  }
  if (skb.icmpType !== match.type) return match.not;
  if (skb.icmpCode === undefined) {
    if (match.code.from === 0 && match.code.to === 255) return !match.not;
    return invert(fieldDoubt('ICMP code', rangeText(match.code)), match.not);
  }
  return (skb.icmpCode >= match.code.from && skb.icmpCode <= match.code.to) !== match.not;
};
