/**
 * The table:chain pairs that a log shows: evidence for the table and family of a listing that names neither.
 * Only loaded tables print, so a pair proves that its table has that chain.
 */
import type { Family } from '../model/address.ts';
import type { TableName } from '../model/hook.ts';

/** One table:chain pair of a TRACE line. */
export interface SeenChain {
  readonly family: Family;
  readonly table: TableName;
  readonly chain: string;
}

export class SeenChains {
  readonly #chains = new Map<Family, Map<TableName, Set<string>>>();

  constructor(seen: Iterable<SeenChain>) {
    for (const { family, table, chain } of seen) {
      const tables = this.#chains.get(family) ?? new Map<TableName, Set<string>>();
      const chains = tables.get(table) ?? new Set<string>();
      this.#chains.set(family, tables.set(table, chains.add(chain)));
    }
  }

  /** The chains of a table that the log shows; empty if none. */
  chainsOf(family: Family, table: TableName): ReadonlySet<string> {
    return this.#chains.get(family)?.get(table) ?? new Set();
  }

  /** The only family of the log, or the only one that has any of these user chains; else null. */
  familyWith(names: readonly string[]): Family | null {
    const families = [...this.#chains.keys()];
    if (families.length === 1) return families[0] ?? null;
    const having = families.filter((family) => {
      const all = [...(this.#chains.get(family)?.values() ?? [])];
      return names.some((name) => all.some((chains) => chains.has(name)));
    });
    return having.length === 1 ? (having[0] ?? null) : null;
  }
}
