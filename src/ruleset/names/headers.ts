/** Names of IPv6 extension headers and of mobility messages: libip6t_ipv6header.c, libip6t_mh.c. */
import { parseNumber } from '../line/numbers.ts';

/** In the order in which iptables prints them on Debian; what else each is called. */
const HEADERS: readonly (readonly [bit: number, name: string, ...others: string[]])[] = [
  [128, 'hop-by-hop', 'hop', '0'],
  [64, 'ipv6-opts', 'dst', '60'],
  [32, 'ipv6-route', 'route', '43'],
  [16, 'ipv6-frag', 'frag', '44'],
  [8, 'ah', 'auth', '51'],
  [4, 'esp', '50'],
  [2, 'ipv6-nonxt', 'none', '59'],
  [1, 'protocol', 'proto', '255'],
];

/** `hop,frag`, `ipv6-route`, `0x90` → the names in iptables-save's order; null if one is unknown. */
export function headerList(text: string): string | null {
  let bits = 0;
  for (const part of text.split(',')) {
    const row = HEADERS.find(([, ...names]) => names.includes(part));
    const bit = row?.[0] ?? (part.startsWith('0x') ? parseNumber(part, 255) : null);
    if (bit === null) return null;
    bits |= bit;
  }
  const names = HEADERS.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name);
  return names.length === 0 ? 'NONE' : names.join(',');
}

const MOBILITY = [
  ['binding-refresh-request', 'brr'],
  ['home-test-init', 'hoti'],
  ['careof-test-init', 'coti'],
  ['home-test', 'hot'],
  ['careof-test', 'cot'],
  ['binding-update', 'bu'],
  ['binding-acknowledgement', 'ba'],
  ['binding-error', 'be'],
];

function mobilityType(text: string): number | null {
  const named = MOBILITY.findIndex((names) => names.includes(text));
  return named < 0 ? parseNumber(text, 255) : named;
}

/** `5`, `bu`, `1:3` → numbers; null if it is no type. */
export function mobilityTypes(text: string): string | null {
  const [low = '', high] = text.split(':');
  const from = mobilityType(low);
  const to = high === undefined ? from : mobilityType(high);
  if (from === null || to === null) return null;
  return from === to ? String(from) : `${from}:${to}`;
}
