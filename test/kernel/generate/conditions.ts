/**
 * Random conditions of rules, as iptables takes them: a table of match extensions, each with the protocols,
 * hooks and families that it may stand in. `known` matches ask only what a case folder tells; the others
 * ask chance, time, payload or state that nobody saves.
 */
import type { Hook, TableName } from '../../../src/model/hook.ts';
import { SET_MATCHES } from './conditions-set.ts';
import type { Dice } from './dice.ts';
import type { SetSpec } from './sets.ts';
import { MARKS, PORTS, UIDS, type World } from './world.ts';

export interface Setting {
  readonly world: World;
  readonly sets: readonly SetSpec[];
  readonly dice: Dice;
  /** Protocol that the rule asks for with `-p`, without `!`; null: none. */
  readonly protocol: string | null;
}

export interface MatchMaker {
  readonly name: string;
  readonly weight: number;
  readonly known: boolean;
  readonly protocols?: readonly string[];
  readonly tables?: readonly TableName[];
  readonly hooks?: readonly Hook[];
  readonly family?: 4 | 6;
  readonly make: (setting: Setting) => string;
}

const IN: readonly Hook[] = ['PREROUTING', 'INPUT', 'FORWARD'];
const OUT: readonly Hook[] = ['OUTPUT', 'POSTROUTING'];
const LEAVING: readonly Hook[] = ['FORWARD', 'OUTPUT', 'POSTROUTING'];
const WITH_PORTS = ['tcp', 'udp'] as const;
const STATES = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT'] as const;

const not = ({ dice }: Setting) => dice.not();
const port = ({ dice }: Setting) => dice.pick(PORTS);
const portRange = ({ dice }: Setting) =>
  dice.chance(0.6)
    ? String(dice.pick(PORTS))
    : dice.pick(['0:1024', '1024:65535', '1000:40000', '53:443', ':1000', '8080:']);
const range = ({ dice, world }: Setting) => dice.pick(world.ranges);
const anyHost = ({ dice, world }: Setting) =>
  dice.pick([...world.services, ...world.sides.flatMap((side) => [...side.hosts, ...side.own])]);
const amount = (setting: Setting, values: readonly (number | string)[]) => setting.dice.pick(values);

function ports(setting: Setting): string {
  const parts = Array.from({ length: setting.dice.between(1, 4) }, () =>
    setting.dice.chance(0.75)
      ? String(port(setting))
      : setting.dice.pick(['80:90', '1000:2000', '40000:40020']),
  );
  return parts.join(',');
}

function flags({ dice }: Setting): string {
  const [mask = '', set = ''] = dice.pick([
    ['FIN,SYN,RST,ACK', 'SYN'],
    ['SYN,ACK', 'SYN'],
    ['SYN,ACK', 'SYN,ACK'],
    ['FIN,SYN,RST,PSH,ACK,URG', 'NONE'],
    ['RST', 'RST'],
    ['ALL', 'FIN,PSH,URG'],
    ['ACK', 'ACK'],
    ['FIN,ACK', 'FIN'],
  ]);
  return `--tcp-flags ${mask} ${set}`;
}

function ctTuple(setting: Setting): string {
  const { dice } = setting;
  const make = dice.pick([
    () => `--ctorigsrc ${range(setting)}`,
    () => `--ctorigdst ${range(setting)}`,
    () => `--ctreplsrc ${range(setting)}`,
    () => `--ctrepldst ${range(setting)}`,
    () => `--ctorigsrcport ${portRange(setting)}`,
    () => `--ctorigdstport ${portRange(setting)}`,
    () => `--ctreplsrcport ${portRange(setting)}`,
    () => `--ctrepldstport ${portRange(setting)}`,
    () => `--ctproto ${dice.pick([6, 17, 1, 58, 89])}`,
  ]);
  return `${dice.not()}${make()}`;
}

function icmpType({ dice, world }: Setting): string {
  const types =
    world.family === 4
      ? ['8', '0', '3', '3/1', '3/3', '13', '11', '255', '8/0']
      : ['128', '129', '1', '1/4', '3', '135'];
  return dice.pick(types);
}

function addressRange(setting: Setting): string {
  const { dice, world } = setting;
  const [low, high] = world.family === 4 ? ['10.81.1.', '10.81.2.'] : ['fd81:1::', 'fd81:2::'];
  const last = (from: number, to: number) =>
    world.family === 4 ? dice.between(from, to) : dice.between(from, to).toString(16);
  return `${low}${last(1, 30)}-${dice.chance(0.5) ? high : low}${last(31, 200)}`;
}

/** Expressions over header bytes, which a packet's fields imply. */
const U32 = {
  4: [
    '0x6&0xff=0x6',
    '0x6&0xff=0x11',
    '0x5&0xff=0x40:0x7f',
    '0xc&0xffffff00=0xa510100',
    '0&0xffff=0x28:0x60',
    '0x6&0xff=0x1&&0>>0x16&0x3c@0>>0x18=0x8',
  ],
  6: [
    '0x3&0xff=0x6',
    '0x3&0xff=0x11',
    '0x4&0xff=0x40',
    '0x8=0xfd810001',
    '0x14=0xfd810002,0xfd960000',
    '0x24&0xffff=0x2',
  ],
} as const;

/** Classic BPF over the packet: protocol, destination network, TOS. */
const BPF = {
  4: [
    '4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0',
    '4,32 0 0 16,53 0 1 173019648,6 0 0 65535,6 0 0 0',
    '5,48 0 0 1,84 0 0 16,21 0 1 16,6 0 0 1,6 0 0 0',
  ],
  6: ['4,48 0 0 6,21 0 1 6,6 0 0 1,6 0 0 0', '4,48 0 0 7,21 0 1 64,6 0 0 1,6 0 0 0'],
} as const;

const KNOWN: readonly Omit<MatchMaker, 'known'>[] = [
  {
    name: 'tcp',
    weight: 34,
    protocols: ['tcp'],
    make: (s) => `-m tcp ${s.dice.chance(0.5) ? `${not(s)}--dport` : `${not(s)}--sport`} ${portRange(s)}`,
  },
  { name: 'tcp', weight: 18, protocols: ['tcp'], make: (s) => `-m tcp ${not(s)}${flags(s)}` },
  {
    name: 'udp',
    weight: 34,
    protocols: ['udp'],
    make: (s) => `-m udp ${s.dice.chance(0.5) ? `${not(s)}--dport` : `${not(s)}--sport`} ${portRange(s)}`,
  },
  {
    name: 'multiport',
    weight: 16,
    protocols: WITH_PORTS,
    make: (s) => `-m multiport ${not(s)}--${s.dice.pick(['dports', 'sports', 'ports'])} ${ports(s)}`,
  },
  {
    name: 'icmp',
    weight: 24,
    protocols: ['icmp'],
    family: 4,
    make: (s) => `-m icmp ${not(s)}--icmp-type ${icmpType(s)}`,
  },
  {
    name: 'icmp6',
    weight: 24,
    protocols: ['icmpv6'],
    family: 6,
    make: (s) => `-m icmp6 ${not(s)}--icmpv6-type ${icmpType(s)}`,
  },
  {
    name: 'comment',
    weight: 3,
    make: (s) =>
      `-m comment --comment "${amount(s, ['cali:abc-_Z9', 'default/nginx: cluster IP', 'x /* y', 'tcp dpt:80'])}"`,
  },
  {
    name: 'conntrack',
    weight: 12,
    make: (s) => `-m conntrack ${not(s)}--ctstate ${s.dice.some(STATES, 1, 3).join(',')}`,
  },
  { name: 'conntrack', weight: 5, make: (s) => `-m conntrack ${ctTuple(s)}` },
  {
    name: 'conntrack',
    weight: 2,
    make: (s) =>
      `-m conntrack ${not(s)}--ctstatus ${s.dice.some(['EXPECTED', 'SEEN_REPLY', 'CONFIRMED'], 1, 2).join(',')}`,
  },
  {
    name: 'conntrack',
    weight: 2,
    protocols: ['tcp'],
    make: (s) => `-m conntrack ${not(s)}--ctstatus ${s.dice.pick(['ASSURED', 'ASSURED,EXPECTED'])}`,
  },
  { name: 'conntrack', weight: 2, make: (s) => `-m conntrack --ctdir ${s.dice.pick(['ORIGINAL', 'REPLY'])}` },
  {
    name: 'conntrack',
    weight: 2,
    make: (s) => `-m conntrack --ctstate ${s.dice.some(STATES, 1, 3).join(',')} ${ctTuple(s)}`,
  },
  {
    name: 'state',
    weight: 3,
    make: (s) => `-m state ${not(s)}--state ${s.dice.some(STATES.slice(0, 5), 1, 2).join(',')}`,
  },
  { name: 'mark', weight: 10, make: (s) => `-m mark ${not(s)}--mark ${s.dice.pick(MARKS)}` },
  { name: 'connmark', weight: 6, make: (s) => `-m connmark ${not(s)}--mark ${s.dice.pick(MARKS)}` },
  {
    name: 'addrtype',
    weight: 6,
    make: (s) => `-m addrtype ${not(s)}--${s.dice.pick(['src', 'dst'])}-type ${addressTypes(s)}`,
  },
  {
    name: 'addrtype',
    weight: 2,
    hooks: IN,
    make: (s) => `-m addrtype ${not(s)}--dst-type ${s.dice.pick(['LOCAL', 'UNICAST'])} --limit-iface-in`,
  },
  {
    name: 'addrtype',
    weight: 2,
    hooks: LEAVING,
    make: (s) => `-m addrtype ${not(s)}--src-type ${s.dice.pick(['LOCAL', 'UNICAST'])} --limit-iface-out`,
  },
  {
    name: 'iprange',
    weight: 5,
    make: (s) => `-m iprange ${not(s)}--${s.dice.pick(['src', 'dst'])}-range ${addressRange(s)}`,
  },
  {
    name: 'length',
    weight: 4,
    make: (s) =>
      `-m length ${not(s)}--length ${amount(s, ['40', '60', '28', '48', '100:65535', '60:100', '84'])}`,
  },
  {
    name: 'ttl',
    weight: 4,
    family: 4,
    make: (s) =>
      `-m ttl ${s.dice.pick(['--ttl-eq', '! --ttl-eq', '--ttl-lt', '--ttl-gt'])} ${amount(s, [63, 64, 62, 128])}`,
  },
  {
    name: 'hl',
    weight: 4,
    family: 6,
    make: (s) =>
      `-m hl ${s.dice.pick(['--hl-eq', '! --hl-eq', '--hl-lt', '--hl-gt'])} ${amount(s, [63, 64, 62, 128])}`,
  },
  {
    name: 'tos',
    weight: 4,
    make: (s) => `-m tos ${not(s)}--tos ${amount(s, ['0x10/0x10', '0x04/0x3f', '0x00/0x03', '0x08/0x08'])}`,
  },
  {
    name: 'dscp',
    weight: 3,
    make: (s) => `-m dscp ${not(s)}--dscp ${amount(s, ['0x01', '0x05', '0x03', '0x0a'])}`,
  },
  {
    name: 'owner',
    weight: 5,
    hooks: OUT,
    make: (s) =>
      `-m owner ${not(s)}--${s.dice.pick(['uid', 'gid'])}-owner ${s.dice.pick([...UIDS, '500-1500'])}`,
  },
  { name: 'owner', weight: 1, hooks: OUT, make: (s) => `-m owner ${not(s)}--socket-exists` },
  {
    name: 'mac',
    weight: 3,
    hooks: IN,
    make: (s) =>
      `-m mac ${not(s)}--mac-source ${s.dice.pick([...s.world.sides.map((side) => side.mac), '02:00:00:00:00:09'])}`,
  },
  {
    name: 'pkttype',
    weight: 3,
    make: (s) => `-m pkttype ${not(s)}--pkt-type ${amount(s, ['unicast', 'broadcast', 'multicast'])}`,
  },
  {
    name: 'physdev',
    weight: 1,
    hooks: IN,
    make: (s) => `-m physdev ${not(s)}--physdev-in ${s.dice.pick(['va', 'v+'])}`,
  },
  {
    name: 'rpfilter',
    weight: 4,
    tables: ['raw', 'mangle'],
    hooks: ['PREROUTING'],
    make: (s) =>
      `-m rpfilter${s.dice.pick(['', ' --loose', ' --accept-local', ' --validmark'])}${s.dice.chance(0.5) ? ' --invert' : ''}`,
  },
  {
    name: 'u32',
    weight: 3,
    protocols: WITH_PORTS,
    family: 4,
    make: (s) => `-m u32 ${not(s)}--u32 "0>>0x16&0x3c@0&0xffff=0x35,0x50"`,
  },
  { name: 'u32', weight: 3, make: (s) => `-m u32 ${not(s)}--u32 "${s.dice.pick(U32[s.world.family])}"` },
  { name: 'bpf', weight: 2, make: (s) => `-m bpf --bytecode "${s.dice.pick(BPF[s.world.family])}"` },
];

const CHANCE: readonly Omit<MatchMaker, 'known'>[] = [
  // UDP is assured only when it still lives after two seconds.
  { name: 'conntrack', weight: 2, make: (s) => `-m conntrack ${not(s)}--ctstatus ASSURED` },
  { name: 'helper', weight: 1, make: (s) => `-m helper ${not(s)}--helper ftp` },
  { name: 'policy', weight: 1, hooks: IN, make: () => '-m policy --dir in --pol none' },
  {
    name: 'policy',
    weight: 1,
    hooks: LEAVING,
    make: (s) => `-m policy --dir out --pol ${s.dice.pick(['none', 'ipsec'])}`,
  },
  {
    name: 'statistic',
    weight: 8,
    make: (s) =>
      `-m statistic --mode random ${not(s)}--probability ${amount(s, ['0.5', '0.3333', '0.9', '0.1'])}`,
  },
  {
    name: 'statistic',
    weight: 4,
    make: (s) =>
      `-m statistic --mode nth ${not(s)}--every ${s.dice.between(2, 4)} --packet ${s.dice.between(0, 1)}`,
  },
  {
    name: 'limit',
    weight: 6,
    make: (s) =>
      `-m limit --limit ${amount(s, ['5/sec', '1/min', '3/hour'])} --limit-burst ${s.dice.between(1, 5)}`,
  },
  {
    name: 'hashlimit',
    weight: 4,
    make: (s) =>
      `-m hashlimit --hashlimit-${s.dice.pick(['upto', 'above'])} 2/min --hashlimit-burst 3 --hashlimit-mode ${s.dice.pick(['srcip', 'dstip', 'srcip,dstport'])} --hashlimit-name h${s.dice.below(1e6)}`,
  },
  {
    name: 'recent',
    weight: 5,
    make: (s) =>
      `-m recent --name r${s.dice.below(2)} ${not(s)}--${s.dice.pick(['set', 'rcheck', 'update', 'remove'])} --${s.dice.pick(['rsource', 'rdest'])}`,
  },
  {
    name: 'connlimit',
    weight: 3,
    make: (s) =>
      `-m connlimit --connlimit-${s.dice.pick(['upto', 'above'])} ${s.dice.between(1, 3)} --connlimit-mask ${s.world.family === 4 ? 24 : 64} --connlimit-${s.dice.pick(['saddr', 'daddr'])}`,
  },
  {
    name: 'connbytes',
    weight: 2,
    make: (s) =>
      `-m connbytes ${not(s)}--connbytes ${amount(s, ['2', '1:3', '100:'])} --connbytes-mode ${s.dice.pick(['packets', 'bytes', 'avgpkt'])} --connbytes-dir ${s.dice.pick(['original', 'reply', 'both'])}`,
  },
  {
    name: 'string',
    weight: 2,
    make: (s) =>
      `-m string ${not(s)}--string ${amount(s, ['aaaa', 'zz'])} --algo ${s.dice.pick(['bm', 'kmp'])}`,
  },
  {
    name: 'time',
    weight: 2,
    make: (s) => `-m time --timestart ${s.dice.between(0, 23)}:00 --timestop ${s.dice.between(0, 23)}:30`,
  },
  { name: 'quota', weight: 1, make: (s) => `-m quota ${not(s)}--quota ${s.dice.between(100, 400)}` },
  { name: 'tcpmss', weight: 6, protocols: ['tcp'], make: (s) => `-m tcpmss ${not(s)}--mss 500:1400` },
  { name: 'tcp', weight: 3, protocols: ['tcp'], make: (s) => `-m tcp ${not(s)}--tcp-option 2` },
  {
    name: 'socket',
    weight: 6,
    hooks: ['PREROUTING', 'INPUT'],
    protocols: WITH_PORTS,
    make: (s) => `-m socket${s.dice.pick(['', ' --transparent', ' --nowildcard'])}`,
  },
  { name: 'ecn', weight: 5, protocols: ['tcp'], make: (s) => `-m ecn ${not(s)}--ecn-tcp-ece` },
  { name: 'cpu', weight: 1, make: (s) => `-m cpu ${not(s)}--cpu 0` },
  { name: 'conntrack', weight: 1, make: (s) => `-m conntrack ${not(s)}--ctexpire 1:100` },
  { name: 'frag', weight: 2, family: 6, make: () => '-m frag --fragfirst' },
  {
    name: 'ipv6header',
    weight: 1,
    family: 6,
    make: (s) => `-m ipv6header --header ${s.dice.pick(['frag', 'dst'])} --soft`,
  },
];

/** All matches that the kernel here has, `known` first. */
export const MATCHES: readonly MatchMaker[] = [
  ...[...KNOWN, ...SET_MATCHES].map((maker) => ({ ...maker, known: true })),
  ...CHANCE.map((maker) => ({ ...maker, known: false })),
];

function addressTypes({ dice, world }: Setting): string {
  const types = ['LOCAL', 'UNICAST', 'MULTICAST', 'ANYCAST', 'UNREACHABLE'];
  return dice
    .some(world.family === 4 ? [...types, 'BROADCAST', 'BLACKHOLE', 'PROHIBIT'] : types, 1, 2)
    .join(',');
}

/** Header conditions: addresses, interfaces, protocol, fragments. */
export function headerConditions(
  setting: Omit<Setting, 'protocol'>,
  builtin: Hook | null,
): { readonly text: string; readonly protocol: string | null } {
  const { dice, world } = setting;
  const parts: string[] = [];
  const full = { ...setting, protocol: null };
  const address = () => (dice.chance(0.8) ? range(full) : anyHost(full));
  if (dice.chance(0.25)) parts.push(`${dice.not()}-s ${address()}`);
  if (dice.chance(0.25)) parts.push(`${dice.not()}-d ${address()}`);
  const device = () => dice.pick([...world.sides.map((side) => side.device), 'v+', 'va+', 'lo', 'eth0']);
  const arriving = builtin === null || IN.includes(builtin);
  const leaving = builtin === null || LEAVING.includes(builtin);
  if (arriving && dice.chance(0.15)) parts.push(`${dice.not()}-i ${device()}`);
  if (leaving && dice.chance(0.15)) parts.push(`${dice.not()}-o ${device()}`);
  const icmp = world.family === 4 ? 'icmp' : 'icmpv6';
  const named = dice.chance(0.55)
    ? dice.weigh([
        { name: 'tcp', weight: 10 },
        { name: 'udp', weight: 10 },
        { name: icmp, weight: 5 },
        { name: '4', weight: 2 },
        { name: '89', weight: 2 },
      ]).name
    : null;
  const inverted = named !== null && dice.chance(0.08);
  if (named !== null) parts.push(`${inverted ? '! ' : ''}-p ${named}`);
  if (world.family === 4 && dice.chance(0.02)) parts.push(dice.pick(['-f', '! -f']));
  return { text: parts.join(' '), protocol: inverted ? null : named };
}

/** Whether a match or target may stand in a rule of this family, protocol, table and these hooks. */
export function fits(
  maker: Pick<MatchMaker, 'family' | 'protocols' | 'tables' | 'hooks'>,
  family: 4 | 6,
  /** Null: none. Empty: whichever it needs. */
  protocol: string | null,
  table: TableName,
  hooks: readonly Hook[],
): boolean {
  if (maker.family !== undefined && maker.family !== family) return false;
  if (maker.protocols !== undefined && (protocol === null || !maker.protocols.includes(protocol)))
    return false;
  if (maker.tables !== undefined && !maker.tables.includes(table)) return false;
  return maker.hooks === undefined || hooks.every((hook) => maker.hooks?.includes(hook));
}
