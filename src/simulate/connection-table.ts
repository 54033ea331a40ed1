/**
 * The connection table over the packets of one run: found by tuple, in either direction. `ConnectionView`
 * is one evaluation's sight of it: what it learns and writes stays there until `merge`.
 */
import type { SavedConnection } from '../model/context.ts';
import type { Asker } from './ask.ts';
import { type Alternative, type Branch, mergeCell } from './cells.ts';
import { type Connection, connectionOfSaved, type Tracked } from './connection.ts';
import type { Direction } from './skb.ts';
import { refineTuple, sameTuple, type Tuple, tupleKey, tuplesMayEqual, tupleText } from './tuple.ts';

/** Null: the cell's connection is gone, or never came to be. */
type Entry = Connection | null;

export interface Found {
  readonly tracked: Tracked;
  readonly direction: Direction;
}

/** Key of the source that a connection came from, by which an address binding is used again. */
function sourceKey({ protocol, src, sport }: Tuple, zone: number): string {
  return `from ${zone} ${protocol} ${src?.text ?? '?'} ${sport ?? '?'}`;
}

function tuplesOf(entry: Connection): readonly (readonly [Direction, Tuple])[] {
  return [
    ['original', entry.original],
    ['reply', entry.reply],
  ];
}

/** Equal texts: equal connections, as far as any rule can tell. */
function identity(entry: Entry): string {
  return JSON.stringify(entry, (key, value) =>
    (key === 'src' || key === 'dst') && typeof value === 'object' && value !== null ? value.text : value,
  );
}

class TupleIndex {
  readonly #byKey = new Map<string, Set<string>>();
  readonly #vague = new Set<string>();

  add(cell: string, entry: Connection): void {
    for (const [, tuple] of tuplesOf(entry)) {
      const key = tupleKey(tuple, entry.zone);
      if (key === null) this.#vague.add(cell);
      else this.#put(key, cell);
    }
    this.#put(sourceKey(entry.original, entry.zone), cell);
  }

  #put(key: string, cell: string): void {
    const cells = this.#byKey.get(key);
    if (cells === undefined) this.#byKey.set(key, new Set([cell]));
    else cells.add(cell);
  }

  find(key: string): Iterable<string> {
    return this.#byKey.get(key) ?? [];
  }

  get vague(): Iterable<string> {
    return this.#vague;
  }

  /** Forgets a cell that is no longer; its keys are those of the entries that it had. */
  remove(cell: string, entries: readonly Entry[]): void {
    this.#vague.delete(cell);
    for (const entry of entries) {
      if (entry === null) continue;
      for (const [, tuple] of tuplesOf(entry)) {
        this.#drop(tupleKey(tuple, entry.zone), cell);
      }
      this.#drop(sourceKey(entry.original, entry.zone), cell);
    }
  }

  #drop(key: string | null, cell: string): void {
    const cells = key === null ? undefined : this.#byKey.get(key);
    cells?.delete(cell);
    if (key !== null && cells?.size === 0) this.#byKey.delete(key);
  }
}

export class ConnectionTable {
  /** A snapshot was given: what is not here does not exist. */
  readonly complete: boolean;
  readonly cells = new Map<string, readonly Alternative<Entry>[]>();
  readonly index = new TupleIndex();

  constructor(saved: readonly SavedConnection[] | null) {
    this.complete = saved !== null;
    for (const [i, item] of (saved ?? []).entries()) {
      const connection = connectionOfSaved(item);
      const cell = tupleKey(connection.original, connection.zone) ?? `saved ${i}`;
      this.cells.set(cell, [{ value: connection, probability: 1 }]);
      this.index.add(cell, connection);
    }
  }

  /** Makes the state after a packet's branches the state of the table. */
  merge(branches: readonly Branch<Entry>[]): void {
    const touched = new Set(branches.flatMap((branch) => [...branch.written.keys()]));
    for (const cell of touched) {
      const before = this.cells.get(cell) ?? [{ value: null, probability: 1 }];
      const after = mergeCell(cell, before, branches, identity);
      this.index.remove(
        cell,
        before.map(({ value }) => value),
      );
      if (after.every(({ value }) => value === null)) {
        this.cells.delete(cell);
        continue;
      }
      this.cells.set(cell, after);
      for (const { value } of after) if (value !== null) this.index.add(cell, value);
    }
  }
}

/** What one evaluation did to the table. */
export interface ConnectionChanges {
  /** To entries that stood already (null: killed); also what was only looked at. */
  readonly written: ReadonlyMap<string, Entry>;
  /** Entries that it put in. */
  readonly opened: ReadonlyMap<string, Entry>;
}

export class ConnectionView implements ConnectionChanges {
  readonly #table: ConnectionTable;
  readonly #ask: Asker;
  readonly written = new Map<string, Entry>();
  readonly opened = new Map<string, Entry>();
  readonly #index = new TupleIndex();

  /** @param after changes that count as made although the table does not have them */
  constructor(table: ConnectionTable, ask: Asker, after: readonly ConnectionChanges[]) {
    this.#table = table;
    this.#ask = ask;
    for (const changes of after) {
      for (const [cell, entry] of [...changes.written, ...changes.opened]) {
        this.written.set(cell, entry);
        if (entry !== null) this.#index.add(cell, entry);
      }
    }
  }

  get complete(): boolean {
    return this.#table.complete;
  }

  #look(cell: string): Entry {
    const known = this.opened.get(cell) ?? this.written.get(cell);
    if (known !== undefined) return known;
    const alternatives = this.#table.cells.get(cell) ?? [];
    const index =
      alternatives.length < 2
        ? 0
        : this.#ask.choose({
            kind: 'conntrack',
            key: `connection ${cell}`,
            scope: 'connection',
            why: 'an earlier packet of the connection left it open',
            settledBy: null,
            rule: null,
            match: null,
            answers: alternatives.map(({ value, probability }) => ({
              fact: describe(value, cell),
              probability,
              holds: null,
            })),
          });
    const value = alternatives[index]?.value ?? null;
    this.written.set(cell, value);
    return value;
  }

  /** The confirmed connection that has this tuple in one of its directions; asks where parts are unknown. */
  find(tuple: Tuple, zone: number): Found | null {
    return this.findExact(tuple, zone) ?? this.#findVague(tuple, zone, tupleKey(tuple, zone));
  }

  /** The same for tuples that are known in full. */
  findExact(tuple: Tuple, zone: number): Found | null {
    const key = tupleKey(tuple, zone);
    if (key === null) return null;
    for (const cell of new Set([...this.#index.find(key), ...this.#table.index.find(key)])) {
      const entry = this.#look(cell);
      if (entry === null || entry.zone !== zone) continue;
      for (const [direction, own] of tuplesOf(entry)) {
        if (tupleKey(own, zone) === key) return { tracked: { key: cell, connection: entry }, direction };
      }
    }
    return null;
  }

  /** Where a part of either tuple is unknown: asks whether they are the same. */
  #findVague(tuple: Tuple, zone: number, key: string | null): Found | null {
    const cells = key === null ? this.#table.cells.keys() : this.#table.index.vague;
    for (const cell of new Set([...this.#index.vague, ...cells])) {
      const entry = this.#look(cell);
      if (entry === null || entry.zone !== zone) continue;
      for (const [direction, own] of tuplesOf(entry)) {
        if ((key !== null && tupleKey(own, zone) !== null) || !tuplesMayEqual(own, tuple)) continue;
        const same = this.#ask.choose({
          kind: 'conntrack',
          key: `same ${cell} ${direction} ${key ?? tupleText(tuple)}`,
          scope: 'packet',
          why: 'a part of the connection is not known',
          settledBy: null,
          rule: null,
          match: null,
          answers: [
            { fact: `the packet belongs to ${tupleText(entry.original)}`, probability: null, holds: null },
            {
              fact: `the packet does not belong to ${tupleText(entry.original)}`,
              probability: null,
              holds: null,
            },
          ],
        });
        if (same !== 0) continue;
        const connection = { ...entry, [direction]: refineTuple(own, tuple) };
        this.written.set(cell, connection);
        return { tracked: { key: cell, connection }, direction };
      }
    }
    return null;
  }

  /** Whether another connection than `self` would receive packets of this tuple (nf_conntrack_tuple_taken). */
  taken(tuple: Tuple, self: Tracked): boolean {
    const { zone, original } = self.connection;
    const key = tupleKey(tuple, zone);
    if (key === null) return false;
    for (const cell of new Set([...this.#index.find(key), ...this.#table.index.find(key)])) {
      const entry = this.#look(cell);
      if (entry === null || entry.zone !== zone || (self.connection.confirmed && cell === self.key)) continue;
      const has = tuplesOf(entry).some(([, own]) => tupleKey(own, zone) === key);
      if (has && !sameTuple(entry.original, original)) return true;
    }
    return false;
  }

  /** Connections that come from the same source, the newest first (nf_nat_bysource). */
  fromSameSource(tuple: Tuple, zone: number): readonly Connection[] {
    const key = sourceKey(tuple, zone);
    const cells = new Set([...this.#table.index.find(key), ...this.#index.find(key)]);
    return [...cells]
      .flatMap((cell) => this.#look(cell) ?? [])
      .filter((entry) => entry.zone === zone)
      .reverse();
  }

  /** All connections that are in the table by now, for connlimit. */
  *confirmed(): Iterable<Connection> {
    for (const cell of new Set([
      ...this.opened.keys(),
      ...this.written.keys(),
      ...this.#table.cells.keys(),
    ])) {
      const entry = this.#look(cell);
      if (entry !== null) yield entry;
    }
  }

  /** Changes the entry that a packet carries; a confirmed one changes in the table too. */
  change(tracked: Tracked, patch: Partial<Connection>): void {
    tracked.connection = { ...tracked.connection, ...patch };
    if (!tracked.connection.confirmed) return;
    if (this.opened.has(tracked.key)) this.opened.set(tracked.key, tracked.connection);
    // A killed connection is changed, but comes back by no change.
    else if (this.written.get(tracked.key) !== null) this.written.set(tracked.key, tracked.connection);
  }

  /** Puts the entry into the table. */
  confirm(tracked: Tracked): void {
    tracked.connection = { ...tracked.connection, confirmed: true };
    this.opened.set(tracked.key, tracked.connection);
    this.#index.add(tracked.key, tracked.connection);
  }

  /** Takes an entry that stood before the first packet as read: it is in the table, but nobody saved it. */
  adopt(tracked: Tracked): void {
    this.written.set(tracked.key, tracked.connection);
    this.#index.add(tracked.key, tracked.connection);
  }

  kill(tracked: Tracked): void {
    if (this.opened.delete(tracked.key)) return;
    this.written.set(tracked.key, null);
  }
}

function describe(entry: Entry, cell: string): string {
  if (entry === null) return `conntrack does not know ${cell.split(' ').slice(2).join(' ')}`;
  const state = entry.seenReply ? 'answered' : 'not answered';
  const marked =
    entry.mark.known === 0xffffffff && entry.mark.value !== 0 ? `, mark ${entry.mark.value}` : '';
  return `${tupleText(entry.original)} is tracked as ${state}, replies as ${tupleText(entry.reply)}${marked}`;
}
