/** sctp_mt (net/netfilter/xt_sctp.c). Chunks are shown nowhere. */
import type { SctpMatch } from '../../model/match.ts';
import { fieldDoubt, invert } from '../ask.ts';
import { all, type Evaluator } from '../evaluate.ts';
import { headerOutcome, portsOutcomes } from './ports.ts';

export const sctp: Evaluator<SctpMatch> = (match, run) => {
  const { chunks } = match;
  const chunk =
    chunks === null
      ? true
      : invert(fieldDoubt('SCTP chunks', `${chunks.value.mode} ${chunks.value.types}`), chunks.not);
  return headerOutcome(run, 12) ?? all(run, ...portsOutcomes(run, match), chunk);
};
