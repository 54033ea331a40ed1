/**
 * Where connections are found: by a tuple in full, by its addresses where a port is not known, by the source
 * that a connection came from. Holds names of cells, not connections.
 */
import type { Connection } from './connection.ts';
import type { Direction } from './skb.ts';
import { type Tuple, tupleKey } from './tuple.ts';

/** Key of the source that a connection came from, by which an address binding is used again. */
function sourceKey({ protocol, src, sport }: Tuple, zone: number): string {
  return `from ${zone} ${protocol} ${src?.text ?? '?'} ${sport ?? '?'}`;
}

/** What is left of a tuple when its ports do not count; `?` for an address that is not known. */
function coarseKey(protocol: number, src: string | undefined, dst: string | undefined): string {
  return `${protocol} ${src ?? '?'} ${dst ?? '?'}`;
}

/** Both tuples, in the order in which a lookup meets them where they are equal (a host that talks to itself). */
export function tuplesOf(entry: Connection): readonly (readonly [Direction, Tuple])[] {
  return [
    ['reply', entry.reply],
    ['original', entry.original],
  ];
}

/** The direction of which the connection's tuple has this key, in the order of `tuplesOf`; null: neither. */
export function directionOf({ reply, original, zone }: Connection, key: string): Direction | null {
  if (tupleKey(reply, zone) === key) return 'reply';
  return tupleKey(original, zone) === key ? 'original' : null;
}

/** A cell, or several: a set for each of a hundred thousand single ones would be most of the memory. */
type Buckets = Map<string, string | Set<string>>;

/** No cell at all: always this one, so that it is told apart at a glance. */
export const NO_CELLS: Iterable<string> = [];

type Act = (buckets: Buckets, key: string, cell: string) => void;

function put(buckets: Buckets, key: string, cell: string): void {
  const cells = buckets.get(key);
  if (cells === undefined) buckets.set(key, cell);
  else if (typeof cells !== 'string') cells.add(cell);
  else if (cells !== cell) buckets.set(key, new Set([cells, cell]));
}

function drop(buckets: Buckets, key: string, cell: string): void {
  const cells = buckets.get(key);
  if (typeof cells === 'string') {
    if (cells === cell) buckets.delete(key);
    return;
  }
  cells?.delete(cell);
  if (cells?.size === 0) buckets.delete(key);
}

function cellsIn(buckets: Buckets, key: string): Iterable<string> {
  const cells = buckets.get(key);
  if (cells === undefined) return NO_CELLS;
  return typeof cells === 'string' ? [cells] : cells;
}

export class TupleIndex {
  readonly #exact: Buckets = new Map();
  /** Cells with a tuple of which a part is not known. */
  readonly #vague: Buckets = new Map();
  /** All cells, for tuples of which a part is not known. */
  readonly #coarse: Buckets = new Map();
  readonly #sources: Buckets = new Map();

  add(cell: string, entry: Connection): void {
    this.#each(cell, entry, put);
  }

  /** Forgets what `add` put in. */
  remove(cell: string, entry: Connection): void {
    this.#each(cell, entry, drop);
  }

  #each(cell: string, entry: Connection, act: Act): void {
    const { reply, original, zone } = entry;
    this.#one(cell, reply, zone, act);
    this.#one(cell, original, zone, act);
    act(this.#sources, sourceKey(original, zone), cell);
  }

  #one(cell: string, tuple: Tuple, zone: number, act: Act): void {
    const key = tupleKey(tuple, zone);
    const coarse = coarseKey(tuple.protocol, tuple.src?.text, tuple.dst?.text);
    if (key === null) act(this.#vague, coarse, cell);
    else act(this.#exact, key, cell);
    act(this.#coarse, coarse, cell);
  }

  /** Cells of which a tuple has this key. */
  exact(key: string): Iterable<string> {
    return cellsIn(this.#exact, key);
  }

  /** Whether `vague` may yield anything. */
  mayBeVague(known: boolean): boolean {
    return (known ? this.#vague : this.#coarse).size > 0;
  }

  /** Cells of which a tuple may be this one, where a part of either is not known. */
  *vague(tuple: Tuple, known: boolean): Iterable<string> {
    const buckets = known ? this.#vague : this.#coarse;
    if (buckets.size === 0) return;
    const { protocol, src, dst } = tuple;
    if (src === undefined || dst === undefined) {
      for (const key of buckets.keys()) yield* cellsIn(buckets, key);
      return;
    }
    for (const from of [src.text, undefined]) {
      for (const to of [dst.text, undefined]) yield* cellsIn(buckets, coarseKey(protocol, from, to));
    }
  }

  fromSource(tuple: Tuple, zone: number): Iterable<string> {
    return cellsIn(this.#sources, sourceKey(tuple, zone));
  }
}
