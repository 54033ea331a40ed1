/**
 * Set membership of a packet (net/netfilter/ipset/ip_set_core.c and the set types), with what SET targets
 * added and removed in this run. What no file tells is a doubt that names the element.
 */
import { networkOf, prefixMask } from '../model/address.ts';
import type { IpSet } from '../model/context.ts';
import type { Masked, SetDirection } from '../model/match.ts';
import { type Asker, type Doubt, doubt, fieldDoubt } from './ask.ts';
import { exact } from './bits.ts';
import { type Alternative, type Branch, mergeCell, touchedBy } from './cells.ts';
import { SetIndex, type SetValue } from './set-index.ts';
import { hasPorts, type Skb } from './skb.ts';

/** `nomatch`: an entry says that it is not in the set. `false`: no entry, or the packet lacks a dimension. */
export type Membership = boolean | 'nomatch' | Doubt;

/** Deepest nesting of list:set (the kernel allows one level). */
const DEEPEST = 4;

/** The sets as they were saved, each with an index from when it is first asked. */
export class SavedSets {
  readonly #sets: ReadonlyMap<string, IpSet> | null;
  readonly #indexes = new Map<string, SetIndex>();

  constructor(sets: ReadonlyMap<string, IpSet> | null) {
    this.#sets = sets;
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
}

export class SetTable {
  readonly saved: SavedSets;
  /** Changed elements, by set and element: whether it is in; null: as it was saved. */
  readonly cells = new Map<string, readonly Alternative<boolean | null>[]>();

  constructor(saved: SavedSets) {
    this.saved = saved;
  }

  merge(branches: readonly Branch<boolean | null>[]): void {
    for (const cell of touchedBy(branches)) {
      const before = this.cells.get(cell) ?? [{ value: null, probability: 1 }];
      this.cells.set(cell, mergeCell(cell, before, branches, String));
    }
  }
}

/** The dimensions of a set type: `hash:ip,port` has `ip` and `port`. */
function dimensionsOf(type: string): readonly string[] {
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
      return `0x${value.mark.toString(16)}`;
  }
}

/** Text of an element as ipset writes it: a bitmap of ports knows no protocol. */
function textOf(type: string, values: readonly SetValue[]): string {
  return values
    .map((value) => (type === 'bitmap:port' && value.kind === 'port' ? String(value.port) : partText(value)))
    .join();
}

/** The addresses that the directions name. */
function shownElement(directions: readonly SetDirection[], skb: Skb): string {
  const parts = directions.map((direction) => (direction === 'src' ? skb.src : skb.dst)?.text ?? '?');
  return [...new Set(parts)].join();
}

/** All that an element of a set of unknown type may be made of: only a packet like it is known to be in. */
function wholeElement(directions: readonly SetDirection[], skb: Skb): string {
  const sides = directions.map((direction) =>
    direction === 'src'
      ? [skb.src?.text, skb.sport, skb.in, skb.mac]
      : [skb.dst?.text, skb.dport, skb.out, skb.spec.macTo],
  );
  return JSON.stringify([skb.protocol, skb.icmpType, skb.icmpCode, skb.mark, sides]);
}

export class SetView {
  readonly #table: SetTable;
  readonly #ask: Asker;
  readonly written = new Map<string, boolean | null>();

  /** @param after changes that count as made although the table does not have them */
  constructor(table: SetTable, ask: Asker, after: readonly ReadonlyMap<string, boolean | null>[]) {
    this.#table = table;
    this.#ask = ask;
    for (const changes of after) for (const [cell, value] of changes) this.written.set(cell, value);
  }

  /** Whether the packet is in the set; `directions` says which field feeds which dimension. */
  test(name: string, directions: readonly SetDirection[], skb: Skb, depth = 0): Membership {
    const set = this.#table.saved.set(name);
    if (set === null)
      return (
        this.#changed(name, wholeElement(directions, skb), shownElement(directions, skb)) ??
        this.#unsaved(name, directions, skb)
      );
    if (set.type === 'list:set') return this.#testList(set, directions, skb, depth);
    if (set.family !== null && set.family !== skb.family) return false;
    const values = valuesOf(set, directions, skb);
    if (values === null) return false;
    if (!Array.isArray(values)) return values;
    const changed = this.#changed(name, textOf(set.type, values));
    if (changed !== undefined) return changed;
    const entry = this.#table.saved.index(set).find(values);
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
    const element = shownElement(directions, skb);
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

  /** What SET targets made of an element; undefined: nothing. @param shown the element in words */
  #changed(name: string, element: string, shown = element): boolean | undefined {
    const cell = `${name} ${element}`;
    const own = this.written.get(cell);
    if (own !== undefined) return own ?? undefined;
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
              fact:
                value === null ? `${name} has not changed` : `${shown} is ${value ? '' : 'not '}in ${name}`,
              probability,
              holds: null,
            })),
          });
    const value = alternatives[index]?.value ?? null;
    this.written.set(cell, value);
    return value ?? undefined;
  }

  /** The mark that the element carries; null: none; undefined: not known. */
  skbmark(name: string, directions: readonly SetDirection[], skb: Skb): Masked | null | undefined {
    const set = this.#table.saved.set(name);
    if (set === null) return undefined;
    const values = valuesOf(set, directions, skb);
    if (values === null) return null;
    if (!Array.isArray(values)) return undefined;
    return this.#table.saved.index(set).find(values)?.skbmark ?? null;
  }

  /** What a SET target does. */
  change(name: string, directions: readonly SetDirection[], skb: Skb, present: boolean): void {
    const set = this.#table.saved.set(name);
    if (set === null) {
      this.written.set(`${name} ${wholeElement(directions, skb)}`, present);
      return;
    }
    const values = valuesOf(set, directions, skb);
    if (Array.isArray(values)) this.written.set(`${name} ${textOf(set.type, values)}`, present);
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
      // Since Linux 5.3 either address; one that is all zeros never matches.
      if (skb.made || skb.in === 'lo' || skb.mac === '') return null;
      const address = direction === 'src' ? skb.mac : skb.spec.macTo;
      return address === undefined
        ? fieldDoubt(direction === 'src' ? 'link source' : 'link destination', 'an element of the set')
        : { kind: 'mac', mac: address };
    }
    case 'iface': {
      const name = direction === 'src' ? skb.in : skb.out;
      if (name === undefined) return fieldDoubt('out interface', 'an element of the set');
      const physdev = direction === 'src' ? skb.physIn : skb.physOut;
      return name === '' ? null : { kind: 'interface', name, physdev: physdev ?? null };
    }
    case 'mark': {
      const value = exact(skb.mark, Number(set.options.get('markmask') ?? 0xffffffff));
      return value === undefined
        ? fieldDoubt('mark', 'an element of the set')
        : { kind: 'mark', mark: value };
    }
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
