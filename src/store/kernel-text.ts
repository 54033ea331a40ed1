/**
 * A packet → the fields as the kernel prints them behind a step's name (net/netfilter/nf_log_syslog.c), so
 * that the store need not keep the text of most lines. Whoever uses it compares first: an unusual packet or a
 * damaged line may read otherwise.
 */
import {
  type Packet,
  PROTOCOL_NUMBERS,
  type TcpHeader,
  type Transport,
  tcpFlagNames,
} from '../model/packet.ts';

const PROTOCOL_NAMES = new Map(Object.entries(PROTOCOL_NUMBERS).map(([name, number]) => [number, name]));

/** The text of most lines that show this packet, without a blank at its end. */
export function kernelText(packet: Packet): string {
  const { family, physIn, physOut, mac, uid, gid, mark } = packet;
  let text = `IN=${packet.in} OUT=${packet.out} `;
  if (physIn !== null) text += `PHYSIN=${physIn} `;
  if (physOut !== null) text += `PHYSOUT=${physOut} `;
  if (mac !== null) text += `MAC=${mac} `;
  text += family === 'ipv4' ? ipv4(packet) : ipv6(packet);
  text += transportText(packet.transport);
  if (uid !== null && gid !== null) text += `UID=${uid} GID=${gid} `;
  if (mark !== 0) text += `MARK=0x${mark.toString(16)} `;
  return text.trimEnd();
}

function ipv4({ src, dst, length, tos, ttl, id, ce, df, mf, fragmentOffset, protocol }: Packet): string {
  let text = `SRC=${src.text} DST=${dst.text} LEN=${length} TOS=${hex(tos & 0x1e)} PREC=${hex(tos & 0xe0)} TTL=${ttl} ID=${id} `;
  if (ce) text += 'CE ';
  if (df) text += 'DF ';
  if (mf) text += 'MF ';
  if (fragmentOffset !== 0) text += `FRAG:${fragmentOffset / 8} `;
  return text + protocolText(protocol);
}

function ipv6({ src, dst, length, tos, ttl, flowLabel, protocol }: Packet): string {
  return `SRC=${groups(src.words)} DST=${groups(dst.words)} LEN=${length} TC=${tos} HOPLIMIT=${ttl} FLOWLBL=${flowLabel} ${protocolText(protocol)}`;
}

/** All eight groups, as the kernel's %pI6 prints them. */
function groups(words: readonly number[]): string {
  return words
    .flatMap((word) => [word >>> 16, word & 0xffff])
    .map((group) => group.toString(16).padStart(4, '0'))
    .join(':');
}

function protocolText(protocol: number | null): string {
  return protocol === null ? '' : `PROTO=${PROTOCOL_NAMES.get(protocol) ?? protocol} `;
}

function transportText(transport: Transport): string {
  switch (transport.kind) {
    case 'tcp':
      return tcpText(transport);
    case 'udp':
      return `SPT=${transport.sport} DPT=${transport.dport} LEN=${transport.length} `;
    case 'icmp': {
      const { type, code, id, seq } = transport;
      const echo = id === null || seq === null ? '' : `ID=${id} SEQ=${seq} `;
      return `TYPE=${type} CODE=${code} ${echo}`;
    }
    case 'ipsec':
      return `SPI=0x${transport.spi.toString(16)} `;
    case 'incomplete':
      return `INCOMPLETE [${transport.bytes} bytes] `;
    case 'none':
      return '';
  }
}

function tcpText(header: TcpHeader): string {
  const { sport, dport, seq, ack, window, reserved, flags, urgentPointer, options } = header;
  let text = `SPT=${sport} DPT=${dport} SEQ=${seq} ACK=${ack} WINDOW=${window} RES=${hex(reserved)} `;
  for (const name of tcpFlagNames(flags)) text += `${name} `;
  text += `URGP=${urgentPointer} `;
  return options === null || options === '' ? text : `${text}OPT (${options}) `;
}

function hex(byte: number): string {
  return `0x${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
