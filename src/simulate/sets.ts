/**
 * Set membership of a packet (net/netfilter/ipset/ip_set_core.c and the set types), with what SET targets
 * added and removed in this run. What no file tells is a doubt that names the element.
 */
import { networkOf, prefixMask } from '../model/address.ts';
import type { IpSet } from '../model/context.ts';
import type { Masked, SetDirection } from '../model/match.ts';
import { type Asker, type Doubt, doubt, fieldDoubt } from './ask.ts';
import { type Alternative, type Branch, mergeCell } from './cells.ts';
import type { Host } from './host.ts';
import { SetIndex, type SetValue } from './set-index.ts';
import { hasPorts, type Skb } from './skb.ts';

/** `nomatch`: an entry says that it is not in the set. `false`: no entry, or the packet lacks a dimension. */
export type Membership = boolean | 'nomatch' | Doubt;

/** Deepest nesting of list:set (the kernel allows one level). */
const DEEPEST = 4;

export class SetTable {
  readonly #sets: ReadonlyMap<string, IpSet> | null;
  readonly #indexes = new Map<string, SetIndex>();
  /** Changed elements, by set and element: whether it is in. */
  readonly cells = new Map<string, readonly Alternative<boolean>[]>();

  constructor(host: Host) {
    this.#sets = host.context.sets;
  }

  /** Null: not saved. */
  set(name: string): IpSet | null {
    return this.#sets?.get(name) ?? null;
  }

  index(set: IpSet): SetIndex {
    let index = this.#indexes.get(set.name);
    if (index === undefined) {
      index = new SetIndex(set);
      this.#indexes.set(set.name, index);
    }
    return index;
  }

  merge(branches: readonly Branch<boolean>[]): void {
    for (const cell of new Set(branches.flatMap((branch) => [...branch.written.keys()]))) {
      const before = this.cells.get(cell) ?? [];
      this.cells.set(cell, mergeCell(cell, before, branches, String));
    }
  }
}

/** The dimensions of a set type: `hash:ip,port` has `ip` and `port`. */
export function dimensionsOf(type: string): readonly string[] {
  return type.slice(type.indexOf(':') + 1).split(',');
}

function partText(value: SetValue): string {
  switch (value.kind) {
    case 'address':
      return value.address.text;
    case 'port':
      return `${value.protocol === 6 ? 'tcp' : value.protocol === 17 ? 'udp' : value.protocol}:${value.port}`;
    case 'mac':
      return value.mac;
    case 'interface':
      return value.name;
    case 'mark':
      return `0x${value.mark.value.toString(16)}`;
  }
}

/** Text of an element as ipset writes it. */
function textOf(values: readonly SetValue[]): string {
  return values.map(partText).join();
}

export class SetView {
  readonly #table: SetTable;
  readonly #ask: Asker;
  readonly written = new Map<string, boolean>();

  /** @param after changes that count as made although the table does not have them */
  constructor(table: SetTable, ask: Asker, after: readonly ReadonlyMap<string, boolean>[]) {
    this.#table = table;
    this.#ask = ask;
    for (const changes of after) for (const [cell, value] of changes) this.written.set(cell, value);
  }

  /** Whether the packet is in the set; `directions` says which field feeds which dimension. */
  test(name: string, directions: readonly SetDirection[], skb: Skb, depth = 0): Membership {
    const set = this.#table.set(name);
    if (set === null) return this.#unsaved(name, directions, skb);
    if (set.type === 'list:set') return this.#testList(set, directions, skb, depth);
    if (set.family !== null && set.family !== skb.family) return false;
    const values = valuesOf(set, directions, skb);
    if (values === null) return false;
    if (!Array.isArray(values)) return values;
    const changed = this.#changed(name, textOf(values));
    if (changed !== undefined) return changed;
    const entry = this.#table.index(set).find(values);
    if (entry === null) return false;
    return entry.nomatch ? 'nomatch' : true;
  }

  #testList(set: IpSet, directions: readonly SetDirection[], skb: Skb, depth: number): Membership {
    let open: Membership = false;
    if (depth >= DEEPEST) return false;
    for (const entry of set.entries) {
      const [element] = entry.elements;
      if (element?.kind !== 'set') continue;
      const inner = this.test(element.name, directions, skb, depth + 1);
      if (inner === true) return true;
      if (typeof inner === 'object') open = inner;
    }
    return open;
  }

  #unsaved(name: string, directions: readonly SetDirection[], skb: Skb): Membership {
    const parts = directions.map((direction) => {
      const address = direction === 'src' ? skb.src : skb.dst;
      return address?.text ?? '?';
    });
    const element = [...new Set(parts)].join();
    const detail = directions.length > 1 ? ` (${directions.join()})` : '';
    const port =
      directions.length > 1 && hasPorts(skb.protocol) ? `:${skb.sport ?? '?'}:${skb.dport ?? '?'}` : '';
    return doubt({
      kind: 'set',
      key: `set ${name} ${skb.protocol ?? '?'} ${element}${port}${detail} ${skb.in}`,
      scope: 'host',
      settledBy: 'sets',
      unknown: `the set ${name} was not saved`,
      yes: `${element}${detail} is in ${name}`,
      no: `${element}${detail} is not in ${name}`,
    });
  }

  #changed(name: string, element: string): boolean | undefined {
    const cell = `${name} ${element}`;
    const own = this.written.get(cell);
    if (own !== undefined) return own;
    const alternatives = this.#table.cells.get(cell);
    if (alternatives === undefined) return undefined;
    const index =
      alternatives.length < 2
        ? 0
        : this.#ask.choose({
            kind: 'set',
            key: `changed ${cell}`,
            scope: 'packet',
            why: 'an earlier packet may have changed the set',
            settledBy: null,
            rule: null,
            match: null,
            answers: alternatives.map(({ value, probability }) => ({
              fact: `${element} is ${value ? '' : 'not '}in ${name}`,
              probability,
              holds: null,
            })),
          });
    const value = alternatives[index]?.value ?? false;
    this.written.set(cell, value);
    return value;
  }

  /** The mark that the element carries; null: none; undefined: not known. */
  skbmark(name: string, directions: readonly SetDirection[], skb: Skb): Masked | null | undefined {
    const set = this.#table.set(name);
    if (set === null) return undefined;
    const values = valuesOf(set, directions, skb);
    if (values === null) return null;
    if (!Array.isArray(values)) return undefined;
    return this.#table.index(set).find(values)?.skbmark ?? null;
  }

  /** What a SET target does. */
  change(name: string, directions: readonly SetDirection[], skb: Skb, present: boolean): void {
    const set = this.#table.set(name);
    const type = set ?? { type: directions.map(() => 'ip').join(), family: skb.family, options: new Map() };
    const values = valuesOf(type, directions, skb);
    if (Array.isArray(values)) this.written.set(`${name} ${textOf(values)}`, present);
  }
}

/** What the packet offers; null: it lacks a dimension (no match); a doubt: one is not known. */
function valuesOf(
  set: Pick<IpSet, 'type' | 'options'>,
  directions: readonly SetDirection[],
  skb: Skb,
): SetValue[] | Doubt | null {
  const dimensions = dimensionsOf(set.type);
  if (directions.length < dimensions.length) return null;
  const values: SetValue[] = [];
  let open: Doubt | null = null;
  for (const [i, dimension] of dimensions.entries()) {
    const value = dimensionValue(set, dimension, directions[i] ?? 'src', skb);
    if (value === null) return null;
    if ('unknown' in value) open ??= value;
    else values.push(value);
  }
  return open ?? values;
}

function dimensionValue(
  set: Pick<IpSet, 'type' | 'options'>,
  dimension: string,
  direction: SetDirection,
  skb: Skb,
): SetValue | Doubt | null {
  switch (dimension) {
    case 'ip':
    case 'net': {
      const address = direction === 'src' ? skb.src : skb.dst;
      if (address === undefined) return fieldDoubt(direction, `an element of the set`);
      const netmask = Number(set.options.get('netmask') ?? Number.NaN);
      if (dimension !== 'ip' || Number.isNaN(netmask)) return { kind: 'address', address };
      const words = networkOf(address, prefixMask(address.family, netmask)).address;
      return { kind: 'address', address: { ...address, words } };
    }
    case 'port':
      return portOf(set.type, direction, skb);
    case 'mac': {
      if (skb.made || skb.in === 'lo' || direction === 'dst') return null;
      return skb.mac === undefined
        ? fieldDoubt('link source', 'an element of the set')
        : { kind: 'mac', mac: skb.mac };
    }
    case 'iface': {
      const name = direction === 'src' ? skb.in : skb.out;
      if (name === undefined) return fieldDoubt('out interface', 'an element of the set');
      const physdev = direction === 'src' ? skb.physIn : skb.physOut;
      return name === '' ? null : { kind: 'interface', name, physdev: physdev ?? null };
    }
    case 'mark':
      return {
        kind: 'mark',
        mark: {
          ...skb.mark,
          value: (skb.mark.value & Number(set.options.get('markmask') ?? 0xffffffff)) >>> 0,
        },
      };
    default:
      return fieldDoubt(dimension, 'an element of the set');
  }
}

/** ip_set_get_ip_port and get_port: a protocol without ports has port 0, ICMP type · 256 + code. */
function portOf(type: string, direction: SetDirection, skb: Skb): SetValue | Doubt | null {
  const { protocol } = skb;
  if (protocol === undefined) return fieldDoubt('protocol', 'an element of the set');
  const ported = protocol === 6 || protocol === 17 || protocol === 132 || protocol === 136;
  if (skb.fragmentOffset > 0 && (ported || skb.isIcmp)) return null;
  if (type === 'bitmap:port' && protocol !== 6 && protocol !== 17) return null;
  if (ported) {
    const port = direction === 'src' ? skb.sport : skb.dport;
    if (port === undefined) return fieldDoubt(`${direction} port`, 'an element of the set');
    return { kind: 'port', protocol, port };
  }
  if (skb.isIcmp) {
    if (skb.icmpType === undefined) return fieldDoubt('ICMP type', 'an element of the set');
    return { kind: 'port', protocol, port: skb.icmpType * 256 + (skb.icmpCode ?? 0) };
  }
  return { kind: 'port', protocol, port: 0 };
}
