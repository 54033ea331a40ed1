/** A word that is none of those known → the one that was probably meant. */

/** The known word that is at most two slips away (a letter more, less, another, or two swapped); null if none is. */
export function meantBy(word: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let least = Math.min(3, word.length);
  for (const candidate of known) {
    const slips = slipsBetween(word, candidate, least);
    if (slips < least) {
      best = candidate;
      least = slips;
    }
  }
  return best;
}

/** Damerau-Levenshtein distance of neighbours swapped at most once; `limit` or more is not told exactly. */
function slipsBetween(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: readonly number[] = [];
  let above: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          (above[j] ?? limit) + 1,
          (row[j - 1] ?? limit) + 1,
          (above[j - 1] ?? limit) + (same ? 0 : 1),
          swapped ? (before[j - 2] ?? limit) + 1 : limit,
        ),
      );
    }
    before = above;
    above = row;
  }
  return above[b.length] ?? limit;
}
