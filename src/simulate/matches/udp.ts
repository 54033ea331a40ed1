/** udp_mt (net/netfilter/xt_tcpudp.c), for UDP and UDPLITE. */
import type { UdpMatch } from '../../model/match.ts';
import { all, type Evaluator } from '../evaluate.ts';
import { headerOutcome, portsOutcomes } from './ports.ts';

export const udp: Evaluator<UdpMatch> = (match, run) =>
  headerOutcome(run, 8) ?? all(run, ...portsOutcomes(run, match));
