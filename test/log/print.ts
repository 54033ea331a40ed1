/**
 * A message as nf_log_syslog.c prints it, with one blank at its end: the opposite of reading. Not told apart are
 * how many bytes were there of an ICMP message or an extension header that was cut.
 */

import type { Message } from '../../src/log/trace.ts';
import type { Address } from '../../src/model/address.ts';
import { type ExtensionHeader, type Header, PROTOCOL_NUMBERS, tcpFlagNames } from '../../src/model/packet.ts';

const hex = (value: number, digits = 1): string => value.toString(16).padStart(digits, '0');
const HEX = (value: number): string => hex(value, 2).toUpperCase();
const given = (key: string, value: string | number | null): string =>
  value === null ? '' : `${key}=${value} `;

/** IPv6 in full. */
function addressText({ family, text, words }: Address): string {
  if (family === 'ipv4') return text;
  return (
    words
      .map((word) => hex(word, 8))
      .join('')
      .match(/.{4}/g) ?? []
  ).join(':');
}

export function printMessage({ table, chain, type, number, packet }: Message): string {
  const place = `TRACE: ${table}:${chain}:${type}:${number} `;
  const link = `IN=${packet.in} OUT=${packet.out} ${given('PHYSIN', packet.physIn)}${given('PHYSOUT', packet.physOut)}`;
  const tunnel = packet.tunnel === undefined ? '' : `TUNNEL=${packet.tunnel} `;
  const mark = packet.mark === 0 ? '' : `MARK=0x${hex(packet.mark)} `;
  const tail = `${given('UID', packet.uid)}${given('GID', packet.gid)}${mark}`;
  return `${(place + link + given('MAC', packet.mac) + tunnel + printHeader(packet) + tail).trimEnd()} `;
}

function printHeader(header: Header): string {
  const { src, dst, length } = header;
  const addresses = `SRC=${addressText(src)} DST=${addressText(dst)} LEN=${length} `;
  return addresses + (header.family === 'ipv4' ? printIpv4(header) : printIpv6(header));
}

function printIpv4(header: Header): string {
  const { tos, ttl, id, fragmentOffset, ipOptions } = header;
  const flags = `${header.ce ? 'CE ' : ''}${header.df ? 'DF ' : ''}${header.mf ? 'MF ' : ''}`;
  const fragment = fragmentOffset > 0 ? `FRAG:${fragmentOffset / 8} ` : '';
  const options = ipOptions === null ? '' : `OPT (${ipOptions}) `;
  const fixed = `TOS=0x${HEX(tos & 0x1e)} PREC=0x${HEX(tos & 0xe0)} TTL=${ttl} ID=${id} `;
  return `${fixed}${flags}${fragment}${options}${printRest(header)}`;
}

function printIpv6(header: Header): string {
  const fixed = `TC=${header.tos} HOPLIMIT=${header.ttl} FLOWLBL=${header.flowLabel} `;
  const extensions = header.extensions.map((extension) => `OPT ( ${printExtension(extension)}) `).join('');
  return fixed + extensions + printRest(header);
}

function printExtension({ kind, offset, more, id, spi }: ExtensionHeader): string {
  if (kind === 'fragment') return `FRAG:${offset} ${more ? 'INCOMPLETE ' : ''}ID:${hex(id ?? 0, 8)} `;
  return kind === 'other' ? '' : `${kind.toUpperCase()} ${spi === null ? '' : `SPI=0x${hex(spi)} `}`;
}

/** Protocols that the kernel names, and where. */
function protocolText({ protocol, family }: Header): string {
  const [name] = Object.entries(PROTOCOL_NUMBERS).find(([, number]) => number === protocol) ?? [];
  const other = family === 'ipv4' ? ['ICMPv6'] : ['ICMP', 'AH', 'ESP'];
  return name === undefined || other.includes(name) ? String(protocol) : name;
}

function printRest(header: Header): string {
  if (header.protocol === null) return header.truncated ? 'TRUNCATED' : '';
  return `PROTO=${protocolText(header)} ${printTransport(header)}`;
}

function printTransport({ transport: t, family }: Header): string {
  switch (t.kind) {
    case 'none':
      return '';
    case 'incomplete':
      return `INCOMPLETE [${t.bytes} bytes] `;
    case 'ipsec':
      return `SPI=0x${hex(t.spi)} `;
    case 'udp':
      return `SPT=${t.sport} DPT=${t.dport} LEN=${t.length} `;
    case 'tcp': {
      const flags = tcpFlagNames(t.flags).map((name) => `${name} `);
      const options = t.options === null ? 'OPT (TRUNCATED)' : t.options === '' ? '' : `OPT (${t.options}) `;
      const ports = `SPT=${t.sport} DPT=${t.dport} SEQ=${t.seq} ACK=${t.ack} `;
      return `${ports}WINDOW=${t.window} RES=0x${hex(t.reserved, 2)} ${flags.join('')}URGP=${t.urgentPointer} ${options}`;
    }
    case 'icmp': {
      const parameter =
        family === 'ipv4' || t.parameter === null
          ? given('PARAMETER', t.parameter)
          : `POINTER=${hex(t.parameter, 8)} `;
      const gateway = t.gateway === null ? '' : `GATEWAY=${addressText(t.gateway)} `;
      const quoted = t.quoted === null ? '' : `[${printHeader(t.quoted)}] `;
      const echo = `${given('ID', t.id)}${given('SEQ', t.seq)}`;
      return `TYPE=${t.type} CODE=${t.code} ${echo}${parameter}${gateway}${quoted}${given('MTU', t.mtu)}`;
    }
  }
}
