/**
 * Matches that hang on what no saved state shows: random numbers, token buckets, counters that were
 * running before. Each look is a question of its own.
 */
import type {
  ConnlimitMatch,
  HashlimitMatch,
  LimitMatch,
  StatisticNthMatch,
  StatisticRandomMatch,
} from '../../model/match.ts';
import { type Doubt, doubt, invert } from '../ask.ts';
import type { Evaluator } from '../evaluate.ts';
import type { Run } from '../run.ts';

function chance(run: Run, what: string, why: string, probability: number | null): Doubt {
  const { rule, match } = run;
  const place = rule === null ? '' : `${rule.table}:${rule.chain}:${rule.number}`;
  // A rule may ask the same twice.
  const index = match === null ? 0 : rule?.matches.indexOf(match);
  return doubt({
    kind: 'chance',
    key: `${what} ${place} ${run.visit} ${index}`,
    unknown: why,
    yes: `${what} matched in ${place}`,
    no: `${what} did not match in ${place}`,
    probability,
  });
}

/** The kernel compares 31 random bits. */
export const statisticRandom: Evaluator<StatisticRandomMatch> = (match, run) => {
  if (match.probability <= 0) return match.not;
  if (match.probability >= 1) return !match.not;
  return invert(chance(run, 'statistic random', 'it is drawn at random', match.probability), match.not);
};

/** Where its counter stood is not known, and packets that nobody lists advance it too. */
export const statisticNth: Evaluator<StatisticNthMatch> = (match, run) => {
  if (match.every <= 1) return !match.not;
  return invert(chance(run, 'statistic nth', 'its counter was not saved', 1 / match.every), match.not);
};

export const limit: Evaluator<LimitMatch> = (_match, run) =>
  chance(run, 'limit', 'how many tokens its bucket has was not saved', null);

export const hashlimit: Evaluator<HashlimitMatch> = (_match, run) =>
  chance(run, 'hashlimit', 'how many tokens its bucket has was not saved', null);

/**
 * A packet of a connection that stands already is not counted (nf_conncount_add_skb, 6.18): where that leaves none,
 * the packet is dropped on the spot, as if memory had run out (connlimit_mt).
 */
export const connlimit: Evaluator<ConnlimitMatch> = (_match, run) => {
  const counted = chance(run, 'connlimit', 'how many connections it counted was not saved', null);
  const { ct } = run.skb;
  if (ct.kind !== 'tracked' || !ct.tracked.connection.confirmed || run.skb.in === 'lo') return counted;
  const { rule } = run;
  return { ...counted, drops: `connlimit counted none in ${rule?.table}:${rule?.chain}:${rule?.number}` };
};
