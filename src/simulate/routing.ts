/**
 * Where a packet goes after PREROUTING and before OUTPUT: ip_route_input_slow, ip_mc_input,
 * ip6_route_input, ip_route_output_key (net/ipv4/route.c, net/ipv6/route.c), with the drops that print
 * nothing. What the saved context does not tell is asked.
 */
import type { Address } from '../model/address.ts';
import type { Ending } from '../model/prediction.ts';
import {
  isAny,
  isLimitedBroadcast,
  isLinkLocal,
  isLocalMulticast,
  isLoopbackAddress,
  isMulticast,
  isZeroNet,
} from './address-class.ts';
import { type Asker, type Doubt, doubt, NOBODY } from './ask.ts';
import { bits, exact } from './bits.ts';
import { Fib, type FibResult, type Flow } from './fib.ts';
import type { Host } from './host.ts';
import type { Skb } from './skb.ts';

export type InputRoute =
  | { readonly kind: 'local' }
  | { readonly kind: 'forward'; readonly dev: string | undefined; readonly via: Address | null }
  /** `refusal`: the ICMP code family that answers it, if any does. */
  | { readonly kind: 'drop'; readonly ending: Ending };

export type OutputRoute =
  | {
      readonly kind: 'route';
      readonly dev: string | undefined;
      readonly via: Address | null;
      readonly loops: boolean;
    }
  | { readonly kind: 'drop'; readonly ending: Ending };

const LOCAL: InputRoute = { kind: 'local' };
/** Routes with which a lookup fails (fib_props, net/ipv4/fib_semantics.c). */
const REFUSING: ReadonlySet<string> = new Set(['blackhole', 'unreachable', 'prohibit', 'throw']);

function drop(ending: Ending): { readonly kind: 'drop'; readonly ending: Ending } {
  return { kind: 'drop', ending };
}

function flowOf(skb: Skb, dst: Address, parts: Partial<Flow>): Flow {
  return {
    dst,
    src: skb.src,
    mark: skb.mark,
    iif: '',
    oif: null,
    tos: exact(skb.tos, 0xfe),
    protocol: skb.protocol,
    sport: skb.sport,
    dport: skb.dport,
    uid: skb.uid,
    ...parts,
  };
}

/** The ending that a route type means for a packet that comes in or is made here. */
function endingOf(result: FibResult): Ending {
  if (result.kind !== 'route') return 'no-route';
  switch (result.type) {
    case 'blackhole':
      return 'blackhole-route';
    case 'prohibit':
      return 'prohibit-route';
    default:
      return 'unreachable-route';
  }
}

/** That an address is none of this host's: the question of routing and of `-m addrtype` where nobody saved it. */
export function foreignAddress(address: string): Doubt {
  return doubt({
    kind: 'host',
    key: `foreign ${address}`,
    scope: 'host',
    settledBy: 'routes',
    unknown: "this host's addresses and routes were not saved",
    yes: `${address} is not an address of this host`,
    no: `${address} is an address of this host`,
  });
}

/** IPv4: the last address of a network, which has two host bits at least. */
function mayBeBroadcast({ family, words }: Address): boolean {
  return family === 'ipv4' && ((words[0] ?? 0) & 3) === 3;
}

export class Routing {
  readonly host: Host;
  readonly fib: { readonly ipv4: Fib; readonly ipv6: Fib };

  constructor(host: Host) {
    this.host = host;
    this.fib = { ipv4: new Fib(host, 'ipv4'), ipv6: new Fib(host, 'ipv6') };
  }

  /** After PREROUTING. */
  routeInput(skb: Skb, ask: Asker): InputRoute {
    const { dst } = skb;
    if (dst === undefined) return this.#askInput(skb, ask);
    if (isMulticast(dst)) return this.#multicast(skb, dst, ask);
    return skb.family === 'ipv4' ? this.#inputV4(skb, dst, ask) : this.#inputV6(skb, dst, ask);
  }

  #inputV4(skb: Skb, dst: Address, ask: Asker): InputRoute {
    const { src } = skb;
    const dev = skb.in;
    const localnet = this.host.perInterface('ipv4', dev, 'route_localnet') > 0 || this.host.isLoopback(dev);
    if (src !== undefined && (isMulticast(src) || isLimitedBroadcast(src))) return drop('martian-source');
    const limited = isLimitedBroadcast(dst) || (isAny(dst) && src !== undefined && isAny(src));
    if (!limited) {
      if (src !== undefined && isZeroNet(src)) return drop('martian-source');
      if (isZeroNet(dst)) return drop('martian-destination');
      if (isLoopbackAddress(dst) && !localnet) return drop('martian-destination');
      if (src !== undefined && isLoopbackAddress(src) && !localnet) return drop('martian-source');
    }
    if (limited) return this.#checkSource(skb, undefined, ask) ?? LOCAL;
    const result = this.fib.ipv4.lookup(flowOf(skb, dst, { iif: dev }), ask);
    if (result.kind === 'unknown') return this.#askInput(skb, ask);
    if (result.kind === 'none') return drop('no-route');
    switch (result.type) {
      case 'local':
      case 'broadcast':
        return this.#checkSource(skb, undefined, ask) ?? LOCAL;
      case 'unicast':
        if (!this.forwards(skb, ask)) return drop('forwarding-off');
        return (
          this.#checkSource(skb, result.dev, ask) ?? { kind: 'forward', dev: result.dev, via: result.via }
        );
      case 'blackhole':
      case 'prohibit':
      case 'unreachable':
        return drop(endingOf(result));
      default:
        return drop('martian-destination');
    }
  }

  /** fib_validate_source: an own address as source, and rp_filter. Null: it may pass. */
  #checkSource(skb: Skb, out: string | undefined, ask: Asker): InputRoute | null {
    const { src } = skb;
    const dev = skb.in;
    if (src === undefined || isAny(src) || this.host.isLoopback(dev)) return null;
    const acceptLocal = this.host.perInterface('ipv4', dev, 'accept_local') > 0;
    if (!acceptLocal && this.fib.ipv4.localType(src, null) === 'local') return drop('martian-source');
    const saved = this.host.reversePathFilter(dev);
    const hairpin = out !== undefined && out === dev;
    if (saved === 0 && !hairpin) return null;
    if (saved === null && !hairpin && !ask.overridable) return null;
    const validMark = this.host.perInterface('ipv4', dev, 'src_valid_mark') > 0;
    const mark = validMark ? skb.mark : bits(0);
    const back = this.fib.ipv4.lookup({ ...flowOf(skb, src, { iif: 'lo' }), src: skb.dst, mark }, ask);
    if (back.kind === 'unknown') return null;
    // A route that only refuses is none to fib_lookup.
    const found = back.kind === 'route' && !REFUSING.has(back.type) ? back : null;
    if (found !== null && found.type !== 'unicast' && !(found.type === 'local' && acceptLocal)) {
      return saved === null && !hairpin ? null : drop('martian-source');
    }
    const hops = found === null ? [] : (found.route?.nexthops.map((hop) => hop.dev) ?? [found.dev]);
    if (hops.includes(dev) || saved === 0 || (saved === 2 && found !== null)) return null;
    const ending = found === null ? 'no-route-back' : 'rp-filter';
    if (saved !== null) return drop(ending);
    const off = ask.usual(`rp_filter ${dev}`, `rp_filter is off on ${dev}`, `rp_filter is on on ${dev}`);
    return off ? null : drop(ending);
  }

  /** Whether packets that come in as this one are forwarded at all. */
  forwards(skb: Skb, ask: Asker): boolean {
    const saved = this.host.forwards(skb.family, skb.in);
    return (
      saved ??
      ask.usual(`forwarding ${skb.family}`, `${skb.family} is forwarded`, `${skb.family} is not forwarded`)
    );
  }

  #inputV6(skb: Skb, dst: Address, ask: Asker): InputRoute {
    const result = this.fib.ipv6.lookup(flowOf(skb, dst, { iif: skb.in }), ask);
    if (result.kind === 'unknown') return this.#askInput(skb, ask);
    if (result.kind === 'none') return drop('no-route');
    switch (result.type) {
      case 'local':
      case 'anycast':
        return LOCAL;
      case 'unicast':
        return { kind: 'forward', dev: result.dev, via: result.via };
      default:
        return drop(endingOf(result));
    }
  }

  /** Delivered if somebody here joined the group: `ip maddr`, which is not part of a context, would tell. */
  #multicast(skb: Skb, dst: Address, ask: Asker): InputRoute {
    if (skb.family === 'ipv4') {
      const { src } = skb;
      if (src !== undefined && (isMulticast(src) || isLimitedBroadcast(src))) return drop('martian-source');
      if (src !== undefined && isLoopbackAddress(src) && !this.host.isLoopback(skb.in))
        return drop('martian-source');
      if (src !== undefined && isZeroNet(src) && !isLocalMulticast(dst) && skb.protocol !== 2) {
        return drop('martian-source');
      }
    }
    const member = this.#isMember(skb, skb.in, dst, ask);
    if (!member) return drop('not-joined');
    return (skb.family === 'ipv4' ? this.#checkSource(skb, undefined, ask) : null) ?? LOCAL;
  }

  #isMember(skb: Skb, dev: string, group: Address, ask: Asker): boolean {
    return (
      this.#joined(skb, dev, group) ??
      ask.decide(
        doubt({
          kind: 'host',
          key: `joined ${dev} ${group.text}`,
          scope: 'host',
          unknown: 'the multicast groups that the host joined are not known',
          yes: `${dev} joined ${group.text}`,
          no: `${dev} did not join ${group.text}`,
        }),
        NOBODY,
      )
    );
  }

  /** What every host joins. Undefined: no telling. */
  #joined(skb: Skb, dev: string, dst: Address): boolean | undefined {
    if (skb.family === 'ipv4') return dst.text === '224.0.0.1' ? true : undefined;
    if (dst.text === 'ff02::1' || dst.text === 'ff01::1') return true;
    if (['ff01::2', 'ff02::2', 'ff05::2'].includes(dst.text)) {
      return this.host.forwards('ipv6', dev) === false ? undefined : true;
    }
    const [a, b, c, d] = dst.words;
    if (a === 0xff020000 && b === 0 && c === 1 && (d ?? 0) >>> 24 === 0xff && this.host.interfaces !== null) {
      const own = this.host.addressesOf(dev, 'ipv6');
      return (
        own.some(({ address }) => ((address.words[3] ?? 0) & 0xffffff) === ((d ?? 0) & 0xffffff)) || undefined
      );
    }
    return undefined;
  }

  /**
   * No routes saved: here, or onward. Whether the destination is this host's is the question that
   * `-m addrtype --dst-type LOCAL` asks too, so that the two cannot be answered against each other.
   */
  #askInput(skb: Skb, ask: Asker): InputRoute {
    const { dst } = skb;
    const where = dst?.text ?? 'the destination';
    const known = dst === undefined ? undefined : this.fib[skb.family].localType(dst, null);
    const common = {
      kind: 'host',
      scope: 'host',
      why: 'the routes of this host are not known',
      settledBy: 'routes',
      rule: null,
      match: null,
    } as const;
    const answer = (fact: string) => ({ fact, probability: null, holds: null });
    if (known === undefined) {
      const { key, no } = foreignAddress(where);
      // What follows says that it is not this host's.
      if (ask.choose({ ...common, key, answers: [answer(''), answer(no)] }) === 1) return LOCAL;
    } else if (known !== null) return LOCAL;
    const toMany = known === undefined && dst !== undefined && mayBeBroadcast(dst);
    const answers = [
      answer(`${where} is forwarded`),
      answer(`there is no route to ${where}`),
      ...(toMany ? [answer(`${where} is a broadcast address of this host`)] : []),
    ];
    const way = ask.choose({ ...common, key: `route ${skb.in} ${where}`, answers });
    if (way === 1) return drop('no-route');
    if (way === 2) return LOCAL;
    return { kind: 'forward', dev: this.#askDevice(where, ask), via: null };
  }

  #askDevice(where: string, ask: Asker): string | undefined {
    return ask.fillName({
      kind: 'host',
      key: `device to ${where}`,
      scope: 'host',
      why: 'the routes of this host are not known',
      settledBy: 'routes',
      rule: null,
      match: null,
      field: 'out',
      allows: (name) => name !== '',
      fact: (name) => `${where} is reached by ${name}`,
      likely: undefined,
    });
  }

  /** For a packet made here, and again where OUTPUT changed what routing looks at (ip_route_me_harder). */
  routeOutput(skb: Skb, ask: Asker): OutputRoute {
    const { dst } = skb;
    if (dst === undefined) return { kind: 'route', dev: undefined, via: null, loops: false };
    // To 0.0.0.0 is to this host (ip_route_output_key_hash_rcu).
    if (skb.family === 'ipv4' && isAny(dst)) return { kind: 'route', dev: 'lo', via: null, loops: false };
    if (isLimitedBroadcast(dst) || (isMulticast(dst) && skb.family === 'ipv4')) {
      const own = skb.src === undefined ? undefined : this.host.ownAddress(skb.src);
      if (own !== undefined) return this.#outToMany(skb, dst, own.dev, ask);
    }
    const oif = this.#ownLink(skb, dst);
    const result = this.fib[skb.family].lookup(flowOf(skb, dst, { iif: 'lo', oif }), ask);
    if (result.kind === 'unknown') {
      return { kind: 'route', dev: this.#askDevice(dst.text, ask), via: null, loops: false };
    }
    if (result.kind === 'none') return drop('no-route');
    switch (result.type) {
      case 'local':
      case 'anycast':
        return { kind: 'route', dev: 'lo', via: null, loops: false };
      case 'unicast':
        return { kind: 'route', dev: result.dev, via: result.via, loops: false };
      case 'broadcast':
      case 'multicast':
        return this.#outToMany(skb, dst, result.dev, ask);
      default:
        return drop(endingOf(result));
    }
  }

  /**
   * The device by which a copy that TEE sends leaves: that to the gateway, wherever the packet itself goes
   * (nf_dup_ipv4_route, nf_dup_ipv6_route). Null: there is none; undefined: the routes do not tell.
   */
  deviceTo(gateway: Address, oif: string | null, skb: Skb, ask: Asker): string | null | undefined {
    const flow = flowOf(skb, gateway, { src: undefined, mark: bits(0), iif: 'lo', oif, uid: undefined });
    const result = this.fib[skb.family].lookup(flow, ask);
    if (result.kind === 'unknown') return oif ?? undefined;
    if (result.kind === 'none' || REFUSING.has(result.type)) return null;
    return result.type === 'local' ? 'lo' : result.dev;
  }

  /** A copy comes back to this host if it is among those meant. */
  #outToMany(skb: Skb, dst: Address, dev: string | undefined, ask: Asker): OutputRoute {
    const loops =
      dev !== undefined &&
      !this.host.isLoopback(dev) &&
      (!isMulticast(dst) || this.#isMember(skb, dev, dst, ask));
    return { kind: 'route', dev, via: null, loops };
  }

  /** IPv6 link-local and multicast destinations leave by the link of the source address. */
  #ownLink(skb: Skb, dst: Address): string | null {
    if (skb.family !== 'ipv6' || !(isLinkLocal(dst) || isMulticast(dst)) || skb.src === undefined)
      return null;
    return this.host.ownAddress(skb.src)?.dev ?? null;
  }
}
