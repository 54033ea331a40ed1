/**
 * Facts that packets change and later packets ask for (connections, set members): each in a cell. Where
 * an earlier packet's branches disagree a cell holds several alternatives, and who looks is asked which:
 * cells are independent, so the kernel's state is always among what is kept. An evaluation writes into a
 * view; only `merge` changes the store.
 */

/** One possible content; `probability` null: no telling. */
export interface Alternative<T> {
  readonly value: T;
  readonly probability: number | null;
}

/** Alternatives that one cell keeps; of more, some of each kind, the likeliest first. */
const LIMIT = 16;

/** What the branches of one packet left behind, with each branch's probability. */
export interface Branch<T> {
  readonly written: ReadonlyMap<string, T>;
  readonly probability: number | null;
}

/** The cells that the branches wrote, each once. */
export function touchedBy<T>(branches: readonly Branch<T>[]): Iterable<string> {
  const [only] = branches;
  if (branches.length === 1 && only !== undefined) return only.written.keys();
  return new Set(branches.flatMap((branch) => [...branch.written.keys()]));
}

/**
 * The alternatives of a cell after the branches; equal contents (by `same`) are one.
 * @param kindOf what most rules tell apart
 */
export function mergeCell<T>(
  key: string,
  before: readonly Alternative<T>[],
  branches: readonly Branch<T>[],
  same: (value: T) => string,
  kindOf: (value: T) => string = same,
): readonly Alternative<T>[] {
  const [only] = branches;
  if (branches.length === 1 && only !== undefined) {
    const value = only.written.get(key);
    return value === undefined ? before : [{ value, probability: 1 }];
  }
  const merged = new Map<string, Alternative<T>>();
  const add = (value: T, probability: number | null): void => {
    const name = same(value);
    const known = merged.get(name);
    const sum =
      known === undefined
        ? probability
        : known.probability === null || probability === null
          ? null
          : known.probability + probability;
    merged.set(name, { value, probability: sum });
  };
  for (const { written, probability } of branches) {
    const value = written.get(key);
    if (value !== undefined) {
      add(value, probability);
      continue;
    }
    for (const old of before) {
      add(old.value, probability === null || old.probability === null ? null : probability * old.probability);
    }
  }
  const all = [...merged.values()];
  if (all.length === 1) return all.map(({ value }) => ({ value, probability: 1 }));
  all.sort((a, b) => (b.probability ?? -1) - (a.probability ?? -1));
  return all.length > LIMIT ? someOfEach(all, kindOf) : all;
}

/** As many as a cell keeps: first one of each kind, then a second. */
function someOfEach<T>(
  all: readonly Alternative<T>[],
  kindOf: (value: T) => string,
): readonly Alternative<T>[] {
  const met = new Map<string, number>();
  const ranked = all.map((alternative) => {
    const kind = kindOf(alternative.value);
    const rank = met.get(kind) ?? 0;
    met.set(kind, rank + 1);
    return { alternative, rank };
  });
  ranked.sort((a, b) => a.rank - b.rank);
  return ranked.slice(0, LIMIT).map(({ alternative }) => alternative);
}
