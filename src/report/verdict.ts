/**
 * A walk → its one-line verdict: from whom to whom, what kind of packet, how it ended and where. Says
 * `dropped` only if the walk says so; where the log merely ends, says where it was last seen.
 */
import { dportOf, type Header, type Packet, sportOf, tcpFlagNames } from '../model/packet.ts';
import { icmpName, protocolName } from '../model/protocol.ts';
import type { Disposition, Step, Walk } from '../model/walk.ts';
import { type Line, line, span, type Tone } from './outline.ts';
import { ENDING_WORDING } from './prediction-wording.ts';

/** How a disposition looks: only a drop or an unexplained end is alarming. */
export const DISPOSITION_TONE: Readonly<Record<Disposition, Tone>> = {
  forwarded: 'good',
  delivered: 'good',
  sent: 'good',
  dropped: 'bad',
  rejected: 'bad',
  queued: 'warn',
  vanished: 'warn',
  unknown: 'warn',
};

/** `10.0.0.1:80`, `[fd00::1]:80`; without the port if there is none. */
export function endpoint(address: string, port: number | string | null): string {
  if (port === null) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** `10.0.0.1:40000 → 10.0.0.2:80`. */
export function endpoints(header: Header): string {
  const { src, dst } = header;
  return `${endpoint(src.text, sportOf(header))} → ${endpoint(dst.text, dportOf(header))}`;
}

/**
 * `TCP SYN`, `UDP`, `ICMP echo-request id 6656 seq 0`, `ICMP port-unreachable about …`.
 * @param single False: what stands for several packets, so without what tells them apart.
 */
export function packetKind(header: Header, single = true): string {
  const { transport, protocol, family } = header;
  const name = protocol === null ? 'packet' : protocolName(protocol);
  const fragment = header.fragmentOffset > 0 ? ' (later fragment)' : header.mf ? ' (first fragment)' : '';
  switch (transport.kind) {
    case 'tcp': {
      const flags = [...tcpFlagNames(transport.flags)].reverse().join(',');
      return `${name} ${flags === '' ? 'without flags' : flags}${fragment}`;
    }
    case 'icmp': {
      const id = transport.id === null || !single ? '' : ` id ${transport.id}`;
      const seq = transport.seq === null || !single ? '' : ` seq ${transport.seq}`;
      const about = transport.quoted === null || !single ? '' : ` about ${quotedKind(transport.quoted)}`;
      return `${name} ${icmpName(family, transport.type, transport.code)}${id}${seq}${about}${fragment}`;
    }
    default:
      return name + fragment;
  }
}

function quotedKind(quoted: Header): string {
  const name = quoted.protocol === null ? 'packet' : protocolName(quoted.protocol);
  return `${name} ${endpoints(quoted)}`;
}

/**
 * How it ended, beginning with the disposition's word.
 * @param anyPort The walk stands for several whose destination ports differ.
 */
export function outcome(walk: Walk, anyPort = false): Line {
  const { disposition } = walk;
  const word = span(DISPOSITION_TONE[disposition], disposition);
  const first = walk.steps[0];
  const last = walk.steps.at(-1);
  if (first === undefined || last === undefined) return [word];
  const to = towards(walk, anyPort);
  switch (disposition) {
    case 'forwarded':
      return line(
        word,
        `${to} ${interfaceName(first, 'in')} → ${interfaceName(last, 'out')}${newSource(last)}`,
      );
    case 'delivered':
      return line(word, ` to this host${to.replace(' to ', ' as ')} from ${interfaceName(last, 'in')}`);
    case 'sent':
      return line(word, ` from this host${to} by ${interfaceName(last, 'out')}${newSource(last)}`);
    case 'dropped':
    case 'rejected':
      return line(word, decider(walk));
    case 'queued':
      return line(word, `${decider(walk)}, no line tells what became of it`);
    case 'vanished':
      return line(word, ` after ${last.hook} ${last.event.table}${whyVanished(walk)}`);
    case 'unknown':
      return line('end ', word, `, last seen in ${last.hook} ${last.event.table}`);
  }
}

/** The reason, if the context tells one. */
function whyVanished({ check: { ending } }: Walk): string {
  return ending == null ? ', no rule said so' : `: ${ENDING_WORDING[ending]}`;
}

/** `, MASQUERADE` if the last rule gave the packet another source, which no line of it shows. */
function newSource({ hook, place }: Step): string {
  const kind = place.kind === 'rule' && hook === 'POSTROUTING' ? place.rule.target.kind : null;
  return kind === 'MASQUERADE' || kind === 'SNAT' ? `, ${kind}` : '';
}

/** ` to 10.0.0.9:8080` if the packet's destination was rewritten on the way. */
function towards({ packet, steps }: Walk, anyPort: boolean): string {
  const after = finalPacket(steps, packet);
  const same = after.dst.text === packet.dst.text && dportOf(after) === dportOf(packet);
  return same ? '' : ` to ${endpoint(after.dst.text, anyPort ? null : dportOf(after))},`;
}

/** The packet as its last line shows it. */
export function finalPacket(steps: readonly Step[], packet: Packet): Packet {
  return steps.at(-1)?.event.packet ?? packet;
}

function interfaceName({ event }: Step, side: 'in' | 'out'): string {
  const name = event.packet[side];
  return name === '' ? (side === 'in' ? 'this host' : '?') : name;
}

function decider({ steps, decidedBy }: Walk): string {
  const step = decidedBy === null ? undefined : steps[decidedBy];
  if (step === undefined) return '';
  const { table, chain, number } = step.event;
  if (step.place.kind === 'policy') return ` by the policy of ${table} ${chain}`;
  return ` by ${table} ${chain}:${number}`;
}
