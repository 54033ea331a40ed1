/**
 * Extensions of which nothing but the words is known: what they ask is unknown, but a listing of them turns into
 * the save form, and is told from the words around it. Sources: extensions/libxt_{cpu,cgroup,connlabel,ipcomp,
 * dccp,devgroup,cluster,ipvs,ecn}.c, libipt_realm.c, libip6t_{srh,eui64}.c.
 */
import type { UnknownMatch } from '../../model/match.ts';
import type { Tail } from '../line/tail.ts';
import { words } from './syntax.ts';

/** Groups of `listed` (sticky): `!`, the value, what else `save` wants. */
type Part = readonly [listed: RegExp, save: (value: string, more: string | undefined) => string];

interface Foreign {
  readonly name: string;
  /** What it prints before its parts; sticky. */
  readonly head: RegExp;
  /** Each at most once, in the order of printing. */
  readonly parts: readonly Part[];
}

const ports = (side: 'sport' | 'dport', short: string): Part => [
  new RegExp(`${short}s?:(!?)([0-9:]+)(?=\\s|$)`, 'y'),
  (value) => `--${side} ${value}`,
];

const DCCP_TYPES = [
  'REQUEST',
  'RESPONSE',
  'DATA',
  'ACK',
  'DATAACK',
  'CLOSEREQ',
  'CLOSE',
  'RESET',
  'SYNC',
  'SYNCACK',
];

/** By number, without -n by name; every type from 10 on is INVALID. */
function dccpTypes(list: string): string {
  const names = list
    .split(',')
    .map((type) => (DCCP_TYPES.includes(type) ? type : (DCCP_TYPES[Number(type)] ?? 'INVALID')));
  return `--dccp-types ${[...new Set(names)].join(',')}`;
}

/** A part that is the save form's without dashes. */
const dashed = (name: string, pattern: string): Part => [
  new RegExp(`(! )?${name}${pattern === '' ? '()' : ` (${pattern})`}(?=\\s|$)`, 'y'),
  (value) => words(`--${name}`, value),
];

const SRH_NUMBERS = [
  'next-hdr',
  ...['hdr-len', 'segs-left', 'last-entry'].flatMap((name) => [`${name}-eq`, `${name}-gt`, `${name}-lt`]),
  'tag',
];

const FOREIGN: readonly Foreign[] = [
  { name: 'cpu', head: /cpu(?= )/y, parts: [[/(! )?([0-9]+)/y, (value) => `--cpu ${value}`]] },
  { name: 'realm', head: /(?=(?:! )?realm )/y, parts: [dashed('realm', '\\S+')] },
  {
    name: 'cgroup',
    head: /cgroup(?= )/y,
    parts: [[/(! )?(\S+)/y, (value) => (/^[0-9]+$/.test(value) ? `--cgroup ${value}` : `--path "${value}"`)]],
  },
  {
    name: 'connlabel',
    head: /connlabel(?= )/y,
    parts: [[/(! )?(\S+)( set)?(?=\s|$)/y, (value, set) => words(`--label "${value}"`, set && '--set')]],
  },
  {
    name: 'ecn',
    head: /ECN match(?= )/y,
    parts: [
      [/(!?)(ECE)(?=\s|$)/y, () => '--ecn-tcp-ece'],
      [/(!?)(CWR)(?=\s|$)/y, () => '--ecn-tcp-cwr'],
      [/(!?)ECT=([0-3])/y, (value) => `--ecn-ip-ect ${value}`],
    ],
  },
  {
    name: 'ipcomp',
    head: /comp(?=\s|$)/y,
    parts: [[/spis?:(!?)([0-9]+(?::[0-9]+)?)/y, (value) => `--ipcompspi ${value}`]],
  },
  {
    name: 'dccp',
    head: /dccp(?=\s|$)/y,
    parts: [
      ports('sport', 'spt'),
      ports('dport', 'dpt'),
      [/(! )?([0-9A-Z]+(?:,[0-9A-Z]+)*)(?=\s|$)/y, dccpTypes],
      [/option=(!?)([0-9]+)/y, (value) => `--dccp-option ${value}`],
    ],
  },
  {
    name: 'devgroup',
    head: /(?=(?:! )?(?:src|dst)-group )/y,
    parts: [dashed('src-group', '\\S+'), dashed('dst-group', '\\S+')],
  },
  {
    name: 'cluster',
    head: /cluster(?= )/y,
    parts: [
      [/(!?)node_mask=(0x[0-9a-f]+)/y, (value) => `--cluster-local-nodemask ${value}`],
      [/()total_nodes=([0-9]+)/y, (value) => `--cluster-total-nodes ${value}`],
      [/()hash_seed=(0x[0-9a-f]+)/y, (value) => `--cluster-hash-seed ${value}`],
    ],
  },
  {
    name: 'ipvs',
    head: /(?=(?:! )?(?:ipvs(?:\s|$)|v(?:proto|addr|port|dir|method|portctl) ))/y,
    parts: [
      dashed('ipvs', ''),
      dashed('vproto', '[0-9]+'),
      dashed('vaddr', '\\S+'),
      dashed('vport', '[0-9]+'),
      dashed('vdir', 'REPLY|ORIGINAL'),
      dashed('vmethod', 'GATE|IPIP|MASQ'),
      dashed('vportctl', '[0-9]+'),
    ],
  },
  {
    name: 'srh',
    head: /srh(?=\s|$)/y,
    parts: [
      ...SRH_NUMBERS.map(
        (name): Part => [new RegExp(`${name}:(!?)([0-9]+)`, 'y'), (value) => `--srh-${name} ${value}`],
      ),
      /* Two blanks where it is not inverted. */
      ...['psid', 'nsid', 'lsid'].map(
        (name): Part => [new RegExp(`${name} (!?) (\\S+)`, 'y'), (value) => `--srh-${name} ${value}`],
      ),
    ],
  },
  { name: 'eui64', head: /eui64(?=\s|$)/y, parts: [] },
];

/** What these print leaves something out (whether it is inverted, the ttl), so it is no save form. */
const KEPT: readonly (readonly [name: string, listed: RegExp])[] = [
  ['quota', /quota: [0-9]+ bytes/y],
  ['osf', /(?:! )?OS fingerprint match (?:! ?)?\S+/y],
];

/** Takes the words of one such extension; null if none begins here. */
export function readForeign(tail: Tail): UnknownMatch | null {
  const start = tail.at;
  for (const { name, head, parts } of FOREIGN) {
    tail.at = start;
    if (tail.take(head) === null) continue;
    const saved: string[] = [];
    for (const [listed, save] of parts) {
      const found = tail.take(listed);
      if (found === null) continue;
      const [, not, value = '', more] = found;
      saved.push(words(not?.startsWith('!') && '!', save(value, more)));
    }
    return { kind: 'unknown', name, text: words('-m', name, ...saved), why: 'extension' };
  }
  tail.at = start;
  for (const [name, listed] of KEPT) {
    const found = tail.take(listed);
    if (found !== null) return { kind: 'unknown', name, text: found[0], why: 'extension' };
  }
  return null;
}

/** The options of SNPT and DNPT (libip6t_SNPT.c, libip6t_DNPT.c) in save form; other targets' words as they are. */
export function foreignOptions(name: string, text: string): string {
  const prefixes = /^[SD]NPT src-pfx (\S+) dst-pfx (\S+)$/.exec(text);
  if (prefixes === null || !text.startsWith(name)) return text;
  return `--src-pfx ${prefixes[1]} --dst-pfx ${prefixes[2]}`;
}
