/**
 * Names that came from outside, looked up in tables of ours: what every object brings along (`constructor`,
 * `toString`) is in none of them.
 */

/** The table's own entry of that name. */
export function entryOf<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
