/** multiport_mt (net/netfilter/xt_multiport.c): `--ports` is either side. */
import type { MultiportMatch } from '../../model/match.ts';
import { fieldDoubt, invert, type Outcome } from '../ask.ts';
import { type Evaluator, rangeText, some } from '../evaluate.ts';
import type { Run } from '../run.ts';
import { headerOutcome } from './ports.ts';

function listed(port: number | undefined, { ports }: MultiportMatch, field: string): Outcome {
  if (port === undefined) return fieldDoubt(field, ports.map(rangeText).join());
  return ports.some(({ from, to }) => port >= from && port <= to);
}

function matches(match: MultiportMatch, run: Run): Outcome {
  const source = listed(run.skb.sport, match, 'source port');
  const destination = listed(run.skb.dport, match, 'destination port');
  if (match.side === 'source') return source;
  return match.side === 'destination' ? destination : some(run, source, destination);
}

export const multiport: Evaluator<MultiportMatch> = (match, run) =>
  headerOutcome(run, 4) ?? invert(matches(match, run), match.not);
