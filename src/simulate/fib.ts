/**
 * The routing decision: policy rules in order, each table by longest prefix (net/ipv4/fib_*.c,
 * net/ipv6/ip6_fib.c). What was not saved is unknown, except that own addresses are local.
 */

import { type Address, type Family, networkOf, prefixLength, prefixMask } from '../model/address.ts';
import type { NextHop, Route, RouteType, RoutingRule } from '../model/context.ts';
import { entryOf } from '../model/entry.ts';
import type { Bits } from '../model/oracle.ts';
import { isLinkLocal, isLoopbackAddress, isMulticast } from './address-class.ts';
import type { Asker } from './ask.ts';
import { doubt, fieldDoubt, NOBODY } from './ask.ts';
import { maskedEquals } from './bits.ts';
import type { Host } from './host.ts';

export interface Flow {
  readonly dst: Address;
  readonly src: Address | undefined;
  readonly mark: Bits;
  readonly iif: string;
  /** Output device that is asked for; null: any. */
  readonly oif: string | null;
  readonly tos: number | undefined;
  readonly protocol: number | undefined;
  readonly sport: number | undefined;
  readonly dport: number | undefined;
  readonly uid: number | undefined;
}

export type FibResult =
  | {
      readonly kind: 'route';
      readonly type: RouteType;
      readonly route: Route | null;
      readonly dev: string | undefined;
      readonly via: Address | null;
    }
  | { readonly kind: 'none' }
  /** The tables were not saved. */
  | { readonly kind: 'unknown' };

const NONE: FibResult = { kind: 'none' };

function standardRules(family: Family): readonly RoutingRule[] {
  const at = { file: '', line: 0, column: 0 };
  const rule = (priority: number, table: string): RoutingRule => ({
    family,
    priority,
    not: false,
    from: null,
    to: null,
    fwmark: null,
    iif: null,
    oif: null,
    tos: null,
    protocol: null,
    sport: null,
    dport: null,
    uids: null,
    suppressPrefixLength: null,
    action: { kind: 'lookup', table },
    at,
  });
  return [rule(0, 'local'), rule(32766, 'main'), rule(32767, 'default')];
}

/** Numbers of the tables that have names. */
const TABLE_NAMES: Readonly<Record<string, string>> = { '255': 'local', '254': 'main', '253': 'default' };

/** One table: destinations by mask, the longest first. */
class FibTable {
  readonly #byMask = new Map<
    string,
    { readonly mask: readonly number[]; readonly length: number; readonly routes: Map<string, Route[]> }
  >();
  #sorted: {
    readonly mask: readonly number[];
    readonly length: number;
    readonly routes: Map<string, Route[]>;
  }[] = [];

  add(route: Route): void {
    const { mask, address } = route.destination;
    const name = mask.join();
    let level = this.#byMask.get(name);
    if (level === undefined) {
      level = { mask, length: prefixLength(mask) ?? 0, routes: new Map() };
      this.#byMask.set(name, level);
      this.#sorted = [...this.#byMask.values()].sort((a, b) => b.length - a.length);
    }
    const key = address.join();
    const routes = level.routes.get(key);
    if (routes === undefined) level.routes.set(key, [route]);
    else routes.push(route);
  }

  /** Routes to the address, the most specific first, then by TOS and metric. */
  *routesTo(address: Address, tos: number | undefined): Iterable<Route> {
    for (const { mask, routes } of this.#sorted) {
      const found = routes.get(networkOf(address, mask).address.join());
      if (found === undefined) continue;
      const fitting = found.filter(
        (route) => route.tos === 0 || tos === undefined || route.tos === (tos & 0x1e),
      );
      yield* fitting.sort((a, b) => b.tos - a.tos || a.metric - b.metric);
    }
  }
}

function usable(hop: NextHop, oif: string | null): boolean {
  return !hop.flags.includes('dead') && (oif === null || hop.dev === oif);
}

export class Fib {
  readonly #host: Host;
  readonly #tables = new Map<string, FibTable>();
  readonly #rules: readonly RoutingRule[];
  readonly #family: Family;
  /** The routes of this family were saved. */
  readonly known: boolean;
  /** A local table was saved; else own addresses stand in for it. */
  readonly #localKnown: boolean;

  constructor(host: Host, family: Family) {
    this.#host = host;
    this.#family = family;
    const { context } = host;
    this.known = context.routes !== null && context.routeFamilies.includes(family);
    for (const route of context.routes ?? []) {
      if (route.family === family) this.#table(entryOf(TABLE_NAMES, route.table) ?? route.table).add(route);
    }
    this.#localKnown = this.#tables.has('local');
    const rules = (context.routingRules ?? []).filter(
      (rule) => rule.family === null || rule.family === family,
    );
    this.#rules = (rules.length > 0 ? rules : standardRules(family)).toSorted(
      (a, b) => a.priority - b.priority,
    );
  }

  #table(name: string): FibTable {
    let table = this.#tables.get(name);
    if (table === undefined) {
      table = new FibTable();
      this.#tables.set(name, table);
    }
    return table;
  }

  /** The type that the local table gives an address; null: not there. Undefined: not known. */
  localType(address: Address, dev: string | null): RouteType | null | undefined {
    if (this.#localKnown) {
      for (const route of this.#table('local').routesTo(address, undefined)) {
        if (route.type === 'throw') break;
        return dev === null || route.nexthops.some((hop) => hop.dev === dev) ? route.type : 'unicast';
      }
      return null;
    }
    return this.#ownType(address, dev);
  }

  /** What the local table would hold for the addresses of `ip addr`. */
  #ownType(address: Address, dev: string | null): RouteType | null | undefined {
    const { interfaces } = this.#host;
    if (interfaces === null) return undefined;
    for (const item of interfaces) {
      for (const own of item.addresses) {
        if (own.address.family !== address.family) continue;
        const here = dev === null || item.name === dev;
        const isOwn = own.address.text === address.text;
        if (
          isOwn ||
          (item.flags.includes('LOOPBACK') && sharesNetwork(own.address, own.prefixLength, address))
        ) {
          return here ? 'local' : 'unicast';
        }
        if (own.broadcast?.text === address.text) return here ? 'broadcast' : 'unicast';
      }
    }
    return null;
  }

  /** The route that a packet of this flow takes. */
  lookup(flow: Flow, ask: Asker): FibResult {
    if (!this.known) return this.#withoutRoutes(flow);
    let skipTo = -1;
    for (const rule of this.#rules) {
      if (rule.priority < skipTo || !this.#applies(rule, flow, ask)) continue;
      const { action } = rule;
      switch (action.kind) {
        case 'nop':
          continue;
        case 'goto':
          skipTo = action.priority;
          continue;
        case 'unknown':
          if (this.#decideUnknown(rule, action.text, ask)) return { kind: 'unknown' };
          continue;
        case 'lookup': {
          const found = this.#inTable(TABLE_NAMES[action.table] ?? action.table, flow, rule, ask);
          if (found !== null) return found;
          continue;
        }
        default:
          return { kind: 'route', type: action.kind, route: null, dev: undefined, via: null };
      }
    }
    return NONE;
  }

  /** Without saved routes: own addresses are local, all else is unknown. */
  #withoutRoutes({ dst, oif }: Flow): FibResult {
    const own = this.#ownType(dst, null);
    if (own === 'local' || own === 'broadcast') {
      const dev = this.#host.ownAddress(dst)?.dev;
      return { kind: 'route', type: own, route: null, dev: oif ?? dev, via: null };
    }
    return { kind: 'unknown' };
  }

  #inTable(name: string, flow: Flow, rule: RoutingRule, ask: Asker): FibResult | null {
    if (name === 'local' && !this.#localKnown) {
      const own = this.#ownType(flow.dst, null);
      if (own === undefined) return { kind: 'unknown' };
      if (own === null) return null;
      return { kind: 'route', type: own, route: null, dev: this.#host.ownAddress(flow.dst)?.dev, via: null };
    }
    const table = this.#tables.get(name);
    if (table === undefined) return null;
    for (const route of table.routesTo(flow.dst, flow.tos)) {
      if (
        route.from !== null &&
        (flow.src === undefined || !sharesMask(route.from.address, route.from.mask, flow.src))
      ) {
        continue;
      }
      if (route.type === 'throw') return null;
      if (rule.suppressPrefixLength !== null) {
        const length = prefixLength(route.destination.mask) ?? 0;
        if (length <= rule.suppressPrefixLength) return null;
      }
      if (route.nexthops.length === 0) {
        return { kind: 'route', type: route.type, route, dev: undefined, via: null };
      }
      const hops = route.nexthops.filter((hop) => usable(hop, this.#wanted(flow)));
      if (hops.length === 0) continue;
      const hop = this.#chooseHop(route, hops, flow, ask);
      return { kind: 'route', type: route.type, route, dev: hop?.dev ?? undefined, via: hop?.via ?? null };
    }
    return null;
  }

  /** IPv6 keeps link-local, multicast and loopback destinations to their link (rt6_need_strict). */
  #wanted(flow: Flow): string | null {
    if (flow.oif !== null || this.#family === 'ipv4') return flow.oif;
    const strict = isMulticast(flow.dst) || isLinkLocal(flow.dst) || isLoopbackAddress(flow.dst);
    return strict && flow.iif !== '' && flow.iif !== 'lo' ? flow.iif : null;
  }

  #chooseHop(route: Route, hops: readonly NextHop[], flow: Flow, ask: Asker): NextHop | undefined {
    if (hops.length === 1) return hops[0];
    const total = hops.reduce((sum, hop) => sum + hop.weight, 0);
    const index = ask.choose({
      kind: 'chance',
      key: `nexthop ${route.at.file}:${route.at.line} ${flow.src?.text ?? '?'} ${flow.dst.text}`,
      scope: 'connection',
      why: 'which of several next hops a flow takes depends on a hash',
      settledBy: null,
      rule: null,
      match: null,
      answers: hops.map((hop) => ({
        fact: `the flow goes by ${[hop.via?.text, hop.dev].filter(Boolean).join(' dev ')}`,
        probability: hop.weight / total,
        holds: null,
      })),
    });
    return hops[index];
  }

  #decideUnknown(rule: RoutingRule, text: string, ask: Asker): boolean {
    return !ask.decide(
      doubt({
        kind: 'host',
        key: `routing rule ${rule.priority}`,
        scope: 'host',
        unknown: `the routing rule ${text} is not understood`,
        yes: `the routing rule ${rule.priority} does not apply`,
        no: `the routing rule ${rule.priority} applies`,
      }),
      NOBODY,
    );
  }

  #applies(rule: RoutingRule, flow: Flow, ask: Asker): boolean {
    const conditions = [
      this.#fromApplies(rule, flow),
      rule.to === null || sharesMask(rule.to.address, rule.to.mask, flow.dst),
      this.#markApplies(rule, flow, ask),
      rule.iif === null || rule.iif === (flow.iif === '' ? 'lo' : flow.iif),
      rule.oif === null || rule.oif === flow.oif,
      rule.tos === null || flow.tos === undefined || rule.tos === (flow.tos & 0xfc),
      rule.protocol === null || rule.protocol === flow.protocol,
      rule.sport === null || inRange(flow.sport, rule.sport),
      rule.dport === null || inRange(flow.dport, rule.dport),
      rule.uids === null || (flow.uid !== undefined && inRange(flow.uid, rule.uids)),
    ];
    return conditions.every(Boolean) !== rule.not;
  }

  #fromApplies(rule: RoutingRule, flow: Flow): boolean {
    if (rule.from === null) return true;
    return flow.src !== undefined && sharesMask(rule.from.address, rule.from.mask, flow.src);
  }

  #markApplies(rule: RoutingRule, flow: Flow, ask: Asker): boolean {
    if (rule.fwmark === null) return true;
    const { mask, value } = rule.fwmark;
    const known = maskedEquals(flow.mark, mask, value);
    if (known !== undefined) return known;
    return ask.decide(fieldDoubt('mark', `0x${value.toString(16)}/0x${mask.toString(16)}`), NOBODY);
  }
}

function inRange(value: number | undefined, range: { readonly from: number; readonly to: number }): boolean {
  return value !== undefined && value >= range.from && value <= range.to;
}

function sharesMask(network: readonly number[], mask: readonly number[], address: Address): boolean {
  return mask.every((bits, i) => ((address.words[i] ?? 0) & bits) >>> 0 === (network[i] ?? 0));
}

function sharesNetwork(own: Address, length: number, address: Address): boolean {
  const mask = prefixMask(own.family, length);
  return sharesMask(networkOf(own, mask).address, mask, address);
}
