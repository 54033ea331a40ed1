/** Real input by kind, out of test/data and samples: what the fuzzer mangles and takes words from. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

const ROOTS = ['../data/', '../context/samples/', '../../samples/'].map(
  (folder) => new URL(folder, import.meta.url).pathname,
);

/** More than this of one file is cut off: the fuzzer is to try many inputs, not long ones. */
const MOST = 24_000;

export type MaterialKind =
  | 'log'
  | 'list'
  | 'save'
  | 'commands'
  | 'sets'
  | 'addresses'
  | 'addresses-json'
  | 'routes'
  | 'routes-json'
  | 'routing-rules'
  | 'routing-rules-json'
  | 'connections'
  | 'settings'
  | 'packets'
  | 'packet-fields'
  | 'expectations'
  | 'monitor';

const NAMES: Readonly<Partial<Record<MaterialKind, RegExp>>> = {
  log: /(?:trace|syslog)\.log$|\/(?:dmesg|kmsg)\.txt$|60-envelopes\/(?!README).*\.txt$/,
  list: /rules\.list$|\/iptables\.txt$|-L-v-n\.\w+\.txt$|\.(?:list|Lnv|Lv|Lnvx|out)$/,
  save: /rules\.save$|-save-c\.\w+\.txt$|\.(?:save|restore)$/,
  commands: /\.S$/,
  sets: /ipset.*\.(?:save|txt)$/,
  addresses: /ip-addr\.txt$/,
  'addresses-json': /ip-addr\.json$/,
  routes: /ip-(?:6-)?route\.txt$/,
  'routes-json': /ip-(?:6-)?route\.json$/,
  'routing-rules': /ip-(?:6-)?rule\.txt$/,
  'routing-rules-json': /ip-(?:6-)?rule\.json$/,
  connections: /conntrack(?:-extended)?\.txt$|nf_conntrack$/,
  packets: /packets\.jsonl$/,
  expectations: /\.yaml$/,
  monitor: /(?:xtables-monitor|nft-monitor)[^/]*\.txt$/,
};

/** What no captured file holds. */
const WRITTEN: Readonly<Partial<Record<MaterialKind, readonly string[]>>> = {
  settings: [
    'net.ipv4.ip_forward = 1\nnet.ipv4.conf.all.rp_filter = 0\nnet.ipv4.conf.eth0/100.rp_filter = 2\n',
    '/proc/sys/net/ipv4/ip_forward:1\n/proc/sys/net/bridge/bridge-nf-call-iptables = 1\n# comment\nsysctl: permission denied\n',
  ],
  'packet-fields': [
    'in=eth0 src=10.0.0.1 dst=10.0.0.2 proto=tcp sport=40000 dport=80 flags=syn',
    'src=fd00::1 dst=fd00::2 protocol=icmpv6 icmpType=128 icmpCode=0 icmpId=7 mark=0x10/0xf0 ttl=64',
    'dst=10.0.0.2 proto=udp dport=53 uid=0 gid=0 df=true fragment=0 length=60 id=1 mac=02:00:00:00:00:01',
  ],
};

function filesUnder(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      return statSync(path).isDirectory() ? filesUnder(path) : [path];
    });
}

let files: readonly string[] | null = null;
const read = new Map<MaterialKind, readonly string[]>();

/** The texts of a kind, never none. */
export function material(kind: MaterialKind): readonly string[] {
  const known = read.get(kind);
  if (known !== undefined) return known;
  files ??= ROOTS.filter((root) => existsSync(root)).flatMap(filesUnder);
  const pattern = NAMES[kind];
  const found = (pattern === undefined ? [] : files.filter((path) => pattern.test(path)))
    .filter((path) => !basename(path).startsWith('README'))
    .map((path) => beginning(readFileSync(path, 'utf8')));
  const texts = [...(WRITTEN[kind] ?? []), ...found.filter((text) => text !== '')];
  if (texts.length === 0) throw new Error(`no material of kind ${kind}`);
  read.set(kind, texts);
  return texts;
}

function beginning(text: string): string {
  return text.length <= MOST ? text : text.slice(0, text.lastIndexOf('\n', MOST) + 1);
}
