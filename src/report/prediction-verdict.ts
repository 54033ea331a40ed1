/**
 * A described packet and its predicted path → one line each: from whom to whom, what kind of packet, how it
 * ends and where. What nobody said of the packet is `?`, or left out.
 */
import { tcpFlagNames } from '../model/packet.ts';
import type { PacketSpec } from '../model/packet-spec.ts';
import type { PacketSnapshot, PredictedPath } from '../model/prediction.ts';
import { icmpName, protocolName } from '../model/protocol.ts';
import type { Ends } from './changes.ts';
import { type Line, line, span } from './outline.ts';
import { ENDING_WORDING } from './prediction-wording.ts';
import { DISPOSITION_TONE, endpoint } from './verdict.ts';

type Endpoints = Pick<PacketSnapshot, 'src' | 'dst' | 'sport' | 'dport'>;

/** What stands where an address is not known. */
const UNKNOWN = '?';

/** Addresses and ports as texts. */
export function endsOf({ src, dst, sport, dport }: Endpoints): Ends {
  return {
    src: src?.text ?? UNKNOWN,
    dst: dst?.text ?? UNKNOWN,
    sport: sport ?? null,
    dport: dport ?? null,
  };
}

/** `10.0.0.1:40000 → 10.0.0.2:80`. */
export function endsText({ src, dst, sport, dport }: Ends): string {
  return `${endpoint(src, sport)} → ${endpoint(dst, dport)}`;
}

/** `TCP SYN from eth0`, `ICMP echo-request, made on this host`. */
function kindOf(packet: PacketSpec): string {
  const from = packet.in === null ? ', made on this host' : ` from ${packet.in}`;
  return `${protocolText(packet)}${fragmentText(packet)}${from}`;
}

function protocolText({ family, protocol, flags, icmpType, icmpCode }: PacketSpec): string {
  if (protocol === undefined) return 'packet';
  const name = protocolName(protocol);
  if (protocol === 6 && flags !== undefined) {
    const names = [...tcpFlagNames(flags)].reverse().join();
    return `${name} ${names === '' ? 'without flags' : names}`;
  }
  const isIcmp = protocol === 1 || protocol === 58;
  return isIcmp && icmpType !== undefined ? `${name} ${icmpName(family, icmpType, icmpCode ?? 0)}` : name;
}

function fragmentText({ fragment }: PacketSpec): string {
  if (fragment === undefined) return '';
  return fragment.offset > 0 ? ' (later fragment)' : ' (first fragment)';
}

/** Who and what; the colon after it is the caller's. */
export function packetLine(packet: PacketSpec): Line {
  const { src, dst, sport, dport } = packet;
  return line(span('strong', endsText(endsOf({ src, dst, sport, dport }))), `  ${kindOf(packet)}`);
}

/** How a path ends, beginning with the disposition's word. */
export function pathOutcome(path: PredictedPath): Line {
  const { disposition, ending, decidedBy } = path;
  const word = span(DISPOSITION_TONE[disposition], disposition);
  const last = path.steps.at(-1);
  const after = last === undefined ? '' : ` after ${last.hook} ${last.table}`;
  const why = ending === null ? '' : `: ${ENDING_WORDING[ending]}`;
  switch (disposition) {
    case 'forwarded':
      return line(word, `${towards(path)} ${interfaceIn(path)} → ${interfaceOut(path)}`);
    case 'delivered':
      return line(word, ` to this host${towards(path).replace(' to ', ' as ')} from ${interfaceIn(path)}`);
    case 'sent':
      return line(word, ` from this host${towards(path)} by ${interfaceOut(path)}`);
    case 'dropped':
    case 'rejected':
    case 'queued':
      return line(word, decidedBy === null ? after : ` by ${placeOf(decidedBy)}`, why);
    case 'vanished':
      return line(word, after, why);
    case 'unknown':
      return line('end ', word, after);
  }
}

/** ` to 10.0.0.9:8080,` if the packet's destination was rewritten on the way. */
function towards({ states, final }: PredictedPath): string {
  const before = endsOf(states[0] ?? final);
  const after = endsOf(final);
  return before.dst === after.dst && before.dport === after.dport
    ? ''
    : ` to ${endpoint(after.dst, after.dport)},`;
}

function interfaceIn({ states, final }: PredictedPath): string {
  return (states[0] ?? final).in || 'this host';
}

function interfaceOut({ final }: PredictedPath): string {
  return final.out === undefined || final.out === '' ? UNKNOWN : final.out;
}

/** `nat KUBE-SERVICES:7`, `the policy of filter FORWARD`. */
export function placeOf(step: {
  readonly table: string;
  readonly chain: string;
  readonly number: number;
  readonly rule: unknown;
  readonly type: string;
}): string {
  const { table, chain, number, rule, type } = step;
  if (rule !== null) return `${table} ${chain}:${number}`;
  return type === 'policy' ? `the policy of ${table} ${chain}` : `the end of ${table} ${chain}`;
}

/** `50 %`, `33.3 %`; null: nobody can tell. */
export function percent(probability: number | null): string | null {
  if (probability === null) return null;
  const exact = probability * 100;
  return `${exact >= 10 || Number.isInteger(exact) ? Number(exact.toFixed(1)) : Number(exact.toPrecision(2))} %`;
}
