/** The ways in which MARK and CONNMARK say `(old & ~mask) ^ value`: libxt_MARK.c, libxt_CONNMARK.c. */
import type { Masked } from '../../model/match.ts';
import { parseMasked, parseNumber } from '../line/numbers.ts';
import type { Options } from '../line/options.ts';

const ALL = 0xffffffff;

/** `xmark`: as given. `mark v/m`: the bits of m become those of v. `and`, `or`, `xor`: a number. */
export function xmarkOf(operation: string, text: string): Masked | null {
  if (operation === 'xmark' || operation === 'xset') return parseMasked(text);
  if (operation === 'mark') {
    const given = parseMasked(text);
    return given && { value: given.value, mask: (given.value | given.mask) >>> 0 };
  }
  const bits = parseNumber(text);
  if (bits === null) return null;
  switch (operation) {
    case 'set':
      return { value: bits, mask: ALL };
    case 'and':
      return { value: 0, mask: ~bits >>> 0 };
    case 'or':
      return { value: bits, mask: bits };
    case 'xor':
      return { value: bits, mask: 0 };
    default:
      return null;
  }
}

const OPTIONS: Readonly<Record<string, string>> = {
  'set-xmark': 'xmark',
  'set-mark': 'mark',
  'and-mark': 'and',
  'or-mark': 'or',
  'xor-mark': 'xor',
};

export const XMARK_OPTIONS = Object.fromEntries(Object.keys(OPTIONS).map((name) => [name, 1]));

export function savedXmark(options: Options): Masked | null {
  for (const [name, operation] of Object.entries(OPTIONS)) {
    const value = options.value(name, (word) => xmarkOf(operation, word));
    if (value !== null) return value;
  }
  return null;
}
