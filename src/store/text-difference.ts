/**
 * A text as its difference from another one that is much like it: how much of beginning and end they share,
 * in base 36, and what stands between. `apply` undoes `difference`, for any two texts.
 */

/** `PREFIX,SUFFIX,MIDDLE`: what makes `text` of `base`. */
export function difference(base: string, text: string): string {
  const most = Math.min(base.length, text.length);
  let prefix = 0;
  while (prefix < most && base.charCodeAt(prefix) === text.charCodeAt(prefix)) prefix++;
  let suffix = 0;
  while (
    suffix < most - prefix &&
    base.charCodeAt(base.length - 1 - suffix) === text.charCodeAt(text.length - 1 - suffix)
  ) {
    suffix++;
  }
  // Half a surrogate pair would not survive as UTF-8.
  if (prefix > 0 && isLow(text.charCodeAt(prefix))) prefix--;
  if (suffix > 0 && isLow(text.charCodeAt(text.length - suffix))) suffix--;
  const middle = text.slice(prefix, text.length - suffix);
  return `${prefix.toString(36)},${suffix.toString(36)},${middle}`;
}

/** @throws Error if this is no difference. */
export function applyDifference(base: string, delta: string): string {
  const [, prefix = '', suffix = '', middle = ''] = /^([\da-z]+),([\da-z]+),(.*)$/s.exec(delta) ?? [];
  if (prefix === '') throw new Error(`no difference of texts: ${delta}`);
  const end = base.length - Number.parseInt(suffix, 36);
  return base.slice(0, Number.parseInt(prefix, 36)) + middle + base.slice(end);
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
