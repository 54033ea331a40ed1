/** set_match (net/netfilter/xt_set.c). Counters of a set's entries are as good as chance. */
import type { SetMatch } from '../../model/match.ts';
import { doubt, invert, type Outcome } from '../ask.ts';
import type { Evaluator } from '../evaluate.ts';

function memberOf(match: SetMatch, found: ReturnType<import('../sets.ts').SetView['test']>): Outcome {
  if (typeof found === 'object') return found;
  // With --return-nomatch only the entries that say `nomatch` match (ip_set_test).
  if (match.options.includes('--return-nomatch')) return found === 'nomatch';
  return found === true;
}

export const set: Evaluator<SetMatch> = (match, run) => {
  const member = memberOf(match, run.sets.test(match.set, match.directions, run.skb));
  if (member === true && /--(?:packets|bytes)-/.test(match.options)) {
    return invert(
      doubt({
        kind: 'chance',
        key: `counters of ${match.set} ${match.options}`,
        unknown: `the counters of ${match.set} change with each packet`,
        yes: `the counters of ${match.set} fit ${match.options}`,
        no: `the counters of ${match.set} do not fit ${match.options}`,
      }),
      match.not,
    );
  }
  return invert(member, match.not);
};
