/**
 * The place where the one evaluator asks what it cannot know: chance, a set that nobody saved, a
 * connection from before the log. Who answers decides what the evaluation is for: `simulate`'s oracle
 * branches (to predict), `compare`'s looks at the observed walk (to check). See docs/simulator.md.
 */
import type { Address } from './address.ts';
import type { AssumptionKind } from './check.ts';
import type { ContextKind } from './context.ts';
import type { Explain } from './evaluator.ts';
import type { Hook, TableName } from './hook.ts';
import type { Match } from './match.ts';
import type { PacketSpec } from './packet-spec.ts';
import type { Rule } from './ruleset.ts';

/** Some bits of a number: `value` counts only where `known` has ones. Unsigned 32 bit. */
export interface Bits {
  readonly value: number;
  readonly known: number;
}

/** A packet in the middle of its way. `undefined` is unknown. Lives and changes: copy what is to be kept. */
export interface PacketState {
  /** Interface names; '' where the kernel would print none. */
  readonly in: string;
  readonly out: string | undefined;
  readonly src: Address | undefined;
  readonly dst: Address | undefined;
  readonly protocol: number | undefined;
  readonly sport: number | undefined;
  readonly dport: number | undefined;
  readonly icmpId: number | undefined;
  readonly ttl: number | undefined;
  readonly tos: Bits;
  readonly length: number | undefined;
  readonly mark: Bits;
}

/** A line that the kernel would log: the rule matched and its target has not run yet. */
export interface LoggedStep {
  readonly hook: Hook;
  readonly table: TableName;
  readonly chain: string;
  readonly type: 'rule' | 'return' | 'policy';
  /** The rules as given cannot tell `type` from `rule` (an invisible `-i +`). */
  readonly alsoRule: boolean;
  readonly number: number;
  /** Null: the end of the chain. */
  readonly rule: Rule | null;
  /** Call depth, 0 in the built-in chain. */
  readonly depth: number;
}

export interface Answer {
  /** The fact that this answer states: `10.0.0.5 is in cali40masq`. */
  readonly fact: string;
  /** 0 to 1; null: no telling. */
  readonly probability: number | null;
  /** For a condition of a rule: whether the condition holds with this answer. */
  readonly holds: boolean | null;
}

interface Asked {
  readonly kind: AssumptionKind;
  /** Names the fact: within one packet it is asked once. */
  readonly key: string;
  /** `host`: a fact that the next packet finds unchanged; `connection`: for the packets of one connection. */
  readonly scope: 'packet' | 'connection' | 'host';
  /** Why nothing given tells, in a few words. */
  readonly why: string;
  /** The file that would have told; null: none could. */
  readonly settledBy: ContextKind | null;
  /** Who asks; null: the kernel between two rules. */
  readonly rule: Rule | null;
  readonly match: Match | null;
}

/** One of several answers is to be chosen. The likeliest comes first. */
export interface Choice extends Asked {
  readonly answers: readonly Answer[];
  /**
   * The answer that the context, the connection table or a plain router's settings tell, where it may yet be
   * otherwise: a packet that nobody saw, a setting that nobody saved. Left out: nothing tells.
   */
  readonly known?: number | undefined;
}

/** A field of the packet gets a value that only the kernel knew: a port, a masquerading address. */
export interface Unfilled<T> extends Asked {
  readonly field: 'src' | 'dst' | 'sport' | 'dport' | 'mark' | 'out';
  /** Whether the value is possible. */
  readonly allows: (value: T) => boolean;
  /** Stated if the value is taken. */
  readonly fact: (value: T) => string;
  /** What it most likely is; undefined: no idea. */
  readonly likely: T | undefined;
}

/** What a table whose rules were not given did to a packet. */
export interface UngivenOutcome {
  readonly verdict: 'ACCEPT' | 'DROP';
  /** Fields that the packet has after it, where they differ. */
  readonly changes: Pick<
    PacketSpec,
    'src' | 'dst' | 'sport' | 'dport' | 'mark' | 'ttl' | 'tos' | 'length'
  > | null;
}

export interface Oracle {
  /** The index of the chosen answer; -1 gives this path up. */
  choose(question: Choice): number;
  /** The address, or undefined: it stays unknown. */
  fillAddress(question: Unfilled<Address>): Address | undefined;
  /** The number, or undefined: it stays unknown. */
  fillNumber(question: Unfilled<number>): number | undefined;
  /** The interface name, or undefined: it stays unknown. */
  fillName(question: Unfilled<string>): string | undefined;
  /**
   * The kernel would log this line, if the packet is traced by now. `explain` holds rules against the
   * packet as it is at this line, asks nobody, and is good only during the call.
   * @returns false to give this path up.
   */
  step(step: LoggedStep, packet: PacketState, traced: boolean, explain: Explain): boolean;
  /** The packet meets a table whose rules were not given. Null gives this path up. */
  ungiven(hook: Hook, table: TableName, packet: PacketState): UngivenOutcome | null;
}
