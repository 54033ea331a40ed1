/** Matches on the connection beside its state: counters, helper. */
import type { ConnbytesMatch, HelperMatch } from '../../model/match.ts';
import { doubt, invert, type Outcome } from '../ask.ts';
import type { Evaluator } from '../evaluate.ts';

function counted(match: ConnbytesMatch): Outcome {
  const text = `${match.mode} ${match.direction} ${match.from}:${match.to ?? ''}`;
  return doubt({
    kind: 'conntrack',
    key: `connbytes ${text}`,
    scope: 'packet',
    settledBy: 'connections',
    unknown: "the connection's counters were not saved",
    yes: `the connection's counters lie in ${text}`,
    no: `the connection's counters do not lie in ${text}`,
  });
}

/** connbytes_mt (net/netfilter/xt_connbytes.c). A range that ends before it begins is an inverted one. */
export const connbytes: Evaluator<ConnbytesMatch> = (match, { skb }) => {
  const { ct } = skb;
  if (ct.kind !== 'tracked') return false;
  const { packets, bytes } = ct.tracked.connection;
  if (packets === null || (bytes === null && match.mode !== 'packets'))
    return invert(counted(match), match.not);
  const sum = (counts: { readonly original: number; readonly reply: number } | null): number =>
    match.direction === 'both'
      ? (counts?.original ?? 0) + (counts?.reply ?? 0)
      : (counts?.[match.direction] ?? 0);
  const total = sum(packets);
  const value =
    match.mode === 'packets'
      ? total
      : match.mode === 'bytes'
        ? sum(bytes)
        : total === 0
          ? 0
          : Math.floor(sum(bytes) / total);
  const inside = value >= Number(match.from) && (match.to === null || value <= Number(match.to));
  return inside !== match.not;
};

/** helper_mt: asks for the helper of the connection that expected this one. */
export const helper: Evaluator<HelperMatch> = (match, { skb }) => {
  const { ct } = skb;
  if (ct.kind !== 'tracked' || !ct.tracked.connection.natUnknown) return match.not;
  return invert(
    doubt({
      kind: 'conntrack',
      key: `helper ${match.helper}`,
      scope: 'connection',
      settledBy: 'connections',
      unknown: 'which connection expected this one was not saved',
      yes: `a connection with helper ${match.helper} expected this one`,
      no: `no connection with helper ${match.helper} expected this one`,
    }),
    match.not,
  );
};
