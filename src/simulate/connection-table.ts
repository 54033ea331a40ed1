/**
 * The connection table over the packets of one run: cells of connections, found by tuple in either
 * direction. Changed only by `merge`.
 */
import type { SavedConnection } from '../model/context.ts';
import { type Alternative, type Branch, mergeCell, touchedBy } from './cells.ts';
import { type Connection, connectionOfSaved } from './connection.ts';
import { tupleKey } from './tuple.ts';
import { TupleIndex } from './tuple-index.ts';

/** Null: the cell's connection is gone, or never came to be. */
export type Entry = Connection | null;

/** What is told apart where a cell has too many alternatives: of TCP and the counters, only whether there was an answer. */
function kindOf(entry: Entry): string {
  return entry === null
    ? ''
    : identity({ ...entry, assured: undefined, tcp: null, packets: null, bytes: null });
}

/** Equal texts: equal connections, as far as any rule can tell. */
function identity(entry: Entry): string {
  return JSON.stringify(entry, (key, value) =>
    (key === 'src' || key === 'dst') && typeof value === 'object' && value !== null ? value.text : value,
  );
}

const UNTOUCHED: readonly Alternative<Entry>[] = [{ value: null, probability: 1 }];

/** Whether the index need not change: one connection with the tuples that it had. */
function areFoundAlike(before: readonly Alternative<Entry>[], after: readonly Alternative<Entry>[]): boolean {
  const was = before[0]?.value;
  const is = after[0]?.value;
  if (before.length !== 1 || after.length !== 1 || was == null || is == null) return false;
  return was.original === is.original && was.reply === is.reply && was.zone === is.zone;
}

/**
 * Connections kept beside those of a snapshot: 2 KB each, and nothing here times out. A packet of one that
 * was given up is one of a connection that nobody saw begin, which is assumed and said.
 */
export const MOST = 32_768;

/** Tables opened so far, of which each has its share; a host keeps so many at least. */
export class Tables {
  count = 0;

  get share(): number {
    return Math.max(LEAST, Math.floor(MOST / Math.max(1, this.count)));
  }
}

const LEAST = 64;

export class ConnectionTable {
  readonly #tables: Tables;
  #complete: boolean;
  /** What the snapshot put in, by cell: as long as the cell holds just this, no packet has met it. */
  readonly #saved = new Map<string, readonly Alternative<Connection>[]>();
  /** The one that was met last stands last. */
  readonly cells = new Map<string, readonly Alternative<Entry>[]>();
  readonly index = new TupleIndex();

  constructor(saved: readonly SavedConnection[] | null, tables: Tables = new Tables()) {
    this.#tables = tables;
    tables.count++;
    this.#complete = saved !== null;
    for (const [i, item] of (saved ?? []).entries()) {
      const connection = connectionOfSaved(item);
      const cell = tupleKey(connection.original, connection.zone) ?? `saved ${i}`;
      const alternatives = [{ value: connection, probability: 1 }];
      this.cells.set(cell, alternatives);
      this.#saved.set(cell, alternatives);
      this.index.add(cell, connection);
    }
  }

  /** A snapshot was given: what is not here does not exist. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Takes out what only the snapshot says: it is of a later moment, so what stood before is not known. */
  forgetSaved(): void {
    this.#complete = false;
    for (const [cell, alternatives] of this.#saved) {
      if (this.cells.get(cell) !== alternatives) continue;
      this.cells.delete(cell);
      for (const { value } of alternatives) this.index.remove(cell, value);
    }
    this.#saved.clear();
  }

  /** Makes the state after a packet's branches the state of the table. */
  merge(branches: readonly Branch<Entry>[]): void {
    for (const cell of touchedBy(branches)) {
      const known = this.cells.get(cell);
      const before = known ?? UNTOUCHED;
      const after = mergeCell(cell, before, branches, identity, kindOf);
      this.cells.delete(cell);
      if (known !== undefined && areFoundAlike(known, after)) {
        this.cells.set(cell, after);
        continue;
      }
      for (const { value } of before) if (value !== null) this.index.remove(cell, value);
      if (after.every(({ value }) => value === null)) continue;
      this.cells.set(cell, after);
      for (const { value } of after) if (value !== null) this.index.add(cell, value);
    }
    if (this.cells.size > this.#tables.share + this.#saved.size) this.#forgetOldest();
  }

  /** Gives up the connections that no packet met for longest: many at a time, to look for them seldom. */
  #forgetOldest(): void {
    const { share } = this.#tables;
    for (const [cell, alternatives] of this.cells) {
      if (this.#saved.has(cell)) continue;
      this.cells.delete(cell);
      for (const { value } of alternatives) if (value !== null) this.index.remove(cell, value);
      if (this.cells.size <= this.#saved.size + share - share / 16) return;
    }
  }
}
