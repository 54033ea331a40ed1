/** Packets that carry others: packet → whether this host may have made it around another packet. */
import { dportOf, type Packet } from '../model/packet.ts';

/** 4 IPIP, 41 IPv6 in IPv4, 47 GRE, 50 ESP, 51 AH. */
const PROTOCOLS: ReadonlySet<number | null> = new Set([4, 41, 47, 50, 51]);

/** UDP: VXLAN (IANA's port and Linux's), Geneve, WireGuard, ESP in UDP. */
const PORTS: ReadonlySet<number | null> = new Set([4789, 8472, 6081, 51820, 4500]);

export function isEncapsulating(packet: Packet): boolean {
  return PROTOCOLS.has(packet.protocol) || (packet.protocol === 17 && PORTS.has(dportOf(packet)));
}
