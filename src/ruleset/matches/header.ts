/**
 * The conditions of ip_tables itself, which need no `-m`: `-s -d -i -o -p -f`, in the order in which
 * iptables-save prints them (iptables/xshared.c, save_rule_details).
 */
import type {
  DestinationMatch,
  FragmentMatch,
  InInterfaceMatch,
  OutInterfaceMatch,
  ProtocolMatch,
  SourceMatch,
} from '../../model/match.ts';
import { printNetwork } from '../line/addresses.ts';
import { printInterface } from '../line/interfaces.ts';
import { protocolName } from '../names/protocols.ts';
import { bang, type Printer, words } from './syntax.ts';

export type HeaderMatch =
  | SourceMatch
  | DestinationMatch
  | InInterfaceMatch
  | OutInterfaceMatch
  | ProtocolMatch
  | FragmentMatch;

/** Place in the save form; a header condition that was lost or did not parse keeps its place. */
export const HEADER_ORDER: readonly string[] = [
  'source',
  'destination',
  'in-interface',
  'out-interface',
  'protocol',
  'fragment',
] satisfies readonly HeaderMatch['kind'][];

export const HEADER = {
  source: { print: ({ not, network }) => words(bang(not), '-s', printNetwork(network)) },
  destination: { print: ({ not, network }) => words(bang(not), '-d', printNetwork(network)) },
  'in-interface': { print: (match) => words(bang(match.not), '-i', printInterface(match.interface)) },
  'out-interface': { print: (match) => words(bang(match.not), '-o', printInterface(match.interface)) },
  protocol: { print: ({ not, number }) => words(bang(not), '-p', protocolName(number)) },
  fragment: { print: ({ not }) => words(bang(not), '-f') },
} satisfies { readonly [K in HeaderMatch['kind']]: Printer<Extract<HeaderMatch, { kind: K }>> };
