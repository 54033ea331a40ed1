/** What the rules say should happen to a packet: one path where everything is known, else its branches. */
import type { Address } from './address.ts';
import type { Assumption } from './check.ts';
import type { ContextKind } from './context.ts';
import type { ConditionResult } from './evaluator.ts';
import type { Hook, TableName } from './hook.ts';
import type { LoggedStep } from './oracle.ts';
import type { Rule } from './ruleset.ts';
import type { Ternary } from './ternary.ts';
import type { Disposition } from './walk.ts';

/** Why a packet went no further, where no rule says so (trace-format 2.12); the kernel's behaviour each. */
export const ENDINGS = [
  'no-route',
  'blackhole-route',
  'prohibit-route',
  'unreachable-route',
  'martian-source',
  'martian-destination',
  'rp-filter',
  'no-route-back',
  'forwarding-off',
  'ttl-exceeded',
  'too-big',
  'not-for-us',
  'not-joined',
  'source-not-forwardable',
  'hot-drop',
  'nat-clash',
  'nat-moved',
  'nat-refused',
  'reassembly',
  'no-address',
  'no-listener',
  'helper',
  'rules-loop',
] as const;
export type Ending = (typeof ENDINGS)[number];

/** A packet at one moment of its way. `undefined` is unknown. */
export interface PacketSnapshot {
  readonly src: Address | undefined;
  readonly dst: Address | undefined;
  readonly sport: number | undefined;
  readonly dport: number | undefined;
  /** Undefined if any bit of it is unknown. */
  readonly mark: number | undefined;
  readonly ttl: number | undefined;
  readonly tos: number | undefined;
  readonly length: number | undefined;
  readonly in: string;
  readonly out: string | undefined;
}

export interface PredictedPath {
  /** As the kernel would log them: from where TRACE switched on, all if no TRACE rule matched. */
  readonly steps: readonly LoggedStep[];
  /** The packet as the line of each step shows it: before what that step does. */
  readonly states: readonly PacketSnapshot[];
  /**
   * False: no TRACE rule matches, the steps are those of a packet that is traced from its first rule on. Null:
   * the same, but one may match, since the raw table was not given.
   */
  readonly traced: boolean | null;
  readonly disposition: Disposition;
  /** Where `vanished` or a drop without a rule happened; null where a rule or the end of the way says it. */
  readonly ending: Ending | null;
  /** The last step, if it decided (drop, reject, queue). */
  readonly decidedBy: LoggedStep | null;
  /** 0 to 1; null where a branch has no telling. */
  readonly probability: number | null;
  readonly assumptions: readonly Assumption[];
  /** Tables that were met without their rules, which nobody gave: they count as if they changed nothing. */
  readonly unchecked: readonly TableName[];
  /** Parts of the context that would have told what was assumed, or stayed unknown, on this path. */
  readonly wanting: readonly ContextKind[];
  /** The packet as it was last. */
  readonly final: PacketSnapshot;
}

export interface Prediction {
  /** Place of the packet among those given, from 0. */
  readonly n: number;
  /** The likeliest first. */
  readonly paths: readonly PredictedPath[];
  /** More branches than could be followed: `paths` are the likeliest that were found first. */
  readonly more: boolean;
}

/** How a packet came by a rule, or why it did not. */
export const RULE_FATES = [
  /** It was looked at: its conditions decided. */
  'looked-at',
  /** Its chain was entered, but left before it: `by` is the line that left. */
  'left-before',
  /** Its table was met, but nothing called its chain. */
  'not-called',
  /** Its table was not met: no hook of it on the way, no new connection (nat), or not loaded. */
  'table-not-met',
] as const;
export type RuleFate = (typeof RULE_FATES)[number];

/** What came of a rule on those of a packet's paths where the same came of it. */
export interface RuleAnswer {
  /** Indices of the prediction's paths. */
  readonly paths: readonly number[];
  readonly fate: RuleFate;
  readonly by: LoggedStep | null;
  /**
   * Each look at the rule in order; where there was none, one as of the last line before it could have come,
   * so that it is known what it would have said. Empty if the packet was never in its table.
   */
  readonly looks: readonly {
    readonly hook: Hook | null;
    readonly matches: Ternary;
    readonly conditions: readonly ConditionResult[];
  }[];
}

/** Why a packet did not match a rule, or that it did. */
export interface WhyNot {
  readonly rule: Rule;
  /** The one of the likeliest path first. */
  readonly answers: readonly RuleAnswer[];
  /** Where nothing called the rule's chain: the rules that would have, up to a few. */
  readonly callers: readonly WhyNot[];
  /** How many more rules call that chain. */
  readonly moreCallers: number;
}
