/** Special addresses by their bits: what routing, martian checks and addrtype ask before any table. */
import type { Address } from '../model/address.ts';

function top(address: Address): number {
  return address.words[0] ?? 0;
}

export function isMulticast(address: Address): boolean {
  return address.family === 'ipv4' ? top(address) >>> 28 === 0xe : top(address) >>> 24 === 0xff;
}

/** 127.0.0.0/8, ::1. */
export function isLoopbackAddress(address: Address): boolean {
  if (address.family === 'ipv4') return top(address) >>> 24 === 127;
  return address.words.every((word, i) => word === (i === 3 ? 1 : 0));
}

/** 0.0.0.0/8. */
export function isZeroNet(address: Address): boolean {
  return address.family === 'ipv4' && top(address) >>> 24 === 0;
}

/** All bits 0: 0.0.0.0, ::. */
export function isAny(address: Address): boolean {
  return address.words.every((word) => word === 0);
}

/** 255.255.255.255. */
export function isLimitedBroadcast(address: Address): boolean {
  return address.family === 'ipv4' && top(address) === 0xffffffff;
}

/** fe80::/10. */
export function isLinkLocal(address: Address): boolean {
  return address.family === 'ipv6' && top(address) >>> 22 === 0x3fa;
}

/** ff01::/16 and ff00::/16, any flags: groups that never leave the interface. */
export function isInterfaceLocal(address: Address): boolean {
  return isMulticast(address) && address.family === 'ipv6' && ((top(address) >>> 16) & 0xf) <= 1;
}

/** 224.0.0.0/24. */
export function isLocalMulticast(address: Address): boolean {
  return address.family === 'ipv4' && top(address) >>> 8 === 0xe00000;
}

export type Scope = 'interface' | 'link' | 'site' | 'organisation' | 'global';

/** IPv6 scope as ipv6_addr_scope has it. */
export function scopeOf(address: Address): Scope {
  if (address.family === 'ipv4') return 'global';
  if (isMulticast(address)) {
    const bits = (top(address) >>> 16) & 0xf;
    if (bits === 1) return 'interface';
    if (bits === 2) return 'link';
    return bits === 5 ? 'site' : bits === 8 ? 'organisation' : 'global';
  }
  if (isLinkLocal(address)) return 'link';
  if (isLoopbackAddress(address)) return 'interface';
  return top(address) >>> 22 === 0x3fb ? 'site' : 'global';
}
