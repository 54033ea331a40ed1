/**
 * The host as its saved context shows it: settings (what nobody saved is as on a plain router, DESIGN §3),
 * interfaces, own addresses.
 */
import { type Address, contains, type Family, networkOf, prefixMask } from '../model/address.ts';
import type { Context, Interface, InterfaceAddress } from '../model/context.ts';

/** Settings that the evaluation asks for, and what they are where nobody saved them. */
const DEFAULTS: Readonly<Record<string, string>> = {
  'net.netfilter.nf_conntrack_tcp_loose': '1',
  'net.netfilter.nf_conntrack_tcp_be_liberal': '0',
  'net.ipv4.icmp_errors_use_inbound_ifaddr': '0',
  'net.ipv4.ip_default_ttl': '64',
  'net.ipv4.fwmark_reflect': '0',
  'net.ipv6.fwmark_reflect': '0',
};

export interface HostAddress extends InterfaceAddress {
  readonly dev: string;
}

export class Host {
  readonly context: Context;
  readonly #interfaces: ReadonlyMap<string, Interface>;
  readonly #own = new Map<string, HostAddress>();

  constructor(context: Context) {
    this.context = context;
    this.#interfaces = new Map((context.interfaces ?? []).map((item) => [item.name, item]));
    for (const item of context.interfaces ?? []) {
      for (const address of item.addresses) {
        if (!this.#own.has(address.address.text)) {
          this.#own.set(address.address.text, { ...address, dev: item.name });
        }
      }
    }
  }

  setting(name: string): string {
    return this.context.settings.get(name) ?? DEFAULTS[name] ?? '0';
  }

  saved(name: string): boolean {
    return this.context.settings.has(name);
  }

  enabled(name: string): boolean {
    return this.setting(name) !== '0';
  }

  /** A setting that exists for each interface and for `all`; on if either is (IN_DEV_ORCONF). */
  perInterface(family: Family, dev: string, name: string): number {
    const value = (of: string): number =>
      Number(this.context.settings.get(`net.${family}.conf.${of}.${name}`) ?? 0);
    return Math.max(value('all'), value(dev));
  }

  /** Whether packets that come in by `dev` are forwarded; null: not saved. */
  forwards(family: Family, dev: string): boolean | null {
    const names =
      family === 'ipv6'
        ? ['net.ipv6.conf.all.forwarding']
        : [`net.ipv4.conf.${dev}.forwarding`, 'net.ipv4.ip_forward', 'net.ipv4.conf.all.forwarding'];
    const name = names.find((known) => this.saved(known));
    return name === undefined ? null : this.enabled(name);
  }

  /** rp_filter of an interface; null: not saved. */
  reversePathFilter(dev: string): number | null {
    const saved = ['all', dev].some((of) => this.saved(`net.ipv4.conf.${of}.rp_filter`));
    return saved ? this.perInterface('ipv4', dev, 'rp_filter') : null;
  }

  interface(name: string): Interface | undefined {
    return this.#interfaces.get(name);
  }

  /** Null: `ip addr` was not saved. */
  get interfaces(): readonly Interface[] | null {
    return this.context.interfaces;
  }

  /** Bytes; undefined if not known. */
  mtu(dev: string): number | undefined {
    return this.interface(dev)?.mtu ?? (dev === 'lo' ? 65536 : undefined);
  }

  isLoopback(dev: string): boolean {
    return dev === 'lo' || this.interface(dev)?.flags.includes('LOOPBACK') === true;
  }

  /** The own address that this is; undefined: none, or `ip addr` was not saved. */
  ownAddress(address: Address): HostAddress | undefined {
    return this.#own.get(address.text);
  }

  addressesOf(dev: string, family: Family): readonly InterfaceAddress[] {
    return (this.interface(dev)?.addresses ?? []).filter(({ address }) => address.family === family);
  }
}

/** Whether an address lies in the network of an interface's address. */
export function onLink({ address, prefixLength, peer }: InterfaceAddress, other: Address): boolean {
  if (other.family !== address.family) return false;
  return contains(networkOf(peer ?? address, prefixMask(address.family, prefixLength)), other);
}
