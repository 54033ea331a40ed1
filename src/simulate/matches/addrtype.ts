/**
 * addrtype_mt_v1 (net/netfilter/xt_addrtype.c). IPv4 asks the local table alone; IPv6 takes the address's
 * own class first (UNICAST is "not multicast") and asks the routes for LOCAL, ANYCAST, UNREACHABLE.
 */
import type { Address } from '../../model/address.ts';
import type { AddressType, AddrtypeMatch, Inv } from '../../model/match.ts';
import { isAny, isLimitedBroadcast, isMulticast, isZeroNet } from '../address-class.ts';
import { doubt, fieldDoubt, invert, type Outcome } from '../ask.ts';
import { all, type Evaluator } from '../evaluate.ts';
import { foreignAddress } from '../routing.ts';
import type { Run } from '../run.ts';

const ROUTE_TYPES: Readonly<Record<string, AddressType>> = {
  unicast: 'UNICAST',
  local: 'LOCAL',
  broadcast: 'BROADCAST',
  anycast: 'ANYCAST',
  multicast: 'MULTICAST',
  blackhole: 'BLACKHOLE',
  unreachable: 'UNREACHABLE',
  prohibit: 'PROHIBIT',
  throw: 'THROW',
  nat: 'NAT',
};

function typeDoubt(address: Address, types: readonly AddressType[], dev: string | null): Outcome {
  if (dev === null && types.length === 1 && types[0] === 'LOCAL')
    return invert(foreignAddress(address.text), true);
  const where = dev === null ? '' : ` on ${dev}`;
  const what = `${address.text} is of type ${types.join()}${where}`;
  return doubt({
    kind: 'host',
    key: what,
    scope: 'host',
    settledBy: 'routes',
    unknown: "this host's addresses and routes were not saved",
    yes: what,
    no: `${address.text} is not of type ${types.join()}${where}`,
  });
}

/** inet_dev_addr_type. */
function matchesV4(address: Address, types: readonly AddressType[], dev: string | null, run: Run): Outcome {
  if (isZeroNet(address) || isLimitedBroadcast(address)) return types.includes('BROADCAST');
  if (isMulticast(address)) return types.includes('MULTICAST');
  const type = run.routing.fib.ipv4.localType(address, dev);
  if (type === undefined) return typeDoubt(address, types, dev);
  return types.includes(type === null ? 'UNICAST' : (ROUTE_TYPES[type] ?? 'UNICAST'));
}

/** match_type6 and match_lookup_rt6: the classes must all hold, of the looked-up types one. */
function matchesV6(address: Address, types: readonly AddressType[], dev: string | null, run: Run): Outcome {
  if (types.includes('MULTICAST') && !isMulticast(address)) return false;
  if (types.includes('UNICAST') && (isMulticast(address) || isAny(address))) return false;
  if (types.includes('UNSPEC') && !isAny(address)) return false;
  const looked = types.filter((type) => ['LOCAL', 'ANYCAST', 'PROHIBIT', 'UNREACHABLE'].includes(type));
  if (looked.length === 0) return true;
  if (dev !== null && types.includes('LOCAL') && run.host.interfaces !== null) {
    const own = run.host.addressesOf(dev, 'ipv6').some((item) => item.address.text === address.text);
    if (own) return true;
  }
  const found = run.routing.fib.ipv6.lookup(
    {
      dst: address,
      src: undefined,
      mark: { value: 0, known: 0xffffffff },
      iif: '',
      oif: dev,
      tos: undefined,
      protocol: undefined,
      sport: undefined,
      dport: undefined,
      uid: undefined,
    },
    run.ask,
  );
  if (found.kind === 'unknown') return typeDoubt(address, types, dev);
  if (found.kind === 'none') return types.includes('UNREACHABLE');
  if (types.includes('UNREACHABLE') && ['unreachable', 'blackhole', 'prohibit'].includes(found.type))
    return true;
  if (dev === null && types.includes('LOCAL') && found.type === 'local') return true;
  return types.includes('ANYCAST') && found.type === 'anycast';
}

function matches(
  address: Address | undefined,
  asked: Inv<readonly AddressType[]> | null,
  dev: string | null,
  run: Run,
): Outcome {
  if (asked === null) return true;
  if (address === undefined) return invert(fieldDoubt('address', `of type ${asked.value.join()}`), asked.not);
  const outcome =
    address.family === 'ipv4'
      ? matchesV4(address, asked.value, dev, run)
      : matchesV6(address, asked.value, dev, run);
  return invert(outcome, asked.not);
}

export const addrtype: Evaluator<AddrtypeMatch> = (match, run) => {
  const { skb } = run;
  const dev = match.limitIfaceIn ? skb.in : match.limitIfaceOut ? (skb.out ?? null) : null;
  return all(run, matches(skb.src, match.src, dev, run), matches(skb.dst, match.dst, dev, run));
};
