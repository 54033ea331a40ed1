/**
 * Numbers, ranges, masked values and ports in the spellings of the save form and of listings → values, and
 * back. Everything answers null for a text that is no such value.
 */
import type { Masked, Range } from '../../model/match.ts';
import { portNumber } from '../../model/services.ts';

/** Decimal, hexadecimal (0x) or octal (0), as strtoul with base 0 reads it; at most `max`. */
export function parseNumber(text: string, max = 0xffffffff): number | null {
  if (!/^(?:0x[0-9a-f]{1,16}|[0-9]{1,20})$/i.test(text)) return null;
  const octal = /^0[0-7]+$/.test(text);
  const value = octal ? Number.parseInt(text, 8) : Number(text);
  return value <= max ? value : null;
}

/** `5`, `5:9`, `:9`, `5:`; inclusive. */
export function parseRange(text: string, max = 0xffffffff): Range | null {
  return rangeOf(text, ':', max, (part) => parseNumber(part, max));
}

/** `22`, `ssh`, `1024:65535`, `:1023`. */
export function parsePorts(text: string): Range | null {
  return rangeOf(text, ':', 0xffff, parsePort);
}

export function parsePort(text: string): number | null {
  return parseNumber(text, 0xffff) ?? portNumber(text);
}

/** `80`, `80-90`, `ftp-data`: the ports of the nat targets. */
export function parsePortSpan(text: string): Range | null {
  const port = portNumber(text);
  return port !== null ? { from: port, to: port } : rangeOf(text, '-', 0xffff, parsePort);
}

function rangeOf(
  text: string,
  separator: string,
  max: number,
  read: (part: string) => number | null,
): Range | null {
  const at = text.indexOf(separator);
  if (at < 0) {
    const value = read(text);
    return value === null ? null : { from: value, to: value };
  }
  const [low, high] = [text.slice(0, at), text.slice(at + 1)];
  const from = low === '' ? 0 : read(low);
  const to = high === '' ? max : read(high);
  return from === null || to === null || from > to ? null : { from, to };
}

/** `5` or `5:9`. */
export function printRange({ from, to }: Range): string {
  return from === to ? String(from) : `${from}:${to}`;
}

/** `0x4000/0x4000`; without a mask all bits count. */
export function parseMasked(text: string, max = 0xffffffff): Masked | null {
  const [first = '', second, more] = text.split('/');
  const value = parseNumber(first, max);
  const mask = second === undefined ? max : parseNumber(second, max);
  return value === null || mask === null || more !== undefined ? null : { value, mask };
}

/** `0x4000/0x4000`, or `0x1` where all bits count. */
export function printMasked({ value, mask }: Masked): string {
  return mask === 0xffffffff ? hex(value) : `${hex(value)}/${hex(mask)}`;
}

export function hex(value: number, digits = 1): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}
