/** Targets that change the packet, its mark or its connection and go on. */
import type {
  ConnmarkTarget,
  ContinueTarget,
  CtTarget,
  DscpTarget,
  HmarkTarget,
  MarkTarget,
  SetTarget,
  TcpmssTarget,
  TeeTarget,
  TosTarget,
  TproxyTarget,
  TtlTarget,
} from '../../model/target.ts';
import { doubt } from '../ask.ts';
import { assign, assignFrom, bits, exact, UNKNOWN_BITS } from '../bits.ts';
import { templateOf } from '../connection.ts';
import { mssOf } from '../matches/packet.ts';
import { optionKinds } from '../matches/tcp.ts';
import { CT_UNTRACKED } from '../skb.ts';
import { ACCEPT, CONTINUE, type Effect } from './verdict.ts';

export const mark: Effect<MarkTarget> = ({ value, mask }, { skb }) => {
  skb.mark = assign(skb.mark, mask, value);
  return CONTINUE;
};

/** connmark_tg: without an entry it does nothing. */
export const connmark: Effect<ConnmarkTarget> = (target, { skb, connections }) => {
  const { ct } = skb;
  if (ct.kind !== 'tracked') return CONTINUE;
  const { tracked } = ct;
  const { operation, value, ctmask, nfmask } = target;
  const before = tracked.connection.mark;
  if (operation === 'restore') skb.mark = assignFrom(skb.mark, nfmask, before, ctmask);
  else if (operation === 'save')
    connections.put(tracked, { mark: assignFrom(before, ctmask, skb.mark, nfmask) });
  else connections.put(tracked, { mark: assign(before, ctmask, value) });
  return CONTINUE;
};

/** Before conntrack: what it chooses holds for a packet that has no entry yet. */
export const ct: Effect<CtTarget> = (target, { skb, connections, rule }) => {
  if (skb.ct.kind !== 'unset') return CONTINUE;
  if (target.notrack) {
    skb.ct = CT_UNTRACKED;
    return CONTINUE;
  }
  if (target.zone !== null) skb.zone = target.zone === 'mark' ? (exact(skb.mark, 0xffff) ?? 0) : target.zone;
  if (target.helper !== null) skb.helper = target.helper;
  const place = `${rule?.family} ${rule?.chain}:${rule?.number}`;
  const tracked = connections.template(place, templateOf(skb.family, skb.zone));
  skb.ct = { kind: 'tracked', tracked, info: 'NEW', direction: 'original', template: true };
  return CONTINUE;
};

export const set: Effect<SetTarget> = (target, { skb, sets }) => {
  if (target.action === 'map') {
    if (target.mapMark) {
      const found = sets.skbmark(target.set, target.directions, skb);
      if (found === undefined) skb.mark = UNKNOWN_BITS;
      else if (found !== null) skb.mark = assign(skb.mark, found.mask, found.value);
    }
  } else {
    sets.change(target.set, target.directions, skb, target.action === 'add');
  }
  return CONTINUE;
};

export const trace: Effect<unknown> = (_target, { skb }) => {
  skb.traced = true;
  return CONTINUE;
};

export const dscp: Effect<DscpTarget> = (target, { skb }) => {
  skb.tos = assign(skb.tos, 0xfc, target.dscp << 2);
  return CONTINUE;
};

export const tos: Effect<TosTarget> = ({ value, mask }, { skb }) => {
  skb.tos = assign(skb.tos, mask & 0xff, value);
  return CONTINUE;
};

export const ttl: Effect<TtlTarget> = ({ operation, value }, { skb }) => {
  const before = skb.ttl;
  if (operation === 'set') skb.ttl = value;
  else if (before !== undefined) {
    skb.ttl = operation === 'inc' ? Math.min(255, before + value) : Math.max(0, before - value);
  }
  return CONTINUE;
};

/** HMARK computes a mark from a hash with a random start. */
export const hmark: Effect<HmarkTarget> = (_target, run) => {
  const value = run.ask.fillNumber({
    kind: 'chance',
    key: `hmark ${run.visit}`,
    scope: 'connection',
    why: 'HMARK computes the mark by a hash',
    settledBy: null,
    rule: run.rule,
    match: null,
    field: 'mark',
    allows: () => true,
    fact: (mark) => `HMARK set the mark to 0x${mark.toString(16)}`,
    likely: undefined,
  });
  run.skb.mark = value === undefined ? UNKNOWN_BITS : bits(value);
  return CONTINUE;
};

/**
 * tcpmss_tg: lowers the MSS of a SYN, or adds the option to one that has neither it nor data, which makes
 * the packet 4 bytes longer.
 */
export const tcpmss: Effect<TcpmssTarget> = ({ mss }, { skb, host }) => {
  if (skb.fragmentOffset > 0 || skb.protocol !== 6) return CONTINUE;
  const header = skb.tcpHeaderLength;
  const { tcpOptions } = skb;
  if (header === undefined || (tcpOptions === undefined && header !== 20)) {
    // Whether the option was there is not known: of the length only that it may have grown.
    skb.length = undefined;
    return CONTINUE;
  }
  const options = tcpOptions ?? '';
  const mtu = host.mtu(skb.out ?? '');
  const headers = skb.family === 'ipv4' ? 40 : 60;
  const wanted = mss ?? (mtu === undefined ? undefined : mtu - headers);
  if (optionKinds(options).has(2)) {
    const old = mssOf(options);
    if (wanted === undefined) skb.tcpOptions = undefined;
    else if (old !== null && old > wanted) skb.tcpOptions = withMss(options, wanted);
    return CONTINUE;
  }
  if (skb.payloadLength !== header || header >= 60) return CONTINUE;
  skb.tcpOptions = wanted === undefined ? undefined : mssHex(wanted) + options;
  if (skb.length !== undefined) skb.length += 4;
  return CONTINUE;
};

/** The options, byte by byte, with the value of the MSS option replaced. */
function withMss(options: string, mss: number): string {
  const bytes = options.match(/../g) ?? [];
  for (let i = 0; i < bytes.length; ) {
    const kind = Number.parseInt(bytes[i] ?? '', 16);
    const size = kind < 2 ? 1 : Number.parseInt(bytes[i + 1] ?? '', 16);
    if (kind === 2) return [...bytes.slice(0, i), mssHex(mss), ...bytes.slice(i + 4)].join('');
    if (!(size >= 1)) break;
    i += size;
  }
  return options;
}

function mssHex(mss: number): string {
  return `0204${(mss & 0xffff).toString(16).padStart(4, '0')}`;
}

/** A socket takes the packet, wherever it was sent: or it is dropped (tproxy_tg4). */
export const tproxy: Effect<TproxyTarget> = (target, { skb, ask, rule }) => {
  const where = `${target.address?.text ?? 'any address'} port ${target.port}`;
  const listens = doubt({
    kind: 'host',
    key: `tproxy ${where}`,
    scope: 'host',
    unknown: 'the sockets of this host are not known',
    yes: `a transparent socket listens on ${where}`,
    no: `no transparent socket listens on ${where}`,
  });
  if (!ask.decide(listens, { rule, match: null })) {
    return { kind: 'end', disposition: 'dropped', ending: 'no-listener' };
  }
  skb.mark = assign(skb.mark, target.mark.mask, target.mark.value);
  return ACCEPT;
};

/** The copy leaves by the gateway, untracked (nf_dup_ipv4). */
export const tee: Effect<TeeTarget> = ({ gateway, oif }, run) => {
  const { skb } = run;
  const out = run.routing.deviceTo(gateway, oif, skb, run.ask);
  if (out === null) return CONTINUE;
  const incoming = run.hook === 'PREROUTING' || run.hook === 'INPUT';
  run.callForth({
    kind: 'copy',
    ct: CT_UNTRACKED,
    spec: {
      ...skb.spec,
      in: null,
      out,
      src: skb.src,
      dst: skb.dst,
      sport: skb.sport,
      dport: skb.dport,
      ttl: skb.ttl === undefined || !incoming ? skb.ttl : skb.ttl - 1,
      tos: exact(skb.tos, 0xff),
      length: skb.length,
      mark: exact(skb.mark) ?? null,
      df: true,
      uid: undefined,
      gid: undefined,
      socket: false,
    },
  });
  return CONTINUE;
};

/** Nothing that a rule or line can see, but for two that rewrite header bits. */
export const others: Effect<ContinueTarget> = ({ name, options }, { skb }) => {
  if (name === 'ECN') {
    const ect = /--ecn-ip-ect (\d)/.exec(options)?.[1];
    if (ect !== undefined) skb.tos = assign(skb.tos, 3, Number(ect));
    if (/--ecn-tcp-remove/.test(options) && skb.flags !== undefined) skb.flags &= ~0xc0;
  } else if (name === 'TCPOPTSTRIP') {
    skb.tcpOptions = undefined;
  }
  return CONTINUE;
};
