/**
 * Which own address the kernel takes to reach a destination by a device: what MASQUERADE and ICMP errors are sent
 * from. What was not saved is unknown, never guessed.
 */
import type { Address } from '../model/address.ts';
import { isLoopbackAddress, scopeOf } from './address-class.ts';
import { type Host, type HostAddress, onLink } from './host.ts';

/** inet_select_addr and the like: an own address to reach `dst` by `dev`; null: there is none; undefined: unknown. */
export function sourceAddress(
  host: Host,
  dev: string | undefined,
  dst: Address | undefined,
  via: Address | null,
): Address | null | undefined {
  if (host.interfaces === null || dev === undefined || dst === undefined) return undefined;
  return dst.family === 'ipv4' ? sourceV4(host, dev, via ?? dst) : sourceV6(host, dev, dst);
}

function sourceV4(host: Host, dev: string, target: Address): Address | null {
  let first: Address | null = null;
  for (const own of host.addressesOf(dev, 'ipv4')) {
    if (own.flags.includes('secondary') || own.scope === 'host' || own.scope === 'link') continue;
    if (onLink(own, target)) return own.address;
    first ??= own.address;
  }
  if (first !== null) return first;
  for (const item of host.interfaces ?? []) {
    const other = item.addresses.find(
      (own) => own.address.family === 'ipv4' && !own.flags.includes('secondary') && own.scope === 'global',
    );
    if (other !== undefined) return other.address;
  }
  return null;
}

/** RFC 6724 as far as saved addresses tell: same address, scope, not deprecated, the out device, longest prefix. */
function sourceV6(host: Host, dev: string, dst: Address): Address | null {
  const wanted = scopeOf(dst);
  const rank = (own: HostAddress): number[] => [
    own.address.text === dst.text ? 1 : 0,
    scopeOf(own.address) === wanted ? 1 : 0,
    own.flags.includes('deprecated') ? 0 : 1,
    own.dev === dev ? 1 : 0,
    Math.min(sharedBits(own.address, dst), own.prefixLength),
  ];
  const candidates = (host.interfaces ?? []).flatMap((item) =>
    item.addresses
      .filter(
        ({ address, flags }) =>
          address.family === 'ipv6' &&
          !flags.includes('tentative') &&
          (!isLoopbackAddress(address) || address.text === dst.text),
      )
      .filter(() => wanted !== 'link' || item.name === dev)
      .map((own): HostAddress => ({ ...own, dev: item.name })),
  );
  const sorted = candidates.toSorted((a, b) => {
    const right = rank(b);
    const at = rank(a).findIndex((value, i) => value !== right[i]);
    return at < 0 ? 0 : (right[at] ?? 0) - (rank(a)[at] ?? 0);
  });
  return sorted[0]?.address ?? null;
}

function sharedBits(a: Address, b: Address): number {
  let length = 0;
  for (const [i, word] of a.words.entries()) {
    const shared = Math.clz32(word ^ (b.words[i] ?? 0));
    length += shared;
    if (shared < 32) break;
  }
  return length;
}
