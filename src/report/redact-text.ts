/**
 * Names for what must not leave a company: each address, link address and host gets one (`ipv4-1`, `mac-2`,
 * `host-1`) wherever it stands in a text, numbered in the order in which they are met. Loopback, unspecified
 * and multicast addresses, and the link addresses of groups, tell nothing and stay.
 */
import { type Address, addressOf, parseAddress } from '../model/address.ts';
import { HOOKS, TABLES } from '../model/hook.ts';
import { HostNames } from './redact-hosts.ts';

/** Four numbers and more, with dots or, as in the host names of clouds, with dashes (`ip-10-0-0-5`). */
const DOTTED = /(?<!\d)\d{1,3}(?:\.\d{1,3}){3,}(?!\d)/g;
const DASHED = /(?<!\d|\d-)\d{1,3}(?:-\d{1,3}){3}(?!\d|-\d)/g;
/** A word with two colons at least: IPv6 or hex bytes may be in it, behind a label (`mac:aa:bb:…`). */
const COLONS = /(?<![0-9A-Za-z:])[0-9A-Za-z]*(?::[0-9A-Za-z]*){2,}(?:(?:\.\d{1,3}){3}(?!\d))?/g;
const HEX_GROUP = /^[0-9A-Fa-f]{0,4}$/;
const HEX_BYTE = /^[0-9A-Fa-f]{2}$/;
const ETHERNET_HEADER = 14;
const LINK_ADDRESS = 6;
/** Groups of an IPv6 address; one more where `::` begins or ends it. */
const MOST_GROUPS = 9;
/** Words of the kernel and of ours: a host of such a name is replaced where it is the host, and nowhere else. */
const WORDS: ReadonlySet<string> = new Set([
  ...TABLES,
  ...HOOKS,
  ...[
    'rule',
    'return',
    'policy',
    'kernel',
    'TRACE',
    'tcp',
    'udp',
    'icmp',
    'save',
    'list',
    'log',
    'ACCEPT',
    'DROP',
  ],
]);

/** Columns of syslog and ISO envelopes before the host's name. */
const ENVELOPE =
  /^(?:<\d+>\d* ?)?(?:[A-Z][a-z]{2} +\d+ [\d:.]+|\d{4}-\d\d-\d\d[T ]\S+) +([^\s:[\]=]+) +[\w.-]+(?:\[\d+\])?:/;

export class Pseudonyms {
  private readonly names = new Map<string, string>();
  private readonly counts = new Map<string, number>();
  private readonly hosts = new HostNames();

  /** The text with every address, link address and known host replaced. */
  text(raw: string): string {
    // Before addresses are: a host's name may hold one.
    let text = this.hosts.replace(raw);
    if (text.includes(':')) text = text.replace(COLONS, (word) => this.colons(word));
    if (text.includes('.')) text = text.replace(DOTTED, (found) => this.numbers(found, '.'));
    if (text.includes('-')) text = text.replace(DASHED, (found) => this.numbers(found, '-'));
    return text;
  }

  /** Learns the host that the envelope of a line of a log names. */
  envelope(line: string): void {
    const [, host] = ENVELOPE.exec(line) ?? [];
    if (host !== undefined) this.host(host);
  }

  /** The name for a host, which from now on is replaced in texts too. */
  host(name: string): string {
    const known = this.hosts.get(name);
    if (known !== undefined) return known;
    const given = this.nameOf('host', name);
    if (!WORDS.has(name) && !/^(?:host-)?\d+$/.test(name)) this.hosts.add(name, given);
    return given;
  }

  private address(address: Address): string {
    return isPlain(address) ? address.text : this.nameOf(address.family, address.text);
  }

  /** `10.0.0.1`; of more than four numbers (`1.0.0.10.2`) the whole, if any four of them are an address. */
  private numbers(found: string, separator: string): string {
    const all = found.split(separator).map(Number);
    for (let i = 0; i + 4 <= all.length; i++) {
      const [a = 0, b = 0, c = 0, d = 0] = all.slice(i, i + 4);
      if (Math.max(a, b, c, d) > 255) continue;
      const address = addressOf('ipv4', [((a << 24) | (b << 16) | (c << 8) | d) >>> 0]);
      if (isPlain(address)) continue;
      return all.length === 4 ? this.address(address) : this.nameOf('ipv4', all.join('.'));
    }
    return found;
  }

  /** A word with colons: its runs of hex groups are looked at, each by itself. */
  private colons(word: string): string {
    const groups = word.split(':');
    const parts: string[] = [];
    for (let from = 0; from < groups.length; ) {
      let to = from;
      while (to < groups.length && isHexGroup(groups[to] ?? '', to === groups.length - 1)) to++;
      if (to === from) parts.push(groups[to++] ?? '');
      else parts.push(...this.hexGroups(groups.slice(from, to)));
      from = to;
    }
    return parts.join(':');
  }

  private hexGroups(groups: readonly string[]): readonly string[] {
    if (groups.length < LINK_ADDRESS && !groups.includes('')) return groups;
    const whole = groups.length <= MOST_GROUPS ? parseAddress(groups.join(':')) : null;
    const bytes = groups.every((group) => HEX_BYTE.test(group));
    // IPv6 in its long form has groups of four digits: eight groups of two are bytes.
    if (bytes && groups.length >= LINK_ADDRESS) return [this.bytes(groups)];
    if (whole !== null) return [this.address(whole)];
    const parts: string[] = [];
    for (let i = 0; i < groups.length; ) {
      const [name, length] = this.addressAt(groups, i) ?? [groups[i] ?? '', 1];
      parts.push(name);
      i += length;
    }
    return parts;
  }

  /** The longest address that begins with this group, and of how many groups it is. */
  private addressAt(groups: readonly string[], from: number): readonly [string, number] | null {
    const six = groups.slice(from, from + LINK_ADDRESS);
    if (six.length === LINK_ADDRESS && six.every((group) => HEX_BYTE.test(group)))
      return [this.bytes(six), LINK_ADDRESS];
    for (let length = Math.min(MOST_GROUPS, groups.length - from); length > 2; length--) {
      const some = groups.slice(from, from + length);
      const address = length < 8 && !some.includes('') ? null : parseAddress(some.join(':'));
      if (address !== null) return [this.address(address), length];
    }
    return null;
  }

  private bytes(groups: readonly string[]): string {
    const all = groups.map((group) => group.toLowerCase());
    if (all.length === LINK_ADDRESS) return this.mac(all);
    if (all.length === ETHERNET_HEADER) {
      return `${this.mac(all.slice(0, 6))}:${this.mac(all.slice(6, 12))}:${all.slice(12).join(':')}`;
    }
    // A tunnel's header, which holds addresses.
    return this.nameOf('link', all.join(':'));
  }

  private mac(bytes: readonly string[]): string {
    const first = Number.parseInt(bytes[0] ?? '0', 16);
    const text = bytes.join(':');
    return (first & 1) === 1 || /^[0:]+$/.test(text) ? text : this.nameOf('mac', text);
  }

  private nameOf(kind: string, value: string): string {
    const key = `${kind} ${value}`;
    let name = this.names.get(key);
    if (name === undefined) {
      const count = (this.counts.get(kind) ?? 0) + 1;
      this.counts.set(kind, count);
      name = `${kind}-${count}`;
      this.names.set(key, name);
    }
    return name;
  }
}

/** The last group of an IPv6 address may be an IPv4 address. */
function isHexGroup(group: string, last: boolean): boolean {
  return HEX_GROUP.test(group) || (last && /^\d{1,3}(?:\.\d{1,3}){3}$/.test(group));
}

/** Loopback, unspecified, multicast, and the broadcast to all: addresses that name nobody. */
function isPlain({ family, words }: Address): boolean {
  const [first = 0, second = 0, third = 0, fourth = 0] = words;
  if (family === 'ipv4') {
    const top = first >>> 24;
    return top === 127 || first === 0 || top >> 4 === 14 || first === 0xffffffff;
  }
  return first >>> 24 === 0xff || (first === 0 && second === 0 && third === 0 && fourth <= 1);
}
