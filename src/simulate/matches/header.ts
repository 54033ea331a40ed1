/** The conditions of ip_tables itself: addresses, interfaces, protocol, fragments (ip_packet_match, ip6_packet_match). */
import { networkText } from '../../model/address.ts';
import type {
  DestinationMatch,
  FragmentMatch,
  InInterfaceMatch,
  OutInterfaceMatch,
  ProtocolMatch,
  SourceMatch,
} from '../../model/match.ts';
import { fieldDoubt, invert } from '../ask.ts';
import { type Evaluator, inNetwork, isInterface } from '../evaluate.ts';

export const source: Evaluator<SourceMatch> = ({ not, network }, { skb }) =>
  invert(inNetwork(skb.src, network, 'source address', networkText(network)), not);

export const destination: Evaluator<DestinationMatch> = ({ not, network }, { skb }) =>
  invert(inNetwork(skb.dst, network, 'destination address', networkText(network)), not);

export const inInterface: Evaluator<InInterfaceMatch> = (match, { skb }) =>
  invert(isInterface(skb.in, match.interface, 'in interface'), match.not);

export const outInterface: Evaluator<OutInterfaceMatch> = (match, { skb }) => {
  const { name, wildcard } = match.interface;
  const learn = (yes: boolean): void => {
    if (yes && !wildcard) skb.out = name;
  };
  return invert(isInterface(skb.out, match.interface, 'out interface', learn), match.not);
};

/** IPv6's explicit `-p all` matches everything. */
export const protocol: Evaluator<ProtocolMatch> = ({ not, number }, { skb }) => {
  if (number === 0) return !not;
  if (skb.protocol === undefined) {
    const learn = (yes: boolean): void => {
      if (yes) skb.protocol = number;
    };
    return invert(fieldDoubt('protocol', String(number), learn), not);
  }
  return (skb.protocol === number) !== not;
};

export const fragment: Evaluator<FragmentMatch> = ({ not }, { skb }) => skb.fragmentOffset > 0 !== not;
