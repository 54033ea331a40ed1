/**
 * Addresses and networks as rules spell them → values, and the short spelling back. A host name is nothing
 * that we look up: only names that mean one address everywhere are known (names/hosts.ts).
 */
import {
  type Address,
  addressOf,
  type Family,
  type Network,
  networkOf,
  parseAddress,
  parseNetwork,
  prefixLength,
  prefixMask,
} from '../../model/address.ts';
import type { AddressRange } from '../../model/match.ts';
import { hostAddress } from '../names/hosts.ts';

/** `10.0.0.0/8`, `10.0.0.1`, `10/8`, `localhost`, `loopback/8`; of this family. */
export function readNetwork(text: string, family: Family): Network | null {
  const network = parseNetwork(text) ?? namedNetwork(text, family) ?? shortNetwork(text, family);
  return network?.family === family ? network : null;
}

export function readAddress(text: string, family: Family): Address | null {
  const address = parseAddress(text) ?? hostAddress(text, family);
  return address?.family === family ? address : null;
}

/** `10.0.0.1-10.0.0.9`, or one address. */
export function readAddressRange(text: string, family: Family): AddressRange | null {
  const at = text.indexOf('-');
  const from = parseAddress(at < 0 ? text : text.slice(0, at));
  const to = at < 0 ? from : parseAddress(text.slice(at + 1));
  return from?.family === family && to?.family === family ? { from, to } : null;
}

function namedNetwork(text: string, family: Family): Network | null {
  const [name = '', suffix] = text.split('/');
  const address = hostAddress(name, family);
  if (address === null) return null;
  return suffix === undefined ? hostNetwork(address) : parseNetwork(`${address.text}/${suffix}`);
}

/** iptables takes networks with fewer than four numbers: libxtables/xtables.c, parse_hostnetwork. */
function shortNetwork(text: string, family: Family): Network | null {
  const short = /^([0-9]{1,3}(?:\.[0-9]{1,3}){0,2})\/(.+)$/.exec(text);
  if (family !== 'ipv4' || short === null) return null;
  const [, address = '', suffix = ''] = short;
  const padded = [...address.split('.'), '0', '0', '0'].slice(0, 4).join('.');
  return parseNetwork(`${padded}/${suffix}`);
}

function hostNetwork(address: Address): Network {
  return networkOf(address, prefixMask(address.family, address.family === 'ipv4' ? 32 : 128));
}

/** The network without its mask where that is a host's: xtables_ipmask_to_numeric leaves `/32` out. */
export function shortNetworkText(network: Network): string {
  const bits = network.family === 'ipv4' ? 32 : 128;
  return prefixLength(network.mask) === bits
    ? printAddress(addressOf(network.family, network.address))
    : printNetwork(network);
}

/**
 * As inet_ntop prints it: RFC 5952, but that an address whose first 96 bits are zeros, or zeros and `ffff`, ends
 * in dotted form.
 */
export function printAddress({ family, text, words }: Address): string {
  const [first = 0, second = 0, third = 0, last = 0] = words;
  const isEmbedded = third === 0xffff || (third === 0 && last > 0xffff);
  if (family === 'ipv4' || first !== 0 || second !== 0 || !isEmbedded) return text;
  return `${third === 0 ? '::' : '::ffff:'}${addressOf('ipv4', [last]).text}`;
}

/** As iptables-save prints it: always with a prefix, or a mask if that has holes. */
export function printNetwork({ family, address, mask }: Network): string {
  const length = prefixLength(mask);
  const suffix = length ?? printAddress(addressOf(family, mask));
  return `${printAddress(addressOf(family, address))}/${suffix}`;
}

/** Whether no bit counts: `0.0.0.0/0`, `::/0`. */
export function isAny(network: Network): boolean {
  return network.mask.every((word) => word === 0);
}

export function printAddressRange({ from, to }: AddressRange): string {
  return `${printAddress(from)}-${printAddress(to)}`;
}
