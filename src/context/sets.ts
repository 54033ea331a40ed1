/**
 * `ipset save` (and the members of `ipset list`) → sets with typed entries. An entry that cannot be read
 * is reported and left out.
 */

import { type Family, parseAddress, parseNetwork } from '../model/address.ts';
import type { IpSet, IpSetEntry, SetElement } from '../model/context.ts';
import { entryOf } from '../model/entry.ts';
import type { ContextFile, Reading } from './part.ts';
import { readMasked, readNumber, readProtocol, readRange } from './token.ts';

interface Draft {
  readonly name: string;
  type: string;
  family: Family | null;
  readonly options: Map<string, string>;
  readonly entries: IpSetEntry[];
  readonly line: number;
}

/** Options of `create` and `add` that have no value. */
const BARE = new Set(['counters', 'comment', 'skbinfo', 'forceadd', 'nomatch', 'exist']);

/** Splits at blanks, keeping `"…"` together (comments); a backslash in quotes protects the next character. */
function splitWords(text: string): string[] {
  const words: string[] = [];
  for (const match of text.matchAll(/"((?:[^"\\]|\\.)*)"|\S+/g)) {
    words.push(match[1] === undefined ? match[0] : match[1].replaceAll(/\\(.)/g, '$1'));
  }
  return words;
}

function readAddresses(text: string): SetElement | null {
  const network = parseNetwork(text);
  if (network !== null) return { kind: 'network', network };
  const [from, to] = text.split('-').map((part) => parseAddress(part));
  return from && to ? { kind: 'addresses', from, to } : null;
}

/** `tcp:80`, `80`, `80-90`, `icmp:8/0`, `icmpv6:echo-request` (a name stays unread). */
function readPort(text: string, bare: boolean): SetElement | null {
  const colon = text.indexOf(':');
  const protocol = colon < 0 ? (bare ? null : 6) : readProtocol(text.slice(0, colon));
  if (colon >= 0 && protocol === null) return null;
  const rest = text.slice(colon + 1);
  const [, type, code] = /^(\d+)\/(\d+)$/.exec(rest) ?? [];
  if (type !== undefined && code !== undefined) {
    const port = Number(type) * 256 + Number(code);
    return { kind: 'port', protocol, ports: { from: port, to: port } };
  }
  const named = entryOf(ICMP_NAMES[protocol === 58 ? 'ipv6' : 'ipv4'], rest);
  const ports = named === undefined ? readRange(rest) : { from: named, to: named };
  return ports === null ? null : { kind: 'port', protocol, ports };
}

/** ICMP types by the names that ipset prints: type · 256 + code. */
const ICMP_NAMES: Readonly<Record<Family, Readonly<Record<string, number>>>> = {
  ipv4: {
    'echo-reply': 0,
    pong: 0,
    'network-unreachable': 3 * 256,
    'host-unreachable': 3 * 256 + 1,
    'protocol-unreachable': 3 * 256 + 2,
    'port-unreachable': 3 * 256 + 3,
    'fragmentation-needed': 3 * 256 + 4,
    'source-route-failed': 3 * 256 + 5,
    'network-unknown': 3 * 256 + 6,
    'host-unknown': 3 * 256 + 7,
    'network-prohibited': 3 * 256 + 9,
    'host-prohibited': 3 * 256 + 10,
    'TOS-network-unreachable': 3 * 256 + 11,
    'TOS-host-unreachable': 3 * 256 + 12,
    'communication-prohibited': 3 * 256 + 13,
    'host-precedence-violation': 3 * 256 + 14,
    'precedence-cutoff': 3 * 256 + 15,
    'source-quench': 4 * 256,
    'network-redirect': 5 * 256,
    'host-redirect': 5 * 256 + 1,
    'TOS-network-redirect': 5 * 256 + 2,
    'TOS-host-redirect': 5 * 256 + 3,
    'echo-request': 8 * 256,
    ping: 8 * 256,
    'router-advertisement': 9 * 256,
    'router-solicitation': 10 * 256,
    'ttl-zero-during-transit': 11 * 256,
    'ttl-zero-during-reassembly': 11 * 256 + 1,
    'ip-header-bad': 12 * 256,
    'required-option-missing': 12 * 256 + 1,
    'timestamp-request': 13 * 256,
    'timestamp-reply': 14 * 256,
    'address-mask-request': 17 * 256,
    'address-mask-reply': 18 * 256,
  },
  ipv6: {
    'no-route': 256,
    'communication-prohibited': 256 + 1,
    'address-unreachable': 256 + 3,
    'port-unreachable': 256 + 4,
    'packet-too-big': 2 * 256,
    'ttl-zero-during-transit': 3 * 256,
    'ttl-zero-during-reassembly': 3 * 256 + 1,
    'bad-header': 4 * 256,
    'unknown-header-type': 4 * 256 + 1,
    'unknown-option': 4 * 256 + 2,
    'echo-request': 128 * 256,
    ping: 128 * 256,
    'echo-reply': 129 * 256,
    pong: 129 * 256,
    'router-solicitation': 133 * 256,
    'router-advertisement': 134 * 256,
    'neighbour-solicitation': 135 * 256,
    'neigbour-solicitation': 135 * 256,
    'neighbour-advertisement': 136 * 256,
    'neigbour-advertisement': 136 * 256,
    redirect: 137 * 256,
  },
};

function readElement(dimension: string, text: string, bitmap: boolean): SetElement | null {
  switch (dimension) {
    case 'ip':
    case 'net':
      return readAddresses(text);
    case 'port':
      return readPort(text, bitmap);
    case 'mac':
      return /^(?:[0-9a-f]{1,2}:){5}[0-9a-f]{1,2}$/i.test(text)
        ? { kind: 'mac', mac: text.toLowerCase() }
        : null;
    case 'mark': {
      const mark = readNumber(text);
      return mark === null ? null : { kind: 'mark', mark };
    }
    case 'iface': {
      const physdev = text.startsWith('physdev:');
      return { kind: 'interface', name: physdev ? text.slice(8) : text, physdev, wildcard: false };
    }
    case 'set':
      return { kind: 'set', name: text };
    default:
      return null;
  }
}

function readCount(text: string | undefined): bigint | null {
  return text !== undefined && /^\d+$/.test(text) ? BigInt(text) : null;
}

/** `ELEMENT[,ELEMENT…] [option …]` of a set of this type. */
function readEntry(type: string, words: readonly string[]): IpSetEntry | null {
  const [storage = '', dimensions = ''] = type.split(':');
  const parts = (words[0] ?? '').split(',');
  const wanted = dimensions.split(',');
  // A bitmap:ip,mac entry may lack its MAC: it then takes the first that it meets.
  if (parts.length > wanted.length || (parts.length < wanted.length && storage !== 'bitmap')) return null;
  const elements: SetElement[] = [];
  for (const [index, part] of parts.entries()) {
    const element = readElement(wanted[index] ?? '', part, storage === 'bitmap');
    if (element === null) return null;
    elements.push(element);
  }
  const options = readOptions(words.slice(1));
  return {
    elements: options.has('wildcard')
      ? elements.map((element) => (element.kind === 'interface' ? { ...element, wildcard: true } : element))
      : elements,
    nomatch: options.has('nomatch'),
    timeout: readNumber(options.get('timeout')),
    packets: readCount(options.get('packets')),
    bytes: readCount(options.get('bytes')),
    skbmark: readMasked(options.get('skbmark')),
    comment: options.get('comment') ?? null,
  };
}

/** Option names with their values. In an entry `comment` has a text; in a `create` line it stands bare. */
function readOptions(words: readonly string[]): Map<string, string> {
  const options = new Map<string, string>();
  for (let i = 0; i < words.length; i++) {
    const name = words[i] ?? '';
    if (BARE.has(name) || name === 'wildcard') {
      const value = name === 'comment' ? (words[i + 1] ?? '') : '';
      if (name === 'comment') i++;
      options.set(name, value);
    } else {
      options.set(name, words[++i] ?? '');
    }
  }
  return options;
}

function readCreate(words: readonly string[], line: number): Draft | null {
  const [, name, type, ...rest] = words;
  if (name === undefined || type === undefined || !/^(?:hash|bitmap|list):/.test(type)) return null;
  const options = new Map<string, string>();
  for (let i = 0; i < rest.length; i++) {
    const option = rest[i] ?? '';
    options.set(option, BARE.has(option) ? '' : (rest[++i] ?? ''));
  }
  const family = familyOf(options.get('family') ?? null, type, options.get('range') ?? '');
  options.delete('family');
  return { name, type, family, options, entries: [], line };
}

function familyOf(name: string | null, type: string, range: string): Family | null {
  if (name === 'inet6') return 'ipv6';
  if (name === 'inet') return 'ipv4';
  if (type.startsWith('bitmap:ip')) return range.includes(':') ? 'ipv6' : 'ipv4';
  return type.startsWith('hash:') && type !== 'hash:mac' ? 'ipv4' : null;
}

/** Reads `ipset save` and `ipset list` output. */
export function readSets(input: ContextFile, reading: Reading): IpSet[] {
  const drafts = new Map<string, Draft>();
  let listed: Draft | null = null;
  let members = false;
  for (const [index, raw] of input.lines.entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const words = splitWords(line);
    if (words[0] === 'create' || words[0] === '-N') {
      const draft = readCreate(words, index);
      if (draft === null) reading.refuse(index, raw);
      else drafts.set(draft.name, draft);
    } else if (words[0] === 'add' || words[0] === '-A') {
      const draft = drafts.get(words[1] ?? '');
      const entry = draft === undefined ? null : readEntry(draft.type, words.slice(2));
      if (draft === undefined || entry === null) reading.refuse(index, raw, words[2]);
      else draft.entries.push(entry);
    } else if (line.startsWith('Name: ')) {
      listed = {
        name: line.slice(6).trim(),
        type: '',
        family: null,
        options: new Map(),
        entries: [],
        line: index,
      };
      members = false;
      drafts.set(listed.name, listed);
    } else if (
      listed !== null &&
      /^(?:Type|Header|Revision|Size in memory|References|Number of entries|Members):/.test(line)
    ) {
      const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
      if (name === 'Type') listed.type = value;
      if (name === 'Header') {
        const header = readCreate(['create', listed.name, listed.type, ...splitWords(value)], index);
        if (header !== null) {
          listed.family = header.family;
          for (const [option, text] of header.options) listed.options.set(option, text);
        }
      }
      members = name === 'Members';
    } else if (listed !== null && members) {
      const entry = readEntry(listed.type, words);
      if (entry === null) reading.refuse(index, raw);
      else listed.entries.push(entry);
    } else {
      reading.refuse(index, raw);
    }
  }
  return [...drafts.values()].map(({ line, ...set }) => ({ ...set, source: reading.at(line) }));
}
