/**
 * What a person expects of packets, and what came of it: cases of an expectation file, held against the
 * simulator's prediction and against walks of a log. A case is met, unmet, or undecided where something that
 * nobody saved, or no line shows, would decide it.
 */
import type { Address, Network } from './address.ts';
import type { ContextKind } from './context.ts';
import type { TableName } from './hook.ts';
import type { Range } from './match.ts';
import type { PacketSpec } from './packet-spec.ts';
import type { Prediction, WhyNot } from './prediction.ts';
import type { Place } from './ruleset.ts';
import type { SourceRef } from './source.ts';
import type { Disposition } from './walk.ts';

/** A chain or a rule; `table` null: of any table; `number` null: the chain as a whole. */
export interface PlaceName {
  readonly table: TableName | null;
  readonly chain: string;
  readonly number: number | null;
}

/** An address, and a port unless it is null. */
export interface Endpoint {
  readonly address: Address;
  readonly port: number | null;
}

/** Fields of the packet as it was last. */
export const FINAL_ADDRESSES = ['src', 'dst'] as const;
export const FINAL_NUMBERS = ['sport', 'dport', 'ttl', 'tos', 'length'] as const;
export const FINAL_NAMES = ['in', 'out'] as const;

export type Wanted =
  | { readonly kind: 'disposition'; readonly any: readonly Disposition[] }
  /** What stopped the packet; null: nothing. */
  | { readonly kind: 'by'; readonly place: PlaceName | null }
  | { readonly kind: 'passes'; readonly place: PlaceName }
  | { readonly kind: 'never'; readonly place: PlaceName }
  | {
      readonly kind: 'address';
      readonly field: (typeof FINAL_ADDRESSES)[number];
      readonly any: readonly Network[];
    }
  | {
      readonly kind: 'number';
      readonly field: (typeof FINAL_NUMBERS)[number];
      readonly any: readonly Range[];
    }
  | { readonly kind: 'name'; readonly field: (typeof FINAL_NAMES)[number]; readonly any: readonly string[] }
  /** Exactly these are where the packet may go to. */
  | { readonly kind: 'endpoints'; readonly all: readonly Endpoint[] }
  | { readonly kind: 'masquerade'; readonly wanted: boolean }
  /** `mark & mask == value`. */
  | { readonly kind: 'mark'; readonly value: number; readonly mask: number };

export interface Expectation {
  readonly wanted: Wanted;
  /** As the report writes it: `passes nat:KUBE-SERVICES`. Raw text. */
  readonly text: string;
  readonly at: SourceRef;
}

export interface ExpectationCase {
  readonly name: string;
  readonly at: SourceRef;
  readonly packet: PacketSpec;
  /** Packets that go before it, through the same connection table. */
  readonly before: readonly PacketSpec[];
  readonly expectations: readonly Expectation[];
}

export const EXPECTATION_STATUSES = ['met', 'unmet', 'undecided'] as const;
export type ExpectationStatus = (typeof EXPECTATION_STATUSES)[number];

/** A way that a packet goes, or an observed packet, that does not do as expected. */
export interface Counterexample {
  /** What it does instead. Raw text. */
  readonly found: string;
  /** Null: it is certain. Else what would have to be known. */
  readonly unless: string | null;
  /** The rule, policy or chain's end that is responsible. */
  readonly blame: { readonly name: string; readonly place: Place } | null;
  /** How many ways do this; 0 where it is what none does. */
  readonly ways: number;
  /** 0 to 1, of those ways together; null where there is no telling, and of observed packets. */
  readonly probability: number | null;
  /** The observed packet: its number and first line. */
  readonly walk: { readonly n: number; readonly at: SourceRef } | null;
}

/** One expectation, held against a prediction or against a log. */
export interface ExpectationVerdict {
  readonly expectation: Expectation;
  readonly status: ExpectationStatus;
  /** Ways or packets that were looked at, and how many of them are not as expected, or may not be. */
  readonly of: number;
  readonly against: number;
  /** The first few of those. */
  readonly counterexamples: readonly Counterexample[];
  /** Of a predicted packet that does not come where it should: why it does not match the rules of that place. */
  readonly whyNot: readonly WhyNot[];
}

export interface CaseResult {
  readonly case: ExpectationCase;
  readonly status: ExpectationStatus;
  readonly prediction: Prediction;
  readonly predicted: readonly ExpectationVerdict[];
  /** Null: no log was given. `packets`: how many of it are of this case. */
  readonly observed: { readonly packets: number; readonly verdicts: readonly ExpectationVerdict[] } | null;
  /** Parts of the context that would have told what is undecided. */
  readonly wanting: readonly ContextKind[];
}
