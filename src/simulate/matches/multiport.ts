/** multiport_mt (net/netfilter/xt_multiport.c): `--ports` is either side. */
import type { MultiportMatch } from '../../model/match.ts';
import { invert, type Outcome } from '../ask.ts';
import { type Evaluator, some } from '../evaluate.ts';
import type { Run } from '../run.ts';
import { headerOutcome, openPort } from './ports.ts';

function listed({ skb }: Run, { ports }: MultiportMatch, side: 'sport' | 'dport'): Outcome {
  const port = skb[side];
  if (port === undefined) return openPort(skb, side, ports);
  return ports.some(({ from, to }) => port >= from && port <= to);
}

function matches(match: MultiportMatch, run: Run): Outcome {
  const source = listed(run, match, 'sport');
  const destination = listed(run, match, 'dport');
  if (match.side === 'source') return source;
  return match.side === 'destination' ? destination : some(run, source, destination);
}

export const multiport: Evaluator<MultiportMatch> = (match, run) =>
  headerOutcome(run, 4) ?? invert(matches(match, run), match.not);
