/** The conditions of ip_tables itself: addresses, interfaces, protocol, fragments (ip_packet_match, ip6_packet_match). */
import { addressOf, type Network, networkText } from '../../model/address.ts';
import type {
  DestinationMatch,
  FragmentMatch,
  InInterfaceMatch,
  OutInterfaceMatch,
  ProtocolMatch,
  SourceMatch,
} from '../../model/match.ts';
import { invert, type Outcome } from '../ask.ts';
import { type Evaluator, inNetwork, isInterface } from '../evaluate.ts';
import { openField } from '../open-field.ts';
import type { Skb } from '../skb.ts';

/** An address in a network. One that is not known becomes known if it can only be one. */
function addressIn(skb: Skb, side: 'src' | 'dst', field: string, network: Network): Outcome {
  const learn = (yes: boolean): void => {
    if (yes && network.mask.every((word) => word === 0xffffffff)) {
      skb[side] = addressOf(network.family, network.address);
    }
  };
  return inNetwork(skb[side], network, field, networkText(network), learn);
}

export const source: Evaluator<SourceMatch> = ({ not, network }, { skb }) =>
  invert(addressIn(skb, 'src', 'source address', network), not);

export const destination: Evaluator<DestinationMatch> = ({ not, network }, { skb }) =>
  invert(addressIn(skb, 'dst', 'destination address', network), not);

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
    const values = [{ from: number, to: number }];
    const outcome = openField(skb, 'protocol', String(number), values, null, (only) => {
      skb.protocol = only;
    });
    return invert(outcome, not);
  }
  return (skb.protocol === number) !== not;
};

export const fragment: Evaluator<FragmentMatch> = ({ not }, { skb }) => skb.fragmentOffset > 0 !== not;
