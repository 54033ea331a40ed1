/**
 * Which packets open a connection, and the questions about it where a field that tells is not known: the type of ICMP,
 * the flags of TCP, the version of GRE.
 */
import { type Asker, type Doubt, doubt, NOBODY } from './ask.ts';
import { flagsMayBe, learnFlags, openField } from './open-field.ts';
import type { Skb } from './skb.ts';
import { legalFlags, openTcp } from './tcp-track.ts';

/** ICMP types that open a flow. */
export const OPENS: Readonly<Record<'ipv4' | 'ipv6', ReadonlySet<number>>> = {
  ipv4: new Set([8, 13, 15, 17]),
  ipv6: new Set([128, 139]),
};
/** A SYN without ACK, RST or FIN. */
export function isSyn(flags: number): boolean {
  return (flags & 0x17) === 2;
}

/** Whether an ICMP packet of which the type is not known opens a connection. */
export function typeOpens(skb: Skb, ask: Asker): boolean {
  const types = [...OPENS[skb.family]].map((type) => ({ from: type * 256, to: type * 256 + 255 }));
  const opens = openField(skb, 'ICMP type', 'one that opens a connection', types, {
    yes: "the packet's ICMP type opens a connection, as echo-request does",
    no: "the packet's ICMP type opens no connection",
  });
  return ask.holds(opens, NOBODY);
}

/** Whether a TCP packet of which the flags are not known opens a connection. @param loose also in the middle of one */
export function flagsOpen(skb: Skb, ask: Asker, loose: boolean): boolean {
  const opensOne = (flags: number): boolean =>
    legalFlags(flags) && openTcp(skb, flags, isSyn(flags) || loose) !== null;
  const kinds = [
    { opens: true, fact: 'are SYN', holds: (flags: number) => opensOne(flags) && isSyn(flags) },
    {
      opens: true,
      fact: 'are ACK, by which a connection is picked up in the middle',
      holds: (flags: number) => opensOne(flags) && !isSyn(flags),
    },
    { opens: false, fact: 'open no connection', holds: (flags: number) => !opensOne(flags) },
  ].filter(({ holds }) => flagsMayBe(skb, holds));
  const asked = kinds.length > 1;
  const index = asked
    ? ask.choose({
        kind: 'packet',
        key: 'packet TCP flags of a new connection',
        scope: 'packet',
        why: 'the TCP flags are not known',
        settledBy: null,
        rule: null,
        match: null,
        answers: kinds.map(({ fact }) => ({
          fact: `the packet's TCP flags ${fact}`,
          probability: null,
          holds: null,
        })),
      })
    : 0;
  const kind = kinds[index];
  if (kind === undefined) return false;
  learnFlags(skb, kind.holds);
  return kind.opens;
}

/** Version 0 is tracked by its addresses, version 1 only as PPTP; no field tells. */
export function greDoubt(skb: Skb): Doubt {
  return doubt({
    kind: 'packet',
    key: `gre ${skb.src?.text ?? '?'} ${skb.dst?.text ?? '?'}`,
    unknown: 'the version of a GRE packet is not known',
    yes: 'the GRE packet is of version 0',
    no: 'the GRE packet is of version 1 and not of PPTP',
  });
}
