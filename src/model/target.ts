/**
 * What a rule does with a packet that it matched: one kind per target (tiers 1 and 2). A target that
 * we do not know is kept word for word: it may continue or stop.
 */
import type { Address, Network } from './address.ts';
import type { Masked, Range, SetDirection } from './match.ts';

export type Verdict = 'ACCEPT' | 'DROP' | 'RETURN' | 'QUEUE';

/** One of the standard verdicts. */
export interface VerdictTarget {
  readonly kind: 'verdict';
  readonly verdict: Verdict;
}
/** No `-j` at all: count and go on. */
export interface NoTarget {
  readonly kind: 'none';
}
/** `-j chain` (returns to the next rule) or `-g chain` (returns to the caller of the current chain). */
export interface JumpTarget {
  readonly kind: 'jump';
  readonly chain: string;
  readonly goto: boolean;
}
export interface RejectTarget {
  readonly kind: 'REJECT';
  /** `icmp-port-unreachable`, `tcp-reset`, `icmp6-…`: long form, as iptables-save prints it. */
  readonly with: string;
}
export interface LogTarget {
  readonly kind: 'LOG';
  readonly prefix: string;
  /** Syslog level, 0 to 7. */
  readonly level: number;
  /** 1 tcp-sequence, 2 tcp-options, 4 ip-options, 8 uid, 32 macdecode. */
  readonly flags: number;
}
export interface NflogTarget {
  readonly kind: 'NFLOG';
  readonly prefix: string | null;
  readonly group: number;
  /** `--nflog-size`; range is the older spelling. */
  readonly size: number | null;
  readonly range: number | null;
  readonly threshold: number | null;
}
/** `mark = (mark & ~mask) ^ value`. */
export interface MarkTarget {
  readonly kind: 'MARK';
  readonly value: number;
  readonly mask: number;
}
export interface ConnmarkTarget {
  readonly kind: 'CONNMARK';
  /** set: ct = (ct & ~ctmask) ^ value. save: ct = (ct & ~ctmask) ^ (mark & nfmask). restore: mark = (mark & ~nfmask) ^ (ct & ctmask). */
  readonly operation: 'set' | 'save' | 'restore';
  readonly value: number;
  readonly ctmask: number;
  readonly nfmask: number;
}
/** DNAT and SNAT. */
export interface NatTarget {
  readonly kind: 'DNAT' | 'SNAT';
  /** Null: the address stays (`:53`). */
  readonly addresses: { readonly from: Address; readonly to: Address } | null;
  readonly ports: Range | null;
  /** `--to-destination a:p-q/base`: shifted port mapping. */
  readonly portBase: number | null;
  readonly random: boolean;
  readonly randomFully: boolean;
  readonly persistent: boolean;
}
export interface MasqueradeTarget {
  readonly kind: 'MASQUERADE';
  readonly ports: Range | null;
  readonly random: boolean;
  readonly randomFully: boolean;
}
export interface RedirectTarget {
  readonly kind: 'REDIRECT';
  readonly ports: Range | null;
  readonly random: boolean;
}
export interface NetmapTarget {
  readonly kind: 'NETMAP';
  readonly network: Network;
}
export interface TproxyTarget {
  readonly kind: 'TPROXY';
  readonly port: number;
  readonly address: Address | null;
  readonly mark: Masked;
}
/** CT and the older NOTRACK. */
export interface CtTarget {
  readonly kind: 'CT';
  readonly name: 'CT' | 'NOTRACK';
  readonly notrack: boolean;
  readonly helper: string | null;
  /** Zone number, or 'mark'. */
  readonly zone: number | 'mark' | null;
  readonly zoneDirection: 'both' | 'orig' | 'reply';
  /** Further options in save form, '' if none. */
  readonly options: string;
}
export interface SetTarget {
  readonly kind: 'SET';
  readonly action: 'add' | 'del' | 'map';
  readonly set: string;
  readonly directions: readonly SetDirection[];
  readonly exist: boolean;
  readonly timeout: number | null;
  readonly mapMark: boolean;
  readonly mapPrio: boolean;
  readonly mapQueue: boolean;
}
export interface TraceTarget {
  readonly kind: 'TRACE';
}
export interface TcpmssTarget {
  readonly kind: 'TCPMSS';
  /** Null: clamp to the path MTU. */
  readonly mss: number | null;
}
export interface NfqueueTarget {
  readonly kind: 'NFQUEUE';
  readonly queues: Range;
  readonly bypass: boolean;
  readonly cpuFanout: boolean;
}
export interface DscpTarget {
  readonly kind: 'DSCP';
  readonly dscp: number;
}
/** `tos = (tos & ~mask) ^ value`. */
export interface TosTarget {
  readonly kind: 'TOS';
  readonly value: number;
  readonly mask: number;
}
/** TTL and HL. */
export interface TtlTarget {
  readonly kind: 'TTL';
  readonly name: 'TTL' | 'HL';
  readonly operation: 'set' | 'inc' | 'dec';
  readonly value: number;
}
/** Targets that change nothing that a later rule or line can see, and continue. Options in save form. */
export interface ContinueTarget {
  readonly kind: 'continue';
  readonly name:
    | 'CHECKSUM'
    | 'CLASSIFY'
    | 'ECN'
    | 'AUDIT'
    | 'IDLETIMER'
    | 'RATEEST'
    | 'TCPOPTSTRIP'
    | 'SECMARK'
    | 'CONNSECMARK'
    | 'LED';
  readonly options: string;
}
/** A copy goes to the gateway; the original continues. */
export interface TeeTarget {
  readonly kind: 'TEE';
  readonly gateway: Address;
  readonly oif: string | null;
}
/** Sets the mark by a hash of the packet: the new mark is unknown. */
export interface HmarkTarget {
  readonly kind: 'HMARK';
  readonly options: string;
}
/** Answers the handshake itself; the packet ends here. */
export interface SynproxyTarget {
  readonly kind: 'SYNPROXY';
  readonly options: string;
}
export interface UnknownTarget {
  readonly kind: 'unknown';
  readonly name: string;
  /** Options as written, '' if none. */
  readonly text: string;
  /** `extension`: not one of ours. `chain`: a jump to a chain that the table lacks. `value`: an option did not parse. */
  readonly why: 'extension' | 'chain' | 'value';
}

export type Target =
  | VerdictTarget
  | NoTarget
  | JumpTarget
  | RejectTarget
  | LogTarget
  | NflogTarget
  | MarkTarget
  | ConnmarkTarget
  | NatTarget
  | MasqueradeTarget
  | RedirectTarget
  | NetmapTarget
  | TproxyTarget
  | CtTarget
  | SetTarget
  | TraceTarget
  | TcpmssTarget
  | NfqueueTarget
  | DscpTarget
  | TosTarget
  | TtlTarget
  | ContinueTarget
  | TeeTarget
  | HmarkTarget
  | SynproxyTarget
  | UnknownTarget;
export type TargetKind = Target['kind'];

/** The name in the target column: `ACCEPT`, `MARK`, a chain's name; null for a rule without a target. */
export function targetName(target: Target): string | null {
  switch (target.kind) {
    case 'verdict':
      return target.verdict;
    case 'none':
      return null;
    case 'jump':
      return target.chain;
    case 'continue':
    case 'unknown':
    case 'CT':
    case 'TTL':
      return target.name;
    default:
      return target.kind;
  }
}
