/**
 * Copies of text that is kept beyond its batch: a string cut out of a batch of input may keep the whole batch in
 * memory for as long as it lives (V8 slices without copying).
 */
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const MOST_KEPT = 10_000;
const kept = new Map<string, string>();

/** The same text in memory of its own; equal texts share it. Lone surrogates become U+FFFD. */
export function owned(text: string): string {
  const known = kept.get(text);
  if (known !== undefined) return known;
  const copy = decoder.decode(encoder.encode(text));
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(copy, copy);
  return copy;
}
