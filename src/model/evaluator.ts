/**
 * The one evaluator as others than `simulate` see it: a packet runs through the rules of a host, an oracle
 * answers what nobody can know, and nothing of the run is real until it is committed. `analyze.ts` hands
 * one to `compare`, which runs a packet as often as its search needs.
 */
import type { LoggedStep, Oracle, PacketState } from './oracle.ts';
import type { PacketSpec } from './packet-spec.ts';
import type { Ending } from './prediction.ts';
import type { Renaming } from './renaming.ts';
import type { Rule, Ruleset } from './ruleset.ts';
import type { Ternary } from './ternary.ts';
import type { Disposition } from './walk.ts';

/** One packet's run to its end. Holds its effects until they are committed. */
export interface Run {
  readonly disposition: Disposition;
  readonly ending: Ending | null;
  /** The line whose rule or policy decided (drop, reject, queue); null if none did. */
  readonly decidedBy: LoggedStep | null;
  /** The packet as it was last. */
  readonly final: PacketState;
  /** `Evaluator.repeat` may take it as the earlier run. */
  readonly isRepeatable: boolean;
  /**
   * Makes real what the packet did to what stood before it: a reply was seen, a connmark set, an entry of
   * a set added. To be called when its first line has passed; once.
   */
  enter(): void;
  /** Puts the connection that the packet opened into the table, unless it was dropped. After its last line; once. */
  confirm(): void;
}

export interface RunOptions {
  /** Seconds since boot; null: unknown, nothing times out. */
  readonly uptime: number | null;
  /** The run of the packet that called this one forth (an ICMP error, a reset): its connection is inherited. */
  readonly cause: Run | null;
  /** Runs that count as entered and confirmed for this one, in order, although they are not. */
  readonly after: readonly Run[];
  /**
   * Begins at this hook, traced, with the packet as it is there (`in`, `out` and all); its connection is one
   * of which nothing is known unless the table has it. `copy`: the copy of a packet to many that comes back to
   * this host, POSTROUTING first. Left out: at the beginning of its way.
   */
  readonly from?: 'INPUT' | 'FORWARD' | 'POSTROUTING' | 'copy' | undefined;
  /** The packet is a copy that TEE made: never tracked. */
  readonly tee?: boolean | undefined;
  /** It is traced from the start. */
  readonly traced?: boolean | undefined;
}

/** One condition of a rule, held against a packet. */
export interface ConditionResult {
  /** In save form: `-p tcp`, `-m conntrack --ctstate NEW`. */
  readonly condition: string;
  readonly result: Ternary;
  /** What the packet has there: `udp`, `ESTABLISHED`. */
  readonly value: string;
}

/** Answers why a rule matches a packet, or not, where the packet is at this moment. */
export type Explain = (rule: Rule) => readonly ConditionResult[];

export interface Evaluator {
  /** @returns null if the oracle gave the path up */
  run(packet: PacketSpec, oracle: Oracle, options: RunOptions): Run | null;
  /**
   * The same host at this moment under other rules, to try what might have been traced. Its runs are never
   * committed. Equal rule sets (by identity) may share what was prepared for them.
   */
  under(ruleset: Ruleset): Evaluator;
  /**
   * The run of a packet that is known to be like that of an earlier run: everything that a rule or a route may
   * look at is equal, but for the numbers that the renaming relates. Chains are not run again; the connection
   * table is asked as it is now. @returns null if it is not certain that both go the same way
   */
  repeat(earlier: Run, packet: PacketSpec, renaming: Renaming): Run | null;
  /**
   * The saved connections turned out to be of a later moment: those that no packet has met are forgotten, and
   * what stood before is not known. It holds for what `under` gave too.
   */
  forgetSavedConnections(): void;
}
