/** Packets that carry others, or came out of them: packet → whether it may bring a mark that is older than it. */
import { dportOf, type Packet } from '../model/packet.ts';

/** 4 IPIP, 41 IPv6 in IPv4, 47 GRE, 50 ESP, 51 AH. */
const PROTOCOLS: ReadonlySet<number | null> = new Set([4, 41, 47, 50, 51]);

/** UDP: VXLAN (IANA's port and Linux's), Geneve, WireGuard, ESP in UDP. */
const PORTS: ReadonlySet<number | null> = new Set([4789, 8472, 6081, 51820, 4500]);

export function isEncapsulating(packet: Packet): boolean {
  return PROTOCOLS.has(packet.protocol) || (packet.protocol === 17 && PORTS.has(dportOf(packet)));
}

/** ESP, AH, or ESP in UDP. */
export function isIpsec(packet: Packet): boolean {
  const { protocol } = packet;
  return protocol === 50 || protocol === 51 || (protocol === 17 && dportOf(packet) === 4500);
}

/** Devices that give packets out of other packets, by the names that they usually have. */
const DEVICE =
  /^(?:tunl|ipip|sit|gre|erspan|ip6|ip_vti|vti|tun|tap|wg|ppp|vxlan|geneve|genev_sys|flannel|cilium_(?:vxlan|geneve)|nebula|ipsec|xfrm)/;

/** Whether the device that the packet came in by may have taken it out of another one. */
export function isFromTunnel(packet: Packet): boolean {
  return packet.mac === '' || DEVICE.test(packet.in);
}

/** The kernel's own reports of multicast groups: their lines show a mark that is none (trace-format 3.5). */
export function isMembershipReport({ protocol, transport }: Packet): boolean {
  if (protocol === 2) return true;
  return protocol === 58 && transport.kind === 'icmp' && MLD.has(transport.type);
}

const MLD: ReadonlySet<number> = new Set([130, 131, 132, 143]);
