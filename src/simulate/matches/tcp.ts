/** tcp_mt (net/netfilter/xt_tcpudp.c). A fragment that would overwrite the flags (offset 8) drops the packet. */
import type { Inv, Masked, TcpMatch } from '../../model/match.ts';
import { tcpFlagNames } from '../../model/packet.ts';
import { fieldDoubt, HOTDROP, invert, type Outcome } from '../ask.ts';
import { all, type Evaluator } from '../evaluate.ts';
import { openFlags } from '../open-field.ts';
import type { Skb } from '../skb.ts';
import { headerOutcome, portsOutcomes } from './ports.ts';

/** As `--tcp-flags` writes them. */
function flagsText(flags: number): string {
  return [...tcpFlagNames(flags)].reverse().join() || 'NONE';
}

function flagsMatch(skb: Skb, flags: Inv<Masked> | null): Outcome {
  if (flags === null) return true;
  const { mask, value } = flags.value;
  if (skb.flags === undefined) {
    const asked = `${flagsText(mask)} ${flagsText(value)}`;
    const outcome = openFlags(skb, asked, (each) => (each & mask & 0xff) === value, {
      yes: `the packet's TCP flags match ${asked}`,
      no: `the packet's TCP flags do not match ${asked}`,
    });
    return invert(outcome, flags.not);
  }
  return ((skb.flags & mask & 0xff) === value) !== flags.not;
}

/** Kinds of the options in a TCP header; null: it has none. */
export function optionKinds(options: string): ReadonlySet<number> {
  const kinds = new Set<number>();
  for (let i = 0; i + 2 <= options.length; ) {
    const kind = Number.parseInt(options.slice(i, i + 2), 16);
    kinds.add(kind);
    const size = kind < 2 ? 1 : Number.parseInt(options.slice(i + 2, i + 4), 16);
    if (!(size >= 1)) break;
    i += size * 2;
  }
  return kinds;
}

function optionMatch(skb: Skb, option: Inv<number> | null): Outcome {
  if (option === null) return true;
  if (skb.tcpOptions === undefined)
    return invert(fieldDoubt('TCP options', `with ${option.value}`), option.not);
  return optionKinds(skb.tcpOptions).has(option.value) !== option.not;
}

export const tcp: Evaluator<TcpMatch> = (match, run) => {
  const { skb } = run;
  if (skb.fragmentOffset === 8) return HOTDROP;
  const missing = headerOutcome(run, 20);
  if (missing !== null) return missing;
  return all(run, ...portsOutcomes(run, match), flagsMatch(skb, match.flags), optionMatch(skb, match.option));
};
