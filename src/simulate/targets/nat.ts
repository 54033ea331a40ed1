/** Targets of the nat table: each makes a binding and ends the table (net/netfilter/xt_nat.c and its like). */
import { type Address, addressOf, parseAddress } from '../../model/address.ts';
import type { MasqueradeTarget, NatTarget, NetmapTarget, RedirectTarget } from '../../model/target.ts';
import { isZeroNet, scopeOf } from '../address-class.ts';
import { bind, manipOf, type NatRange, NO_RANGE } from '../nat.ts';
import type { Run } from '../run.ts';
import { sourceAddress } from '../source-address.ts';
import { ACCEPT, type Action, type Effect } from './verdict.ts';

const NO_ADDRESS: Action = { kind: 'end', disposition: 'dropped', ending: 'no-address' };

function setUp(run: Run, range: NatRange, manip: 'src' | 'dst'): Action {
  const { ct } = run.skb;
  if (ct.kind === 'tracked') bind(run, ct.tracked, range, manip);
  return ACCEPT;
}

export const nat: Effect<NatTarget> = (target, run) => {
  const { addresses, ports, portBase, random, randomFully, persistent } = target;
  const range = { addresses, ports, portBase, random: random || randomFully, persistent };
  return setUp(run, range, target.kind === 'SNAT' ? 'src' : 'dst');
};

/** The out device's own address; nobody saved it: whatever the kernel had. */
export const masquerade: Effect<MasqueradeTarget> = (target, run) => {
  const { skb, connections } = run;
  const { ct } = skb;
  if (skb.src !== undefined && isZeroNet(skb.src)) return ACCEPT;
  const known = sourceAddress(run.host, skb.out, skb.dst, skb.via);
  if (known === null) return NO_ADDRESS;
  const address = known ?? askAddress(run, `the address of ${skb.out ?? 'the out interface'}`, 'src');
  const random = target.random || target.randomFully;
  if (ct.kind === 'tracked') connections.put(ct.tracked, { masqueradeOut: skb.out ?? null });
  return setUp(run, { ...NO_RANGE, addresses: rangeOf(address), ports: target.ports, random }, 'src');
};

function rangeOf(address: Address | undefined): NatRange['addresses'] {
  return address === undefined ? undefined : { from: address, to: address };
}

function askAddress(run: Run, what: string, field: 'src' | 'dst'): Address | undefined {
  return run.ask.fillAddress({
    kind: 'host',
    key: what,
    scope: 'host',
    why: 'the addresses of this host were not saved',
    settledBy: 'addresses',
    rule: run.rule,
    match: null,
    field,
    allows: (address) => address.family === run.skb.family,
    fact: (address) => `${what} is ${address.text}`,
    likely: undefined,
  });
}

/** nf_nat_redirect: this host, by the in device's first address, or loopback for what is made here. */
export const redirect: Effect<RedirectTarget> = (target, run) => {
  const { skb, host } = run;
  const local = run.hook === 'OUTPUT';
  const address = local ? parseAddress(skb.family === 'ipv4' ? '127.0.0.1' : '::1') : inAddress(run);
  if (address === null && host.interfaces !== null) return NO_ADDRESS;
  const known = address ?? askAddress(run, `the address of ${skb.in}`, 'dst');
  return setUp(
    run,
    { ...NO_RANGE, addresses: rangeOf(known), ports: target.ports, random: target.random },
    'dst',
  );
};

function inAddress({ skb, host }: Run): Address | null {
  const own = host.addressesOf(skb.in, skb.family);
  if (skb.family === 'ipv4') return own[0]?.address ?? null;
  const wanted = skb.dst === undefined ? 'global' : scopeOf(skb.dst);
  const fitting = own.find(
    ({ address, flags }) => scopeOf(address) === wanted && !flags.includes('tentative'),
  );
  return fitting?.address ?? null;
}

/** Replaces the network part, keeps the host part. */
export const netmap: Effect<NetmapTarget> = ({ network }, run) => {
  const { skb } = run;
  const manip = manipOf(run.hook);
  const address = manip === 'src' ? skb.src : skb.dst;
  if (address === undefined) return setUp(run, { ...NO_RANGE, addresses: undefined }, manip);
  const words = address.words.map(
    (word, i) => ((word & ~(network.mask[i] ?? 0)) | (network.address[i] ?? 0)) >>> 0,
  );
  const mapped = addressOf(skb.family, words);
  return setUp(run, { ...NO_RANGE, addresses: rangeOf(mapped) }, manip);
};
