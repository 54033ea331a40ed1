/**
 * Random targets of rules: a table with the tables and hooks in which each may stand. As for conditions,
 * `known` targets do what a case folder tells.
 */
import type { Hook, TableName } from '../../../src/model/hook.ts';
import type { Setting } from './conditions.ts';
import { EXTRA_PORT, PORTS } from './world.ts';

export interface TargetMaker {
  readonly name: string;
  readonly weight: number;
  readonly known: boolean;
  readonly tables?: readonly TableName[];
  readonly hooks?: readonly Hook[];
  readonly protocols?: readonly string[];
  readonly family?: 4 | 6;
  readonly make: (setting: Setting) => string;
}

const DEST: readonly Hook[] = ['PREROUTING', 'OUTPUT'];
const SOURCE: readonly Hook[] = ['POSTROUTING', 'INPUT'];
const SETTERS = [
  '0x1/0x1',
  '0x0/0x1',
  '0x10/0xf0',
  '0x4000/0x4000',
  '0x2/0xffffffff',
  '0x10/0x0',
  '0x10000/0x10000',
  '0x0/0xffffffff',
];
const CT_MASKS = [
  '',
  ' --nfmask 0xffffffff --ctmask 0xffffffff',
  ' --nfmask 0xff --ctmask 0xff',
  ' --nfmask 0xf0 --ctmask 0xf',
];

const inner = ({ dice, world }: Setting) =>
  dice.chance(0.05)
    ? dice.pick(world.elsewhere.filter((address) => !isGroup(address)))
    : dice.pick([...(world.sides[1]?.hosts.slice(0, 8) ?? []), ...(world.sides[0]?.own ?? [])]);
/** Broadcast and multicast, whose copies come back by the loop. */
const isGroup = (address: string) => /^(ff|22|255|10\.81\.1\.255)/.test(address);
const own = ({ dice, world }: Setting) => dice.pick(world.sides.flatMap((side) => side.own));
const port = ({ dice }: Setting) => dice.pick([...PORTS, EXTRA_PORT]);
const withPort = (setting: Setting, address: string, text: string) =>
  setting.world.family === 6 ? `[${address}]:${text}` : `${address}:${text}`;
const PORTED = ['tcp', 'udp'] as const;

const KNOWN: readonly Omit<TargetMaker, 'known'>[] = [
  { name: 'ACCEPT', weight: 8, make: () => '-j ACCEPT' },
  { name: 'DROP', weight: 3, make: () => '-j DROP' },
  { name: 'RETURN', weight: 8, make: () => '-j RETURN' },
  { name: 'none', weight: 2, make: () => '' },
  { name: 'MARK', weight: 24, make: (s) => `-j MARK --set-xmark ${s.dice.pick(SETTERS)}` },
  {
    name: 'CONNMARK',
    weight: 8,
    make: (s) => `-j CONNMARK ${s.dice.pick(['--save-mark', '--restore-mark'])}${s.dice.pick(CT_MASKS)}`,
  },
  { name: 'CONNMARK', weight: 4, make: (s) => `-j CONNMARK --set-xmark ${s.dice.pick(SETTERS)}` },
  { name: 'LOG', weight: 2, make: () => '-j LOG --log-prefix "fz: "' },
  { name: 'NFLOG', weight: 2, make: () => '-j NFLOG --nflog-group 9' },
  { name: 'SET', weight: 4, make: setTarget },
  {
    name: 'REJECT',
    weight: 5,
    tables: ['filter'],
    hooks: ['INPUT', 'FORWARD', 'OUTPUT'],
    make: (s) =>
      `-j REJECT --reject-with ${s.dice.pick(s.world.family === 4 ? ['icmp-port-unreachable', 'icmp-host-prohibited', 'icmp-admin-prohibited'] : ['icmp6-port-unreachable', 'icmp6-adm-prohibited'])}`,
  },
  {
    name: 'REJECT',
    weight: 3,
    tables: ['filter'],
    hooks: ['INPUT', 'FORWARD', 'OUTPUT'],
    protocols: ['tcp'],
    make: () => '-j REJECT --reject-with tcp-reset',
  },
  {
    name: 'DNAT',
    weight: 22,
    tables: ['nat'],
    hooks: DEST,
    make: (s) => `-j DNAT --to-destination ${inner(s)}`,
  },
  {
    name: 'DNAT',
    weight: 14,
    tables: ['nat'],
    hooks: DEST,
    protocols: PORTED,
    make: (s) =>
      `-j DNAT --to-destination ${s.dice.chance(0.8) ? withPort(s, inner(s), String(port(s))) : `:${port(s)}`}`,
  },
  { name: 'REDIRECT', weight: 4, tables: ['nat'], hooks: DEST, make: () => '-j REDIRECT' },
  {
    name: 'REDIRECT',
    weight: 6,
    tables: ['nat'],
    hooks: DEST,
    protocols: PORTED,
    make: (s) => `-j REDIRECT --to-ports ${port(s)}`,
  },
  {
    name: 'NETMAP',
    weight: 4,
    tables: ['nat'],
    make: (s) =>
      `-j NETMAP --to ${s.dice.pick(s.world.family === 4 ? ['10.81.2.0/26', '10.81.1.64/26', '10.81.2.128/25'] : ['fd81:2::/122', 'fd81:1::40/122'])}`,
  },
  { name: 'SNAT', weight: 16, tables: ['nat'], hooks: SOURCE, make: (s) => `-j SNAT --to-source ${own(s)}` },
  { name: 'MASQUERADE', weight: 16, tables: ['nat'], hooks: ['POSTROUTING'], make: () => '-j MASQUERADE' },
  {
    name: 'NOTRACK',
    weight: 6,
    tables: ['raw'],
    make: (s) => s.dice.pick(['-j NOTRACK', '-j CT --notrack']),
  },
  { name: 'TRACE', weight: 2, tables: ['raw'], make: () => '-j TRACE' },
  {
    name: 'TTL',
    weight: 4,
    tables: ['mangle'],
    family: 4,
    make: (s) => `-j TTL ${s.dice.pick(['--ttl-set 32', '--ttl-dec 1', '--ttl-inc 2', '--ttl-set 1'])}`,
  },
  {
    name: 'HL',
    weight: 4,
    tables: ['mangle'],
    family: 6,
    make: (s) => `-j HL ${s.dice.pick(['--hl-set 32', '--hl-dec 1', '--hl-inc 2', '--hl-set 1'])}`,
  },
  {
    name: 'DSCP',
    weight: 3,
    tables: ['mangle'],
    make: (s) => `-j DSCP --set-dscp ${s.dice.pick(['0x0a', '0x01', '0x05'])}`,
  },
  {
    name: 'TOS',
    weight: 3,
    tables: ['mangle'],
    make: (s) => `-j TOS --set-tos ${s.dice.pick(['0x10/0x3f', '0x04/0x04', '0x00/0x18'])}`,
  },
  {
    name: 'TEE',
    weight: 2,
    hooks: ['PREROUTING'],
    // What comes back by the loop, which has no link addresses, is not copied: a copy would come back too.
    make: (s) =>
      s.world.family === 4
        ? '-m mac ! --mac-source 00:00:00:00:00:00 -m addrtype ! --dst-type MULTICAST,BROADCAST -j TEE --gateway 10.81.2.9'
        : '-m mac ! --mac-source 00:00:00:00:00:00 -m addrtype ! --dst-type MULTICAST -j TEE --gateway fd81:2::9',
  },
  {
    name: 'CLASSIFY',
    weight: 1,
    hooks: ['FORWARD', 'OUTPUT', 'POSTROUTING'],
    make: () => '-j CLASSIFY --set-class 1:10',
  },
  { name: 'CHECKSUM', weight: 1, tables: ['mangle'], make: () => '-j CHECKSUM --checksum-fill' },
  {
    name: 'ECN',
    weight: 5,
    tables: ['mangle'],
    protocols: ['tcp'],
    family: 4,
    make: () => '-j ECN --ecn-tcp-remove',
  },
  {
    name: 'TCPMSS',
    weight: 3,
    protocols: ['tcp'],
    hooks: ['PREROUTING', 'FORWARD', 'OUTPUT', 'POSTROUTING', 'INPUT'],
    make: () => '-m tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1360',
  },
  { name: 'AUDIT', weight: 1, make: (s) => `-j AUDIT --type ${s.dice.pick(['accept', 'drop'])}` },
  { name: 'IDLETIMER', weight: 1, make: (s) => `-j IDLETIMER --timeout 600 --label t${s.dice.below(1e6)}` },
  {
    name: 'DNAT',
    weight: 6,
    tables: ['nat'],
    hooks: DEST,
    make: (s) => `-j DNAT --to-destination ${natRange(s)}${s.dice.pick(['', ' --persistent'])}`,
  },
  {
    name: 'SNAT',
    weight: 6,
    tables: ['nat'],
    hooks: SOURCE,
    make: (s) => `-j SNAT --to-source ${natRange(s)}${s.dice.pick(['', ' --persistent'])}`,
  },
];

const CHANCE: readonly Omit<TargetMaker, 'known'>[] = [
  {
    name: 'SNAT',
    weight: 6,
    tables: ['nat'],
    hooks: SOURCE,
    make: (s) => `-j SNAT --to-source ${natRange(s)}${s.dice.pick([' --random', ' --random-fully'])}`,
  },
  {
    name: 'NFQUEUE',
    weight: 2,
    make: (s) => `-j NFQUEUE --queue-num 7${s.dice.chance(0.6) ? ' --queue-bypass' : ''}`,
  },
  {
    name: 'TPROXY',
    weight: 10,
    tables: ['mangle'],
    hooks: ['PREROUTING'],
    protocols: PORTED,
    make: (s) => `-j TPROXY --on-port ${port(s)} --tproxy-mark 0x1/0x1`,
  },
  {
    name: 'HMARK',
    weight: 1,
    make: () => '-j HMARK --hmark-tuple src,dst --hmark-mod 2 --hmark-offset 1 --hmark-rnd 1',
  },
  {
    name: 'MASQUERADE',
    weight: 3,
    tables: ['nat'],
    hooks: ['POSTROUTING'],
    make: () => '-j MASQUERADE --random-fully',
  },
  { name: 'CT', weight: 2, tables: ['raw'], make: (s) => `-j CT --zone ${s.dice.between(1, 2)}` },
  {
    name: 'TCPOPTSTRIP',
    weight: 5,
    tables: ['mangle'],
    protocols: ['tcp'],
    make: () => '-j TCPOPTSTRIP --strip-options timestamp',
  },
];

export const TARGETS: readonly TargetMaker[] = [
  ...KNOWN.map((maker) => ({ ...maker, known: true })),
  ...CHANCE.map((maker) => ({ ...maker, known: false })),
];

function natRange({ dice, world }: Setting): string {
  const stem = world.family === 4 ? '10.81.2.' : 'fd81:2::';
  const from = dice.between(2, 5);
  return `${stem}${from}-${stem}${from + dice.between(1, 4)}`;
}

function setTarget({ dice, sets }: Setting): string {
  const set = dice.pick(
    sets.filter(({ name }) => ['setip', 'setport', 'setempty', 'settime', 'bitport'].includes(name)),
  );
  const directions = Array.from({ length: set.dimensions }, () => dice.pick(['src', 'dst'])).join(',');
  return dice.chance(0.7)
    ? `-j SET --add-set ${set.name} ${directions}${dice.chance(0.3) ? ' --exist' : ''}`
    : `-j SET --del-set ${set.name} ${directions}`;
}
