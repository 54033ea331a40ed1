/**
 * Names for what must not leave a company: each address, link address and host gets one (`ipv4-1`, `mac-2`,
 * `host-1`) wherever it stands in a text, numbered in the order in which they are met. Loopback, unspecified
 * and multicast addresses, and the link addresses of groups, tell nothing and stay.
 */
import { type Address, parseAddress } from '../model/address.ts';
import { HOOKS, TABLES } from '../model/hook.ts';

/** Hex bytes with colons: a link address, a link header (destination, source, type), or a tunnel's header. */
const BYTES = /(?<![0-9A-Za-z:])(?:[0-9A-Fa-f]{2}:){5,}[0-9A-Fa-f]{2}(?![0-9A-Za-z:])/g;
/** Anything that may be an address of either family; what parses as one is. */
const ADDRESSES =
  /(?<![0-9A-Za-z:.])(?:(?:[0-9A-Fa-f]{0,4}:){2,7}(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4})|\d{1,3}(?:\.\d{1,3}){3})(?![0-9A-Za-z]|\.\d)/g;
const ETHERNET_HEADER = 14;
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
/** Host names that are remembered. */
const MAX_HOSTS = 1000;

/** Columns of syslog and ISO envelopes before the host's name. */
const ENVELOPE =
  /^(?:<\d+>\d* ?)?(?:[A-Z][a-z]{2} +\d+ [\d:.]+|\d{4}-\d\d-\d\d[T ]\S+) +([^\s:[\]=]+) +[\w.-]+(?:\[\d+\])?:/;

export class Pseudonyms {
  private readonly names = new Map<string, string>();
  private readonly counts = new Map<string, number>();
  private readonly hosts = new Map<string, string>();
  private hostPattern: RegExp | null = null;

  /** The text with every address, link address and known host replaced. */
  text(raw: string): string {
    let text = raw;
    if (text.includes(':')) text = text.replace(BYTES, (bytes) => this.bytes(bytes));
    if (/[.:]/.test(text)) text = text.replace(ADDRESSES, (found) => this.addressText(found));
    if (this.hostPattern !== null)
      text = text.replace(this.hostPattern, (_, name: string) => this.host(name));
    return text;
  }

  /** A line of a log: also the host that its envelope names, if it was not met before. */
  line(raw: string): string {
    const [, host] = ENVELOPE.exec(raw) ?? [];
    if (host !== undefined) this.host(host);
    return this.text(raw);
  }

  address(address: Address): Address {
    if (isPlain(address)) return address;
    return { family: address.family, text: this.nameOf(address.family, address.text), words: address.words };
  }

  host(name: string): string {
    let known = this.hosts.get(name);
    if (known === undefined) {
      known = this.nameOf('host', name);
      if (name === '' || WORDS.has(name) || this.hosts.size >= MAX_HOSTS || /^host-\d+$/.test(name))
        return known;
      this.hosts.set(name, known);
      const names = [...this.hosts.keys()].sort((a, b) => b.length - a.length).map(quoted);
      this.hostPattern = new RegExp(
        `(?<![\\p{L}\\p{N}_])(${names.join('|')})(?:\\.[A-Za-z][A-Za-z0-9-]*)*(?![\\p{L}\\p{N}_])`,
        'gu',
      );
    }
    return known;
  }

  private addressText(found: string): string {
    const address = parseAddress(found);
    return address === null ? found : this.address(address).text;
  }

  private bytes(found: string): string {
    const all = found.toLowerCase().split(':');
    if (all.length === 6) return this.mac(all);
    if (all.length === ETHERNET_HEADER) {
      return `${this.mac(all.slice(0, 6))}:${this.mac(all.slice(6, 12))}:${all.slice(12).join(':')}`;
    }
    // IPv6 in its long form has groups of four digits: eight groups of two are bytes. A tunnel's header holds addresses.
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

function quoted(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
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
