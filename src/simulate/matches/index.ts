/**
 * What every kind of match means. A kind without its meaning does not compile. `applyEffect` is what a
 * match does beside answering.
 */
import type { Match, MatchKind } from '../../model/match.ts';
import type { Outcome } from '../ask.ts';
import type { Evaluator } from '../evaluate.ts';
import type { Run } from '../run.ts';
import { addrtype } from './addrtype.ts';
import { bpf } from './bpf.ts';
import { connlimit, hashlimit, limit, statisticNth, statisticRandom } from './chance.ts';
import { connmark } from './connmark.ts';
import { conntrack } from './conntrack.ts';
import { connbytes, helper } from './flow.ts';
import { destination, fragment, inInterface, outInterface, protocol, source } from './header.ts';
import { physdev, policy, rpfilter, socket, time } from './host.ts';
import { icmp } from './icmp.ts';
import { mark } from './mark.ts';
import { multiport } from './multiport.ts';
import { owner } from './owner.ts';
import { dscp, extensionHeader, iprange, length, mac, pkttype, string, tcpmss, tos, ttl } from './packet.ts';
import { applyRecent, recent } from './recent.ts';
import { sctp } from './sctp.ts';
import { set } from './set.ts';
import { tcp } from './tcp.ts';
import { u32 } from './u32.ts';
import { udp } from './udp.ts';
import { unknown } from './unknown.ts';

type MatchOf<K extends MatchKind> = Extract<Match, { readonly kind: K }>;
type Evaluators = { readonly [K in MatchKind]: Evaluator<MatchOf<K>> };

const always = (): boolean => true;

const EVALUATORS: Evaluators = {
  source,
  destination,
  'in-interface': inInterface,
  'out-interface': outInterface,
  protocol,
  fragment,
  comment: always,
  tcp,
  udp,
  sctp,
  icmp,
  multiport,
  conntrack,
  mark,
  connmark,
  addrtype,
  set,
  'statistic-random': statisticRandom,
  'statistic-nth': statisticNth,
  recent,
  owner,
  socket,
  rpfilter,
  physdev,
  limit,
  hashlimit,
  connlimit,
  u32,
  bpf,
  policy,
  nfacct: always,
  mac,
  pkttype,
  iprange,
  helper,
  dscp,
  tos,
  ttl,
  length,
  string,
  time,
  connbytes,
  tcpmss,
  'extension-header': extensionHeader,
  unknown,
};

function evaluateKind<K extends MatchKind>(kind: K, match: MatchOf<K>, run: Run): Outcome {
  return EVALUATORS[kind](match, run);
}

/** Whether the packet fits the condition, as far as is known. */
export function evaluateMatch(match: Match, run: Run): Outcome {
  // The union is told apart by `kind`; TypeScript cannot follow that through the table.
  return evaluateKind(match.kind, match as MatchOf<typeof match.kind>, run);
}

/** Matches that change something by being looked at. */
export function hasEffect(match: Match): boolean {
  return match.kind === 'recent' && match.action !== 'rcheck';
}

export function applyEffect(match: Match, run: Run, matched: boolean): void {
  if (match.kind === 'recent') applyRecent(match, run, matched);
}
