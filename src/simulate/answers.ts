/**
 * The packets that the kernel makes because of another: ICMP errors (icmp_send, icmp6_send), resets
 * (nf_send_reset). They inherit the connection of their cause, in the other direction (nf_ct_attach). Null:
 * none is sent.
 */
import type { Address } from '../model/address.ts';
import { TCP_FLAGS } from '../model/packet.ts';
import type { PacketSpec, QuotedPacket } from '../model/packet-spec.ts';
import { isAny, isLimitedBroadcast, isMulticast } from './address-class.ts';
import type { Asker } from './ask.ts';
import { exact } from './bits.ts';
import type { Routing } from './routing.ts';
import type { CalledForth } from './run.ts';
import { CT_ATTACHED, CT_UNSET, type CtState, ICMP_PROTOCOL, type Skb } from './skb.ts';
import { sourceAddress } from './source-address.ts';
import { isIcmpError } from './tracking.ts';

/** Longest ICMP error: IPv4 quotes up to 576 bytes in all, IPv6 up to 1280. */
const LONGEST = { ipv4: 576, ipv6: 1280 } as const;
const HEADERS = { ipv4: 28, ipv6: 48 } as const;

/** What an answer to the packet inherits. */
function inheritedCt({ ct }: Skb): CtState {
  if (ct.kind !== 'tracked') return CT_UNSET;
  return { ...ct, info: 'RELATED', direction: ct.direction === 'original' ? 'reply' : 'original' };
}

function quoteOf(skb: Skb): QuotedPacket | undefined {
  const { src, dst, protocol } = skb;
  if (src === undefined || dst === undefined || protocol === undefined) return undefined;
  const { sport, dport, icmpType, icmpCode, icmpId } = skb;
  return { src, dst, protocol, sport, dport, icmpType, icmpCode, icmpId };
}

/** The source of an error: the address that the packet was sent to if it is ours, else the way's own. */
function errorSource(skb: Skb, routing: Routing, ask: Asker): Address | undefined {
  const { src, dst } = skb;
  if (src === undefined) return undefined;
  if (dst !== undefined && isOwn(dst, routing)) return dst;
  const found = routing.fib[skb.family].lookup(
    {
      dst: src,
      src: undefined,
      mark: { value: 0, known: 0xffffffff },
      iif: 'lo',
      oif: null,
      tos: undefined,
      protocol: undefined,
      sport: undefined,
      dport: undefined,
      uid: undefined,
    },
    ask,
  );
  if (found.kind !== 'route') return undefined;
  if (found.type === 'local') return found.route?.source ?? src;
  if (found.route?.source) return found.route.source;
  return sourceAddress(routing.host, found.dev, src, found.via) ?? undefined;
}

function isOwn(address: Address, routing: Routing): boolean {
  return routing.fib[address.family].localType(address, null) === 'local';
}

/** Whether an error about the packet may be sent at all. */
function eligible(skb: Skb): boolean {
  if (skb.packetType !== 'unicast' || skb.fragmentOffset > 0 || isIcmpError(skb)) return false;
  const { src, dst } = skb;
  if (dst !== undefined && (isMulticast(dst) || isLimitedBroadcast(dst))) return false;
  return src === undefined || !(isMulticast(src) || isAny(src));
}

/** An ICMP error about the packet as it is now. */
export function icmpError(
  skb: Skb,
  type: number,
  code: number,
  routing: Routing,
  ask: Asker,
): CalledForth | null {
  if (!eligible(skb)) return null;
  const { family } = skb;
  const tos = exact(skb.tos, 0x1e);
  const spec: PacketSpec = {
    family,
    in: null,
    src: errorSource(skb, routing, ask),
    dst: skb.src,
    protocol: ICMP_PROTOCOL[family],
    icmpType: type,
    icmpCode: code,
    quoted: quoteOf(skb),
    ttl: 64,
    tos: family === 'ipv6' ? 0 : tos === undefined ? undefined : tos | 0xc0,
    length: skb.length === undefined ? undefined : Math.min(HEADERS[family] + skb.length, LONGEST[family]),
    socket: false,
  };
  const isUntracked = skb.ct.kind === 'untracked' || skb.ct.kind === 'attached';
  return { kind: 'error', spec, ct: isUntracked ? CT_ATTACHED : inheritedCt(skb) };
}

/** Protocols whose checksum REJECT does not verify over the payload (nf_reject_verify_csum). */
const UNCHECKED = new Set([33, 47, 50, 51, 132, 136]);
const CHECKSUMMED = new Set([1, 6, 17, 58]);

/** What REJECT sends: nothing if the packet's checksum cannot be right. */
export function rejection(skb: Skb, withWhat: string, routing: Routing, ask: Asker): CalledForth | null {
  if (withWhat === 'tcp-reset' || withWhat === 'icmp-tcp-reset') return reset(skb, routing);
  const code = REJECT_CODES[skb.family][withWhat];
  const { protocol } = skb;
  if (code === undefined || protocol === undefined) return null;
  if (!UNCHECKED.has(protocol) && !CHECKSUMMED.has(protocol)) return null;
  return icmpError(skb, skb.family === 'ipv4' ? 3 : 1, code, routing, ask);
}

const REJECT_CODES: Readonly<Record<'ipv4' | 'ipv6', Readonly<Record<string, number>>>> = {
  ipv4: {
    'icmp-net-unreachable': 0,
    'icmp-host-unreachable': 1,
    'icmp-proto-unreachable': 2,
    'icmp-port-unreachable': 3,
    'icmp-net-prohibited': 9,
    'icmp-host-prohibited': 10,
    'icmp-admin-prohibited': 13,
  },
  ipv6: {
    'icmp6-no-route': 0,
    'icmp6-adm-prohibited': 1,
    'icmp6-addr-unreachable': 3,
    'icmp6-port-unreachable': 4,
    'icmp6-policy-fail': 5,
    'icmp6-reject-route': 6,
  },
};

/** A RST that answers the packet, with addresses and ports turned round. */
function reset(skb: Skb, routing: Routing): CalledForth | null {
  const { flags, family, dst } = skb;
  if (skb.protocol !== 6 || skb.fragmentOffset > 0) return null;
  if (flags !== undefined && (flags & TCP_FLAGS.RST) !== 0) return null;
  if (dst !== undefined && (isMulticast(dst) || isLimitedBroadcast(dst))) return null;
  const acked = flags !== undefined && (flags & TCP_FLAGS.ACK) !== 0;
  const spec: PacketSpec = {
    family,
    in: null,
    src: dst,
    dst: skb.src,
    protocol: 6,
    sport: skb.dport,
    dport: skb.sport,
    flags: acked ? TCP_FLAGS.RST : TCP_FLAGS.RST | TCP_FLAGS.ACK,
    seq: acked ? skb.ack : 0,
    tcpOptions: '',
    ttl: Number(routing.host.setting('net.ipv4.ip_default_ttl')),
    tos: 0,
    length: family === 'ipv4' ? 40 : 60,
    id: 0,
    df: true,
    socket: false,
  };
  return { kind: 'reset', spec, ct: inheritedCt(skb) };
}
