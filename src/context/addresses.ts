/** `ip addr` (text and -j) → interfaces with their addresses, in the order in which the kernel keeps them. */
import { type Address, parseAddress } from '../model/address.ts';
import type { Interface, InterfaceAddress } from '../model/context.ts';
import { type JsonObject, numberIn, objectsIn, stringIn, stringsIn } from './json.ts';
import type { ContextFile, Reading } from './part.ts';

/** Words behind an address that have a value; every other word is a flag or the label. */
const VALUED = new Set(['peer', 'brd', 'any', 'scope', 'metric', 'proto']);

/** The flags of an address in JSON, in the order in which the text has them. */
const FLAGS = [
  'secondary',
  'temporary',
  'nodad',
  'optimistic',
  'dadfailed',
  'home',
  'deprecated',
  'tentative',
  'dynamic',
  'mngtmpaddr',
  'noprefixroute',
  'autojoin',
  'stable-privacy',
];

function splitPrefix(text: string): { address: Address; length: number } | null {
  const [host = '', suffix] = text.split('/');
  const address = parseAddress(host);
  if (address === null) return null;
  const bits = address.family === 'ipv4' ? 32 : 128;
  const length = suffix === undefined ? bits : Number(suffix);
  return Number.isInteger(length) && length >= 0 && length <= bits ? { address, length } : null;
}

/** `inet 10.0.0.1/24 brd 10.0.0.255 scope global secondary eth0`. */
function readAddressLine(words: readonly string[], label: string): InterfaceAddress | null {
  const own = splitPrefix(words[1] ?? '');
  if (own === null) return null;
  const values = new Map<string, string>();
  const flags: string[] = [];
  for (let i = 2; i < words.length; i++) {
    const word = words[i] ?? '';
    if (VALUED.has(word)) values.set(word, words[++i] ?? '');
    // An IPv4 address ends with its label: the interface's name, or one that begins with it.
    else if (words[0] !== 'inet' || !word.startsWith(label)) flags.push(word);
  }
  const peer = splitPrefix(values.get('peer') ?? '');
  return {
    address: own.address,
    prefixLength: peer?.length ?? own.length,
    peer: peer?.address ?? null,
    broadcast: parseAddress(values.get('brd') ?? ''),
    scope: values.get('scope') ?? 'global',
    flags,
  };
}

interface Draft extends Interface {
  type: string | null;
  mac: string | null;
  readonly addresses: InterfaceAddress[];
}

function readHeading(line: string): Draft | null {
  const [, index, name, flags, rest = ''] = /^(\d+): (\S+?)(?:@\S+)?: <([^>]*)>(.*)$/.exec(line) ?? [];
  if (name === undefined || flags === undefined) return null;
  const mtu = /\bmtu (\d+)/.exec(rest)?.[1];
  return {
    name,
    index: Number(index),
    flags: flags.split(','),
    mtu: mtu === undefined ? null : Number(mtu),
    type: null,
    mac: null,
    master: /\bmaster (\S+)/.exec(rest)?.[1] ?? null,
    addresses: [],
  };
}

/** Reads the text of `ip addr` (`ip link` is read too: interfaces without addresses). */
export function readAddresses(input: ContextFile, reading: Reading): Interface[] {
  const interfaces: Draft[] = [];
  for (const [index, line] of input.lines.entries()) {
    if (line.trim() === '') continue;
    const heading = readHeading(line);
    if (heading !== null) {
      interfaces.push(heading);
      continue;
    }
    const words = line.trim().split(/\s+/);
    const current = interfaces.at(-1);
    const [first = ''] = words;
    if (current === undefined) {
      reading.refuse(index, line);
    } else if (first.startsWith('link/')) {
      current.type = first.slice(5);
      current.mac = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(words[1] ?? '') ? (words[1] ?? null) : null;
    } else if (first === 'inet' || first === 'inet6') {
      const address = readAddressLine(words, current.name);
      if (address === null) reading.refuse(index, line, words[1]);
      else current.addresses.push(address);
    } else if (!/^(?:valid_lft|altname|alias|vf|RX|TX|\d+$)/.test(first) && !/^\s/.test(line)) {
      reading.refuse(index, line);
    }
  }
  return interfaces;
}

function addressOfJson(object: JsonObject): InterfaceAddress | null {
  const address = parseAddress(stringIn(object, 'local') ?? '');
  if (address === null) return null;
  return {
    address,
    prefixLength: numberIn(object, 'prefixlen') ?? (address.family === 'ipv4' ? 32 : 128),
    peer: parseAddress(stringIn(object, 'address') ?? ''),
    broadcast: parseAddress(stringIn(object, 'broadcast') ?? ''),
    scope: stringIn(object, 'scope') ?? 'global',
    flags: FLAGS.filter((flag) => object[flag] === true),
  };
}

/** Reads `ip -j addr`. */
export function readAddressesJson(objects: readonly JsonObject[], reading: Reading): Interface[] {
  return objects.flatMap((object) => {
    const name = stringIn(object, 'ifname');
    // `ip -j -4 addr` leaves an empty object for each interface without an address of that family.
    if (name === null) return [];
    const addresses = objectsIn(object, 'addr_info').flatMap((item) => {
      if (stringIn(item, 'local') === null) return [];
      const address = addressOfJson(item);
      if (address === null) reading.refuse(0, JSON.stringify(item));
      return address === null ? [] : [address];
    });
    return [
      {
        name,
        index: numberIn(object, 'ifindex'),
        flags: stringsIn(object, 'flags'),
        mtu: numberIn(object, 'mtu'),
        type: stringIn(object, 'link_type'),
        mac: stringIn(object, 'address'),
        master: stringIn(object, 'master'),
        addresses,
      },
    ];
  });
}
