/**
 * One evaluation's sight of the connection table: what it learns and writes stays here until it is merged.
 * Where earlier packets left a cell open, or a part of a tuple is not known, the oracle is asked.
 */
import type { Asker } from './ask.ts';
import type { Connection, Tracked } from './connection.ts';
import type { ConnectionTable, Entry } from './connection-table.ts';
import { Deeds } from './deeds.ts';
import type { Manip, NatRange } from './nat.ts';
import type { Direction } from './skb.ts';
import { refineTuple, sameTuple, type Tuple, tupleKey, tuplesMayEqual, tupleText } from './tuple.ts';
import { directionOf, NO_CELLS, TupleIndex, tuplesOf } from './tuple-index.ts';

export interface Found {
  readonly tracked: Tracked;
  readonly direction: Direction;
}

/** Connections of unknown parts among which a packet's is looked for. */
const MOST_CANDIDATES = 16;

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
  readonly deeds = new Deeds();
  /** Of what it wrote or opened; null as long as that is nothing. */
  #index: TupleIndex | null = null;

  /** @param after changes that count as made although the table does not have them */
  constructor(table: ConnectionTable, ask: Asker, after: readonly ConnectionChanges[]) {
    this.#table = table;
    this.#ask = ask;
    for (const changes of after) {
      for (const [cell, entry] of [...changes.written, ...changes.opened]) {
        this.written.set(cell, entry);
        if (entry !== null) this.#add(cell, entry);
      }
    }
  }

  get complete(): boolean {
    return this.#table.complete;
  }

  #add(cell: string, entry: Connection): void {
    this.#index ??= new TupleIndex();
    this.#index.add(cell, entry);
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
    for (const cell of this.#cellsOf(key)) {
      const entry = this.#look(cell);
      if (entry === null || entry.zone !== zone) continue;
      const direction = directionOf(entry, key);
      if (direction !== null) return { tracked: { key: cell, connection: entry }, direction };
    }
    return null;
  }

  /** Cells of which a tuple has this key: our own, then the table's. */
  #cellsOf(key: string): Iterable<string> {
    const own = this.#index?.exact(key) ?? NO_CELLS;
    const others = this.#table.index.exact(key);
    if (own === NO_CELLS) return others;
    return others === NO_CELLS ? own : new Set([...own, ...others]);
  }

  /** Where a part of either tuple is unknown: asks which connection it is, if any. */
  #findVague(tuple: Tuple, zone: number, key: string | null): Found | null {
    const known = key !== null;
    if (!this.#index?.mayBeVague(known) && !this.#table.index.mayBeVague(known)) return null;
    const cells = new Set([
      ...(this.#index?.vague(tuple, known) ?? NO_CELLS),
      ...this.#table.index.vague(tuple, known),
    ]);
    const candidates: { readonly cell: string; readonly direction: Direction; readonly entry: Connection }[] =
      [];
    for (const cell of cells) {
      for (const entry of this.#contents(cell)) {
        if (entry === null || entry.zone !== zone || candidates.length >= MOST_CANDIDATES) continue;
        const found = tuplesOf(entry).find(
          ([, own]) => !(known && tupleKey(own, zone) !== null) && tuplesMayEqual(own, tuple),
        );
        if (found !== undefined) candidates.push({ cell, direction: found[0], entry });
      }
    }
    if (candidates.length === 0) return null;
    const index = this.#ask.choose({
      kind: 'conntrack',
      key: `belongs ${zone} ${tuple.protocol} ${tupleText(tuple)}`,
      scope: 'packet',
      why: 'a part of the connection is not known',
      settledBy: null,
      rule: null,
      match: null,
      answers: [
        ...candidates.map(({ entry }) => ({
          fact: `the packet belongs to ${tupleText(entry.original)}`,
          probability: null,
          holds: null,
        })),
        { fact: 'the packet belongs to no connection seen before', probability: null, holds: null },
      ],
    });
    const chosen = candidates[index];
    if (chosen === undefined) return null;
    const { cell, direction, entry } = chosen;
    const connection = { ...entry, [direction]: refineTuple(entry[direction], tuple) };
    this.written.set(cell, connection);
    return { tracked: { key: cell, connection }, direction };
  }

  /** What the cell may hold, without asking. */
  #contents(cell: string): readonly Entry[] {
    const own = this.opened.get(cell) ?? this.written.get(cell);
    if (own !== undefined) return [own];
    return (this.#table.cells.get(cell) ?? []).map(({ value }) => value);
  }

  /** Whether another connection than `self` would receive packets of this tuple (nf_conntrack_tuple_taken). */
  taken(tuple: Tuple, self: Tracked): boolean {
    const { zone, original } = self.connection;
    const key = tupleKey(tuple, zone);
    if (key === null) return false;
    for (const cell of this.#cellsOf(key)) {
      const entry = this.#look(cell);
      if (entry === null || entry.zone !== zone || (self.connection.confirmed && cell === self.key)) continue;
      if (directionOf(entry, key) !== null && !sameTuple(entry.original, original)) return true;
    }
    return false;
  }

  /** Connections that come from the same source, the newest first (nf_nat_bysource). */
  fromSameSource(tuple: Tuple, zone: number): readonly Connection[] {
    const cells = new Set([
      ...this.#table.index.fromSource(tuple, zone),
      ...(this.#index?.fromSource(tuple, zone) ?? NO_CELLS),
    ]);
    return [...cells]
      .flatMap((cell) => this.#look(cell) ?? [])
      .filter((entry) => entry.zone === zone)
      .reverse();
  }

  /** Changes the entry that a packet carries; a confirmed one changes in the table too. */
  change(tracked: Tracked, patch: Partial<Connection>): void {
    this.deeds.other();
    this.#change(tracked, patch);
  }

  /** The same with values that hang on the rules alone. */
  put(tracked: Tracked, patch: Partial<Pick<Connection, 'mark' | 'masqueradeOut'>>): void {
    this.#change(tracked, patch);
    this.deeds.add({ kind: 'change', patch });
  }

  /** The same with what a binding within the range gave. */
  bind(tracked: Tracked, patch: Partial<Connection>, range: NatRange, manip: Manip): void {
    this.#change(tracked, patch);
    this.deeds.add({ kind: 'bind', range, manip, connection: tracked.connection });
  }

  #change(tracked: Tracked, patch: Partial<Connection>): void {
    tracked.connection = Object.assign({ ...tracked.connection }, patch);
    if (!tracked.connection.confirmed) return;
    if (this.opened.has(tracked.key)) this.opened.set(tracked.key, tracked.connection);
    // A killed connection is changed, but comes back by no change.
    else if (this.written.get(tracked.key) !== null) this.written.set(tracked.key, tracked.connection);
  }

  /** The template that the packets of one CT rule share (nf_ct_tmpl_alloc): its mark stays as rules set it. */
  template(rule: string, blank: Connection): Tracked {
    this.deeds.spoil();
    const key = `template ${rule}`;
    const connection = this.#look(key) ?? blank;
    this.written.set(key, connection);
    return { key, connection };
  }

  /** Puts the entry into the table. */
  confirm(tracked: Tracked): void {
    tracked.connection = { ...tracked.connection, confirmed: true };
    this.opened.set(tracked.key, tracked.connection);
    this.#add(tracked.key, tracked.connection);
  }

  /** Takes an entry that stood before the first packet as read: it is in the table, but nobody saved it. */
  adopt(tracked: Tracked): void {
    this.deeds.spoil();
    this.written.set(tracked.key, tracked.connection);
    this.#add(tracked.key, tracked.connection);
  }

  kill(tracked: Tracked): void {
    this.deeds.other();
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
