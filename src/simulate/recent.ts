/**
 * The lists of `-m recent` as far as this run filled them (net/netfilter/xt_recent.c). What was in them
 * before is not known: only what was added or removed here is.
 */
import type { Address } from '../model/address.ts';
import type { Asker } from './ask.ts';
import { type Alternative, type Branch, mergeCell, touchedBy } from './cells.ts';

/** How often an address was added at least; 0: nothing is known of it; -1: it is not in the list. */
export class RecentTable {
  readonly cells = new Map<string, readonly Alternative<number>[]>();

  merge(branches: readonly Branch<number>[]): void {
    for (const cell of touchedBy(branches)) {
      this.cells.set(
        cell,
        mergeCell(cell, this.cells.get(cell) ?? [{ value: 0, probability: 1 }], branches, String),
      );
    }
  }
}

export class RecentView {
  readonly #table: RecentTable;
  readonly #ask: Asker;
  readonly written = new Map<string, number>();

  /** @param after changes that count as made although the table does not have them */
  constructor(table: RecentTable, ask: Asker, after: readonly ReadonlyMap<string, number>[]) {
    this.#table = table;
    this.#ask = ask;
    for (const changes of after) for (const [cell, value] of changes) this.written.set(cell, value);
  }

  /** Times added at least; 0: nothing known of it; -1: it is not in the list. */
  count(list: string, address: Address): number {
    const cell = `${list} ${address.text}`;
    const own = this.written.get(cell);
    if (own !== undefined) return own;
    const alternatives = this.#table.cells.get(cell) ?? [];
    if (alternatives.length < 2) return alternatives[0]?.value ?? 0;
    const index = this.#ask.choose({
      kind: 'chance',
      key: `recent ${cell}`,
      scope: 'packet',
      why: 'an earlier packet may have changed the list',
      settledBy: null,
      rule: null,
      match: null,
      answers: alternatives.map(({ value, probability }) => ({
        fact: `${address.text} was ${value < 0 ? 'removed from' : `added ${value} times to`} the recent list ${list}`,
        probability,
        holds: null,
      })),
    });
    const value = alternatives[index]?.value ?? 0;
    this.written.set(cell, value);
    return value;
  }

  /** Takes in whether the address is in the list, where nothing was known of it. */
  learn(list: string, address: Address, present: boolean): void {
    if (this.count(list, address) === 0) this.written.set(`${list} ${address.text}`, present ? 1 : -1);
  }

  add(list: string, address: Address): void {
    this.written.set(`${list} ${address.text}`, Math.max(0, this.count(list, address)) + 1);
  }

  remove(list: string, address: Address): void {
    this.written.set(`${list} ${address.text}`, -1);
  }
}
