/** Interface names of rules: `eth0`, `cali+`, `+`. */
import type { InterfaceName } from '../../model/match.ts';

/** Longest name that the kernel has room for: IFNAMSIZ less the NUL. */
const LONGEST = 15;

/** @returns null for a name that no interface can have. */
export function parseInterface(text: string): InterfaceName | null {
  if (text === '' || text.length > LONGEST) return null;
  return text.endsWith('+') ? { name: text.slice(0, -1), wildcard: true } : { name: text, wildcard: false };
}

export function printInterface({ name, wildcard }: InterfaceName): string {
  return wildcard ? `${name}+` : name;
}
