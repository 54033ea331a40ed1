/**
 * A set's entries, found by what a packet has instead of one by one: entries of one shape (the same masks)
 * share a hash, shapes go from the most specific on, as the kernel tests them (ip_set_hash_gen.h,
 * mtype_test_cidrs). Ranges of addresses and ports are looked through.
 */
import { type Address, compareAddresses, contains, networkOf, prefixLength } from '../model/address.ts';
import type { IpSet, IpSetEntry, SetElement } from '../model/context.ts';

/** What a packet offers for one dimension. */
export type SetValue =
  | { readonly kind: 'address'; readonly address: Address }
  | { readonly kind: 'port'; readonly protocol: number; readonly port: number }
  | { readonly kind: 'mac'; readonly mac: string }
  | { readonly kind: 'interface'; readonly name: string; readonly physdev: string | null }
  | { readonly kind: 'mark'; readonly mark: number };

interface Shape {
  readonly masks: readonly (readonly number[] | null)[];
  readonly specificity: number;
  readonly entries: Map<string, IpSetEntry>;
}

function keyOfElement(element: SetElement): string | null {
  switch (element.kind) {
    case 'network':
      return element.network.address.join('.');
    case 'port':
      return element.ports.from === element.ports.to
        ? `${element.protocol ?? '*'}:${element.ports.from}`
        : null;
    case 'mac':
      return element.mac;
    case 'mark':
      return String(element.mark);
    // Wildcards and bridge ports are compared one by one.
    default:
      return null;
  }
}

function keyOfValue(value: SetValue, mask: readonly number[] | null, anyProtocol: boolean): string {
  switch (value.kind) {
    case 'address':
      return mask === null ? value.address.text : networkOf(value.address, mask).address.join('.');
    case 'port':
      return `${anyProtocol ? '*' : value.protocol}:${value.port}`;
    case 'mac':
      return value.mac;
    case 'mark':
      return String(value.mark);
    case 'interface':
      return value.name;
  }
}

function matchesElement(element: SetElement, value: SetValue): boolean {
  switch (element.kind) {
    case 'network':
      return value.kind === 'address' && contains(element.network, value.address);
    case 'addresses':
      return (
        value.kind === 'address' &&
        value.address.family === element.from.family &&
        compareAddresses(value.address, element.from) >= 0 &&
        compareAddresses(value.address, element.to) <= 0
      );
    case 'port':
      return (
        value.kind === 'port' &&
        (element.protocol === null || element.protocol === value.protocol) &&
        value.port >= element.ports.from &&
        value.port <= element.ports.to
      );
    case 'mac':
      return value.kind === 'mac' && value.mac === element.mac;
    case 'mark':
      return value.kind === 'mark' && value.mark === element.mark;
    case 'interface': {
      if (value.kind !== 'interface') return false;
      const name = element.physdev ? value.physdev : value.name;
      if (name === null) return false;
      return element.wildcard ? name.startsWith(element.name) : name === element.name;
    }
    case 'set':
      return false;
  }
}

/**
 * Networks with interfaces: of the networks that hold an address the most specific decides, also if none of
 * its interfaces is the packet's (`multi` in mtype_data_equal, ip_set_hash_netiface.c).
 */
class NetworkInterfaces {
  readonly #byMask: {
    readonly mask: readonly number[];
    readonly length: number;
    readonly entries: Map<string, IpSetEntry[]>;
  }[] = [];

  constructor(entries: readonly IpSetEntry[]) {
    for (const entry of entries) {
      const [element] = entry.elements;
      if (element?.kind !== 'network') continue;
      const { mask, address } = element.network;
      let level = this.#byMask.find((known) => known.mask.join() === mask.join());
      if (level === undefined) {
        level = { mask, length: prefixLength(mask) ?? 0, entries: new Map() };
        this.#byMask.push(level);
      }
      const key = address.join('.');
      level.entries.set(key, [...(level.entries.get(key) ?? []), entry]);
    }
    this.#byMask.sort((a, b) => b.length - a.length);
  }

  find([place, dev]: readonly SetValue[]): IpSetEntry | null {
    if (place?.kind !== 'address' || dev === undefined) return null;
    for (const { mask, entries } of this.#byMask) {
      const found = entries.get(networkOf(place.address, mask).address.join('.'));
      if (found === undefined) continue;
      return (
        found.find(({ elements: [, element] }) => element !== undefined && matchesElement(element, dev)) ??
        null
      );
    }
    return null;
  }
}

/** Sum of prefix lengths: the more of the address counts, the sooner it is tried. */
function specificityOf(entry: IpSetEntry): number {
  return entry.elements.reduce(
    (sum, element) =>
      sum * 256 + (element.kind === 'network' ? (prefixLength(element.network.mask) ?? 0) : 0),
    0,
  );
}

export class SetIndex {
  readonly #shapes: Shape[] = [];
  /** Entries with ranges or wildcards. */
  readonly #listed: IpSetEntry[] = [];
  readonly #anyProtocol: boolean;
  readonly #interfaces: NetworkInterfaces | null;

  constructor(set: IpSet) {
    this.#interfaces = set.type === 'hash:net,iface' ? new NetworkInterfaces(set.entries) : null;
    this.#anyProtocol = set.type === 'bitmap:port';
    const byShape = new Map<string, Shape>();
    for (const entry of set.entries) {
      const keys = entry.elements.map(keyOfElement);
      if (keys.includes(null)) {
        this.#listed.push(entry);
        continue;
      }
      const masks = entry.elements.map((element) =>
        element.kind === 'network' ? element.network.mask : null,
      );
      const name = masks.map((mask) => mask?.join('.') ?? '-').join();
      let shape = byShape.get(name);
      if (shape === undefined) {
        shape = { masks, specificity: specificityOf(entry), entries: new Map() };
        byShape.set(name, shape);
      }
      shape.entries.set(keys.join(), entry);
    }
    this.#shapes = [...byShape.values()].sort((a, b) => b.specificity - a.specificity);
    this.#listed.sort((a, b) => specificityOf(b) - specificityOf(a));
  }

  /** The entry that decides for these values; null: none. */
  find(values: readonly SetValue[]): IpSetEntry | null {
    if (this.#interfaces !== null) return this.#interfaces.find(values);
    for (const { masks, entries } of this.#shapes) {
      const key = masks.map((mask, i) => {
        const value = values[i];
        return value === undefined ? '' : keyOfValue(value, mask, this.#anyProtocol);
      });
      const entry = entries.get(key.join());
      if (entry !== undefined) return entry;
    }
    return (
      this.#listed.find((entry) =>
        entry.elements.every((element, i) => {
          const value = values[i];
          return value !== undefined && matchesElement(element, value);
        }),
      ) ?? null
    );
  }
}
