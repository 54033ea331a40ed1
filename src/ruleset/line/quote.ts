/** Strings as iptables-save quotes them, and back: libxtables/xtables.c, xtables_save_string. */

const BARE = /^[A-Za-z0-9_-]+$/;

/** Bare if nothing in it needs quotes; else in quotes, with a backslash before `"`, `\` and `'`. */
export function quote(text: string): string {
  return BARE.test(text) ? text : `"${text.replaceAll(/["\\']/g, '\\$&')}"`;
}

/** Always in quotes, with a backslash before `"` and `\` only: the way of `--string`. */
export function quotePattern(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}

/** A word as it was written: the text between its quotes, if it has any. */
export function unquote(word: string): string {
  if (word.length < 2 || !word.startsWith('"') || !word.endsWith('"')) return word;
  return unescaped(word.slice(1, -1));
}

/** `\x` is x. */
export function unescaped(text: string): string {
  return text.includes('\\') ? text.replaceAll(/\\([\s\S])/g, '$1') : text;
}
