/**
 * Values that repeat → their row ids, each stored once. What was met lately is remembered; for the rest the
 * table is asked, so that memory does not grow with what is stored.
 */
import { createHash } from 'node:crypto';
import type { Database, Value } from './driver.ts';

/** Characters of keys that are remembered, of a kind. */
const MEMORY = 1 << 23;

export class Interned {
  private readonly ids = new Map<string, number>();
  private held = 0;
  private readonly find: (values: readonly Value[]) => number | null;
  private readonly add: (values: readonly Value[]) => number;

  /** Rows of a table: known by columns that are unique together, with others beside them. */
  constructor(database: Database, table: string, columns: readonly string[], beside: readonly string[] = []) {
    const all = [...columns, ...beside];
    const find = database.prepare<{ readonly id: number }>(
      `SELECT id FROM ${table} WHERE ${columns.map((name) => `${name} = ?`).join(' AND ')}`,
    );
    const add = database.prepare(
      `INSERT INTO ${table} (${all.join(', ')}) VALUES (${all.map(() => '?').join(', ')})`,
    );
    this.find = (values) => find.get(...values)?.id ?? null;
    this.add = (values) => add.run(...values);
  }

  /** The id, if it was met lately. */
  recent(key: string): number | undefined {
    return this.ids.get(key);
  }

  /**
   * Looks the values up in the table, or adds them; from now on they are known by this key.
   * @param added Called with the id of a row that is new.
   */
  settle(
    key: string,
    values: readonly Value[],
    beside: readonly Value[] = [],
    added?: (id: number) => void,
  ): number {
    let id = this.find(values);
    if (id === null) {
      id = this.add([...values, ...beside]);
      added?.(id);
    }
    this.held += key.length;
    if (this.held > MEMORY) {
      this.ids.clear();
      this.held = key.length;
    }
    // A text cut out of a batch of input would keep the whole batch: remembered is a copy.
    this.ids.set(Buffer.from(key).toString(), id);
    return id;
  }
}

/** The first half of a SHA-256: two texts that share it will not be met. */
export function halfHash(text: string): Uint8Array {
  return createHash('sha256').update(text).digest().subarray(0, 16);
}

/** JSON texts: long, so they are looked up by hash. */
export class Details {
  private readonly interned: Interned;

  constructor(database: Database) {
    this.interned = new Interned(database, 'detail', ['hash'], ['json']);
  }

  /** Null for null. */
  id(json: string | null): number | null {
    if (json === null) return null;
    return this.interned.recent(json) ?? this.interned.settle(json, [halfHash(json)], [json]);
  }
}

/** Texts. */
export class Strings {
  private readonly interned: Interned;

  constructor(database: Database) {
    this.interned = new Interned(database, 'string', ['text']);
  }

  id(text: string): number {
    return this.interned.recent(text) ?? this.interned.settle(text, [text]);
  }

  /** Null for null and for the empty text. */
  idOrNull(text: string | null): number | null {
    return text === null || text === '' ? null : this.id(text);
  }
}
