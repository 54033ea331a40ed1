/** Matches on one field of the packet. */
import { type Address, compareAddresses } from '../../model/address.ts';
import type {
  AddressRange,
  DscpMatch,
  ExtensionHeaderMatch,
  Inv,
  IprangeMatch,
  LengthMatch,
  MacMatch,
  PkttypeMatch,
  StringMatch,
  TcpmssMatch,
  TosMatch,
  TtlMatch,
} from '../../model/match.ts';
import { fieldDoubt, HOTDROP, invert, type Outcome } from '../ask.ts';
import { maskedEquals } from '../bits.ts';
import { all, type Evaluator, inRange, rangeText } from '../evaluate.ts';

/** mac_mt: only Ethernet has such a source. */
export const mac: Evaluator<MacMatch> = ({ not, address }, { skb, host }) => {
  if (skb.in === '' || host.isLoopback(skb.in) || skb.mac === '') return false;
  if (skb.mac === undefined) return invert(fieldDoubt('link source', address), not);
  return (skb.mac.toLowerCase() === address.toLowerCase()) !== not;
};

export const pkttype: Evaluator<PkttypeMatch> = ({ not, type }, { skb }) => (skb.packetType === type) !== not;

function inAddresses(address: Address | undefined, asked: Inv<AddressRange> | null, field: string): Outcome {
  if (asked === null) return true;
  const { from, to } = asked.value;
  if (address === undefined) return invert(fieldDoubt(field, `${from.text}-${to.text}`), asked.not);
  if (address.family !== from.family) return asked.not;
  return (compareAddresses(address, from) >= 0 && compareAddresses(address, to) <= 0) !== asked.not;
}

export const iprange: Evaluator<IprangeMatch> = ({ src, dst }, run) =>
  all(
    run,
    inAddresses(run.skb.src, src, 'source address'),
    inAddresses(run.skb.dst, dst, 'destination address'),
  );

export const dscp: Evaluator<DscpMatch> = (match, { skb }) => {
  const known = maskedEquals(skb.tos, 0xfc, match.dscp << 2);
  return invert(known ?? fieldDoubt('DSCP', String(match.dscp)), match.not);
};

export const tos: Evaluator<TosMatch> = (match, { skb }) => {
  const { value, mask } = match.tos;
  const known = maskedEquals(skb.tos, mask, value);
  return invert(known ?? fieldDoubt('TOS', `0x${value.toString(16)}/0x${mask.toString(16)}`), match.not);
};

export const ttl: Evaluator<TtlMatch> = ({ name, operator, value }, { skb }) => {
  if (skb.ttl === undefined) {
    const doubted = fieldDoubt(
      name === 'hl' ? 'hop limit' : 'TTL',
      `${operator === 'ne' ? 'eq' : operator} ${value}`,
    );
    return invert(doubted, operator === 'ne');
  }
  switch (operator) {
    case 'eq':
      return skb.ttl === value;
    case 'ne':
      return skb.ttl !== value;
    case 'lt':
      return skb.ttl < value;
    case 'gt':
      return skb.ttl > value;
  }
};

export const length: Evaluator<LengthMatch> = (match, { skb }) =>
  invert(inRange(skb.length, match.length, 'length'), match.not);

/** Payload is shown nowhere. */
export const string: Evaluator<StringMatch> = ({ not, pattern, hex, from, to, icase }) => {
  const where = from === null && to === null ? '' : ` from ${from ?? 0} to ${to ?? 'its end'}`;
  const kind = `${hex ? 'hex ' : ''}${icase ? 'case-blind ' : ''}`;
  return invert(fieldDoubt('payload', `with ${kind}"${pattern}"${where}`), not);
};

/** The MSS option of a TCP header; null: it has none. */
export function mssOf(options: string): number | null {
  for (let i = 0; i + 2 <= options.length; ) {
    const kind = Number.parseInt(options.slice(i, i + 2), 16);
    const size = kind < 2 ? 1 : Number.parseInt(options.slice(i + 2, i + 4), 16);
    if (kind === 2 && size === 4) return Number.parseInt(options.slice(i + 4, i + 8), 16);
    if (!(size >= 1)) return null;
    i += size * 2;
  }
  return null;
}

export const tcpmss: Evaluator<TcpmssMatch> = ({ not, mss }, { skb }) => {
  if (skb.fragmentOffset > 0) return false;
  if (skb.truncated !== undefined && skb.truncated < 20) return HOTDROP;
  if (skb.tcpOptions === undefined && skb.tcpHeaderLength !== 20) {
    return invert(fieldDoubt('MSS', rangeText(mss)), not);
  }
  const value = mssOf(skb.tcpOptions ?? '');
  return value === null ? not : (value >= mss.from && value <= mss.to) !== not;
};

const SPI = /--(?:esp|ah)spi (\d+)(?::(\d+))?/;

/** IPv6 extension headers, AH and ESP. A packet without such a header does not match, inverted or not. */
export const extensionHeader: Evaluator<ExtensionHeaderMatch> = ({ name, options }, { skb }) => {
  if (name === 'ah' || name === 'esp') {
    const protocol = name === 'ah' ? 51 : 50;
    if (skb.fragmentOffset > 0) return false;
    if (skb.protocol !== undefined && skb.protocol !== protocol && !skb.extensions) return false;
    const [, from, to] = SPI.exec(options) ?? [];
    if (from === undefined || skb.spi === undefined || /--ah(?:len|res)/.test(options)) {
      return options === '' ? true : fieldDoubt(`${name} header`, options);
    }
    const inside = skb.spi >= Number(from) && skb.spi <= Number(to ?? from);
    return inside !== new RegExp(`! --${name}spi`).test(options);
  }
  if (!skb.extensions && skb.fragment === null && name !== 'ipv6header') return false;
  return fieldDoubt(`${name} header`, options);
};
