/** What connection tracking works on, and the packets that are about another packet's connection. */
import type { Asker } from './ask.ts';
import type { ConnectionView } from './connection-view.ts';
import type { Host } from './host.ts';
import type { Origins } from './origins.ts';
import type { Skb } from './skb.ts';

/** ICMP errors: their connection is that of the packet that they quote. */
const ERRORS: Readonly<Record<'ipv4' | 'ipv6', ReadonlySet<number>>> = {
  ipv4: new Set([3, 4, 5, 11, 12]),
  ipv6: new Set([1, 2, 3, 4]),
};
export function isIcmpError(skb: Skb): boolean {
  return skb.isIcmp && skb.icmpType !== undefined && ERRORS[skb.family].has(skb.icmpType);
}

export interface Tracking {
  readonly skb: Skb;
  readonly connections: ConnectionView;
  readonly ask: Asker;
  readonly host: Host;
  readonly origins: Origins;
}
