/**
 * All match extensions: by kind for printing, by `-m` name for the save form, by first word for a listing. A
 * kind without its syntax does not compile.
 */
import type { Match, MatchKind } from '../../model/match.ts';
import { addrtype } from './addrtype.ts';
import { bpf } from './bpf.ts';
import { comment } from './comment.ts';
import { connbytes } from './connbytes.ts';
import { connlimit } from './connlimit.ts';
import { connmark } from './connmark.ts';
import { conntrack } from './conntrack.ts';
import { dscp } from './dscp.ts';
import { extensionHeader } from './extension-header.ts';
import { hashlimit } from './hashlimit.ts';
import { HEADER, type HeaderMatch } from './header.ts';
import { helper } from './helper.ts';
import { icmp } from './icmp.ts';
import { iprange } from './iprange.ts';
import { length } from './length.ts';
import { limit } from './limit.ts';
import { mac } from './mac.ts';
import { mark } from './mark.ts';
import { multiport } from './multiport.ts';
import { nfacct } from './nfacct.ts';
import { owner } from './owner.ts';
import { physdev } from './physdev.ts';
import { pkttype } from './pkttype.ts';
import { policy } from './policy.ts';
import { recent } from './recent.ts';
import { rpfilter } from './rpfilter.ts';
import { sctp } from './sctp.ts';
import { set } from './set.ts';
import { socket } from './socket.ts';
import { statistic } from './statistic.ts';
import { string } from './string.ts';
import type { MatchSyntax, Printer } from './syntax.ts';
import { tcp } from './tcp.ts';
import { tcpmss } from './tcpmss.ts';
import { time } from './time.ts';
import { tos } from './tos.ts';
import { ttl } from './ttl.ts';
import { u32 } from './u32.ts';
import { udp } from './udp.ts';

type ExtensionKind = Exclude<MatchKind, HeaderMatch['kind'] | 'unknown'>;

const EXTENSIONS = {
  comment,
  tcp,
  udp,
  sctp,
  icmp,
  multiport,
  conntrack,
  mark,
  connmark,
  addrtype,
  set,
  'statistic-random': statistic,
  'statistic-nth': statistic,
  recent,
  owner,
  socket,
  rpfilter,
  physdev,
  limit,
  hashlimit,
  connlimit,
  u32,
  bpf,
  policy,
  nfacct,
  mac,
  pkttype,
  iprange,
  helper,
  dscp,
  tos,
  ttl,
  length,
  string,
  time,
  connbytes,
  tcpmss,
  'extension-header': extensionHeader,
} satisfies { readonly [K in ExtensionKind]: MatchSyntax & Printer<Extract<Match, { kind: K }>> };

const SYNTAXES: readonly MatchSyntax[] = [...new Set(Object.values<MatchSyntax>(EXTENSIONS))];
const PRINTERS: Readonly<Record<Exclude<MatchKind, 'unknown'>, Printer<Match>>> = {
  ...HEADER,
  ...EXTENSIONS,
};

const BY_NAME = new Map(SYNTAXES.flatMap((syntax) => syntax.names.map((name) => [name, syntax] as const)));
const BY_HEAD = new Map<string, MatchSyntax[]>();
for (const syntax of SYNTAXES) {
  for (const head of syntax.heads) BY_HEAD.set(head, [...(BY_HEAD.get(head) ?? []), syntax]);
}

/** The extension that `-m name` loads; null if it is none of ours. */
export function matchSyntax(name: string): MatchSyntax | null {
  return BY_NAME.get(name) ?? null;
}

/** The extensions whose listing may begin with this word. */
export function listedSyntaxes(head: string): readonly MatchSyntax[] {
  return BY_HEAD.get(head) ?? [];
}

/** The save form of one condition. */
export function printMatch(match: Exclude<Match, { kind: 'unknown' }>): string {
  return PRINTERS[match.kind].print(match);
}
