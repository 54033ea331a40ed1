/**
 * What the rules can have made of a connection that nobody saw begin: rules of one family → the bits that a
 * connmark may have, the addresses and ports that a translation may give. No condition is looked at: what no
 * rule could do is ruled out, no more.
 */
import { type Address, compareAddresses, contains } from '../model/address.ts';
import type { Rule } from '../model/ruleset.ts';
import type { Target } from '../model/target.ts';
import type { Host } from './host.ts';

const ALL_BITS = 0xffffffff;

type Side = 'src' | 'dst';

export class Origins {
  /** Bits that some rule may set in a connmark; unsigned 32 bit. */
  readonly connmarkBits: number;
  readonly #host: Host;
  /** Rules that translate, by the side that they change; null: the nat table was not given. */
  readonly #rules: Readonly<Record<Side, readonly Rule[]>> | null;

  constructor(rules: readonly Rule[], natGiven: boolean, host: Host) {
    const targets = rules.map(({ target }) => target);
    this.connmarkBits = connmarkBitsOf(targets);
    this.#host = host;
    this.#rules = natGiven
      ? {
          src: rules.filter(({ target }) => SOURCE.has(target.kind)),
          dst: rules.filter(({ target }) => DESTINATION.has(target.kind)),
        }
      : null;
  }

  /** Whether a binding may have given this address to the side of a packet of this protocol. */
  mayGive(side: Side, address: Address, protocol: number | undefined): boolean {
    return this.#some(side, protocol, (target) => this.#gives(target, address));
  }

  /** Whether a binding may have given this port to the side. */
  mayGivePort(side: Side, port: number, protocol: number | undefined): boolean {
    return this.#some(side, protocol, (target) => givesPort(target, side, port));
  }

  #some(side: Side, protocol: number | undefined, gives: (target: Target) => boolean): boolean {
    if (this.#rules === null) return true;
    return this.#rules[side].some((rule) => isFor(rule, protocol) && gives(rule.target));
  }

  #gives(target: Target, address: Address): boolean {
    switch (target.kind) {
      case 'DNAT':
      case 'SNAT': {
        const { addresses } = target;
        if (addresses === null || addresses.from.family !== address.family) return false;
        return compareAddresses(addresses.from, address) <= 0 && compareAddresses(address, addresses.to) <= 0;
      }
      case 'NETMAP':
        return contains(target.network, address);
      case 'REDIRECT':
        return address.text === '127.0.0.1' || address.text === '::1' || this.#isOwn(address);
      case 'MASQUERADE':
        return this.#isOwn(address);
      default:
        return true;
    }
  }

  /** Of this host, as far as its addresses were saved. */
  #isOwn(address: Address): boolean {
    return this.#host.context.interfaces === null || this.#host.ownAddress(address) !== undefined;
  }
}

/** Whether the rule may match packets of this protocol. */
function isFor({ matches }: Rule, protocol: number | undefined): boolean {
  if (protocol === undefined) return true;
  return matches.every(
    (match) => match.kind !== 'protocol' || match.number === 0 || (match.number === protocol) !== match.not,
  );
}

/** Targets that change a side; what an unknown target does is unknown. */
const SOURCE: ReadonlySet<Target['kind']> = new Set(['SNAT', 'MASQUERADE', 'NETMAP', 'unknown'] as const);
const DESTINATION: ReadonlySet<Target['kind']> = new Set(['DNAT', 'REDIRECT', 'NETMAP', 'unknown'] as const);

function givesPort(target: Target, side: Side, port: number): boolean {
  switch (target.kind) {
    case 'SNAT':
    case 'MASQUERADE':
      // Another port is taken where the wanted one is in use (get_unique_tuple).
      return target.ports === null || (port >= target.ports.from && port <= target.ports.to);
    case 'DNAT':
    case 'REDIRECT': {
      const { ports } = target;
      return ports !== null && port >= ports.from && port <= ports.to;
    }
    case 'NETMAP':
      return side === 'src';
    default:
      return true;
  }
}

/** The bits that marks may have, if connmarks are ever set from them or by value. */
function connmarkBitsOf(targets: readonly Target[]): number {
  const sets = targets.some((target) => target.kind === 'CONNMARK' && target.operation !== 'restore');
  const open = targets.some(isOpen);
  if (!sets && !open) return 0;
  return open ? ALL_BITS : targets.reduce((bits, target) => bits | bitsOf(target), 0) >>> 0;
}

function bitsOf(target: Target): number {
  if (target.kind === 'MARK' || target.kind === 'CONNMARK') return target.value;
  return target.kind === 'TPROXY' ? target.mark.value : 0;
}

/** Sets a mark that its text does not tell. */
function isOpen(target: Target): boolean {
  if (target.kind === 'SET') return target.mapMark;
  return target.kind === 'HMARK' || target.kind === 'NFQUEUE' || target.kind === 'unknown';
}
