/** recent_mt (net/netfilter/xt_recent.c): `--set` always matches; what was in a list before is not known. */
import { type Address, addressOf, networkOf } from '../../model/address.ts';
import type { RecentMatch } from '../../model/match.ts';
import { doubt, fieldDoubt, invert, type Outcome } from '../ask.ts';
import type { Evaluator } from '../evaluate.ts';
import type { Run } from '../run.ts';

function addressIn({ mask, side }: RecentMatch, { skb }: Run): Address | undefined {
  const address = side === 'source' ? skb.src : skb.dst;
  if (address === undefined || mask === null || mask.family !== address.family) return address;
  return addressOf(address.family, networkOf(address, mask.words).address);
}

function listed(match: RecentMatch, run: Run): Outcome {
  const address = addressIn(match, run);
  if (match.action === 'set') return true;
  if (address === undefined) return fieldDoubt('address', `in the recent list ${match.name}`);
  const count = run.recent.count(match.name, address);
  if (count < 0) return false;
  const enough = count > 0 && (match.hitcount === null || count >= match.hitcount);
  if (enough && match.seconds === null && !match.rttl) return true;
  if (count > 0 && match.action === 'remove') return true;
  const { name, seconds, rttl } = match;
  const plain = match.hitcount === null && seconds === null && !rttl;
  return doubt({
    kind: 'chance',
    key: `recent ${match.name} ${address.text} ${match.hitcount ?? ''} ${match.seconds ?? ''} ${run.visit}`,
    unknown: `the recent list ${match.name} was not saved`,
    yes: `${address.text} is in the recent list ${match.name}`,
    no: `${address.text} is not in the recent list ${match.name}`,
    learn: plain ? (yes) => run.recent.learn(name, address, yes) : undefined,
  });
}

export const recent: Evaluator<RecentMatch> = (match, run) => invert(listed(match, run), match.not);

/** What looking does to the list; `matched` is the outcome as inverted. An address that `--update` misses is not added. */
export function applyRecent(match: RecentMatch, run: Run, matched: boolean): void {
  const address = addressIn(match, run);
  if (address === undefined) return;
  if (match.action === 'set') run.recent.add(match.name, address);
  else if (match.action === 'remove' && matched !== match.not) run.recent.remove(match.name, address);
  else if (match.action === 'update' && matched && !match.not) run.recent.add(match.name, address);
}
