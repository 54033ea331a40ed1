/** Matches that ask the host and not the packet: sockets, IPsec, reverse routes, bridge ports, time. */
import type {
  InterfaceName,
  Inv,
  PhysdevMatch,
  PolicyMatch,
  RpfilterMatch,
  SocketMatch,
  TimeMatch,
} from '../../model/match.ts';
import {
  isAny,
  isLimitedBroadcast,
  isLinkLocal,
  isLocalMulticast,
  isMulticast,
  isZeroNet,
} from '../address-class.ts';
import { doubt, fieldDoubt, invert, type Outcome } from '../ask.ts';
import { bits, exact } from '../bits.ts';
import { all, type Evaluator, isInterface } from '../evaluate.ts';
import type { Run } from '../run.ts';

export const socket: Evaluator<SocketMatch> = ({ transparent, nowildcard }, { skb }) => {
  const kind = `${transparent ? 'transparent ' : ''}${nowildcard ? 'not wildcard ' : ''}socket`;
  const flow = `${skb.dst?.text ?? '?'}:${skb.dport ?? '?'}`;
  return doubt({
    kind: 'host',
    key: `${kind} ${skb.src?.text ?? '?'} ${skb.sport ?? '?'} ${flow} ${skb.protocol ?? '?'}`,
    scope: 'packet',
    unknown: 'the sockets of this host are not known',
    yes: `a ${kind} takes packets to ${flow}`,
    no: `no ${kind} takes packets to ${flow}`,
  });
};

/** policy_mt (net/netfilter/xt_policy.c): whether the packet came or goes through IPsec, which a plain router lacks. */
export const policy: Evaluator<PolicyMatch> = ({ direction, policy: wanted, options }) => {
  const way = direction === 'in' ? 'came' : 'goes';
  const none = doubt({
    kind: 'packet',
    key: `ipsec ${direction}`,
    unknown: 'whether IPsec handles the packet is not known',
    yes: `the packet ${way} without IPsec`,
    no: `the packet ${way} through IPsec`,
    known: true,
  });
  if (wanted === 'none') return none;
  const ipsec = invert(none, true);
  return options === ''
    ? ipsec
    : typeof ipsec === 'object'
      ? { ...ipsec, key: `${ipsec.key} ${options}` }
      : ipsec;
};

/** rpfilter_mt (net/ipv4/netfilter/ipt_rpfilter.c, ip6t_rpfilter.c): the way back leaves where it came in. */
function reverseRoute(match: RpfilterMatch, { skb, host, routing, ask }: Run): Outcome {
  const { src, dst } = skb;
  if (host.isLoopback(skb.in)) return true;
  if (src === undefined) return fieldDoubt('source address', `reached by ${skb.in}`);
  if (skb.family === 'ipv4') {
    if (isZeroNet(src) && dst !== undefined && (isLimitedBroadcast(dst) || isLocalMulticast(dst)))
      return true;
  } else if (isAny(src)) {
    return true;
  }
  const specific = dst !== undefined && !isMulticast(dst) && !isLimitedBroadcast(dst) && !isZeroNet(dst);
  const found = routing.fib[skb.family].lookup(
    {
      dst: src,
      src: specific ? dst : undefined,
      mark: match.validmark ? skb.mark : bits(0),
      iif: 'lo',
      oif: isLinkLocal(src) ? skb.in : null,
      tos: exact(skb.tos, 0x1c),
      protocol: undefined,
      sport: undefined,
      dport: undefined,
      uid: undefined,
    },
    ask,
  );
  if (found.kind === 'unknown') {
    return doubt({
      kind: 'host',
      key: `reverse ${src.text} ${skb.in}`,
      scope: 'host',
      settledBy: 'routes',
      unknown: 'the routes of this host were not saved',
      yes: `${src.text} is reached by ${skb.in}`,
      no: `${src.text} is not reached by ${skb.in}`,
    });
  }
  if (found.kind === 'none') return false;
  if (found.type === 'local' && skb.family === 'ipv6') return match.acceptLocal;
  if (found.type !== 'unicast' && !(found.type === 'local' && match.acceptLocal)) return false;
  const hops = found.route?.nexthops.map((hop) => hop.dev) ?? [found.dev];
  return match.loose || hops.includes(skb.in);
}

export const rpfilter: Evaluator<RpfilterMatch> = (match, run) =>
  invert(reverseRoute(match, run), match.invert);

/** physdev_mt (net/netfilter/xt_physdev.c): a packet that no bridge handles fits only inverted conditions. */
export const physdev: Evaluator<PhysdevMatch> = (match, run) => {
  const { physIn, physOut } = run.skb;
  if (physIn === undefined) return fieldDoubt('bridge port', 'as asked');
  const port = (
    name: string | null | undefined,
    asked: Inv<InterfaceName> | null,
    field: string,
  ): Outcome => {
    if (asked === null) return true;
    return invert(name === null ? false : isInterface(name, asked.value, field), asked.not);
  };
  const bridged = physIn !== null && physOut !== null;
  return all(
    run,
    match.isBridged === null || bridged !== match.isBridged.not,
    match.isIn === null || (physIn !== null) !== match.isIn.not,
    match.isOut === null || (physOut !== null) !== match.isOut.not,
    port(physIn, match.in, 'bridge port'),
    port(physOut, match.out, 'out bridge port'),
  );
};

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

function secondsOf(clock: string): number {
  const [hour = 0, minute = 0, second = 0] = clock.split(':').map(Number);
  return hour * 3600 + minute * 60 + second;
}

/** time_mt (net/netfilter/xt_time.c), in UTC; the kernel's own zone is not known. */
export const time: Evaluator<TimeMatch> = ({ options }, { skb }) => {
  const now = skb.spec.time;
  const value = (name: string): string | undefined => new RegExp(`--${name} (\\S+)`).exec(options)?.[1];
  if (now === undefined || /--kerneltz/.test(options)) return fieldDoubt('time', options);
  const date = new Date(now);
  const start = secondsOf(value('timestart') ?? '00:00:00');
  const stop = secondsOf(value('timestop') ?? '23:59:59');
  const second = Math.floor(now / 1000) % 86400;
  const from = value('datestart');
  const until = value('datestop');
  if (from !== undefined && now < Date.parse(`${from}Z`)) return false;
  if (until !== undefined && now > Date.parse(`${until}Z`)) return false;
  const inside = start <= stop ? second >= start && second <= stop : second >= start || second <= stop;
  if (!inside) return false;
  // A span over midnight counts as of the day that it began on.
  const begun =
    /--contiguous/.test(options) && start > stop && second <= stop ? new Date(now - 86_400_000) : date;
  const days = value('weekdays')?.split(',');
  const dates = value('monthdays')?.split(',');
  return (
    (days === undefined || days.includes(WEEKDAYS[(begun.getUTCDay() + 6) % 7] ?? '')) &&
    (dates === undefined || dates.includes(String(begun.getUTCDate())))
  );
};
