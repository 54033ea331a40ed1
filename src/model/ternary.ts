/**
 * Three-valued truth. A condition that cannot be decided is `unknown` and says why; it is never
 * quietly true or false.
 */
export interface Unknown {
  readonly unknown: string;
}
export type Ternary = boolean | Unknown;

/** The value `unknown`, with the reason in a few words (`no ipset.save was given`). */
export function unknown(why: string): Unknown {
  return { unknown: why };
}

export function isUnknown(value: unknown): value is Unknown {
  return typeof value === 'object' && value !== null && 'unknown' in value;
}

export function not(value: Ternary): Ternary {
  return isUnknown(value) ? value : !value;
}

/** False if any is false, else the first unknown, else true. */
export function and(...values: readonly Ternary[]): Ternary {
  if (values.includes(false)) return false;
  return values.find(isUnknown) ?? true;
}

/** True if any is true, else the first unknown, else false. */
export function or(...values: readonly Ternary[]): Ternary {
  if (values.includes(true)) return true;
  return values.find(isUnknown) ?? false;
}
