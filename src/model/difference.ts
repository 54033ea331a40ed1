/**
 * What sets two things apart: two rule sets, the packets of two captures, a capture and a prediction. The two
 * sides are A and B, before and after. Packets are told apart by flow: ids, chosen ports and times differ anyway.
 */
import type { Family } from './address.ts';
import type { Hook, TableName } from './hook.ts';
import type { Chain, Place, Rule } from './ruleset.ts';
import type { Disposition } from './walk.ts';

/** A rule of A is none of B, or the other way about, or at another place in its chain, or means something else. */
export const RULE_CHANGES = ['removed', 'added', 'moved', 'changed'] as const;

export interface RuleChange {
  readonly kind: (typeof RULE_CHANGES)[number];
  /** Null for an added one. */
  readonly a: Rule | null;
  /** Null for a removed one. */
  readonly b: Rule | null;
  /** Of a changed one: the options that only one side has, as in the rule's text. */
  readonly parts: { readonly a: readonly string[]; readonly b: readonly string[] };
}

/** `policy`: both sides have it, with another policy. */
export interface ChainChange {
  readonly kind: 'removed' | 'added' | 'policy';
  readonly family: Family;
  readonly table: TableName;
  readonly a: Chain | null;
  readonly b: Chain | null;
}

/** A table that only one side has, or that one side did not give. */
export interface TableChange {
  readonly kind: 'removed' | 'added' | 'ungiven';
  readonly family: Family;
  readonly table: TableName;
}

export interface RulesetDifference {
  readonly tables: readonly TableChange[];
  readonly chains: readonly ChainChange[];
  readonly rules: readonly RuleChange[];
  /** Rules that both sides have, at whatever number. */
  readonly same: number;
}

/** A saved set that differs: entries as `ipset save` writes them. */
export interface SetChange {
  readonly kind: 'removed' | 'added' | 'changed';
  readonly name: string;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** What became of a step's rule on the other side. `both`: it stands there too. */
export type RuleFate = 'both' | 'only' | 'moved' | 'changed' | 'unknown';

export interface WayStep {
  readonly hook: Hook;
  readonly table: TableName;
  readonly chain: string;
  readonly type: 'rule' | 'return' | 'policy';
  readonly number: number;
  readonly place: Place;
}

/** Where a packet went, and what it was at last. Null: not known, or it has none. */
export interface Way {
  readonly family: Family;
  readonly steps: readonly WayStep[];
  readonly disposition: Disposition;
  /** Index of the step that stopped it. */
  readonly decidedBy: number | null;
  /** Steps may be missing, or the end is not known. */
  readonly open: boolean;
  readonly in: string | null;
  readonly out: string | null;
  /** Of a question: where it went to. Of an answer: where it came from. */
  readonly endpoint: { readonly address: string; readonly port: number | null } | null;
  /** The other end's address. */
  readonly peer: string | null;
  readonly mark: number | null;
}

/** A packet that was seen. */
export interface Sighting {
  readonly n: number;
  readonly file: string;
  readonly line: number;
}

/** How many packets of a kind went a way. */
export interface Passage {
  readonly way: Way;
  readonly packets: number;
  /** The first of them; null of a predicted way. */
  readonly first: Sighting | null;
  /** Of a predicted way: what it takes for granted. */
  readonly assumptions: readonly string[];
}

export const CHANGED_FIELDS = ['path', 'disposition', 'endpoint', 'peer', 'in', 'out', 'mark'] as const;
export type ChangedField = (typeof CHANGED_FIELDS)[number];

export interface PartedStep {
  readonly step: WayStep;
  readonly fate: RuleFate;
}

/** Where two ways part: the steps before are the same. Null: the way ends there. */
export interface Parting {
  readonly at: number;
  readonly a: PartedStep | null;
  readonly b: PartedStep | null;
  /** Further on: the first step of either side whose rule the other side lacks or has edited. */
  readonly later: { readonly a: PartedStep | null; readonly b: PartedStep | null };
}

/**
 * Why two ways differ: the rules do; or a rule left it to chance, and the other way was open on both sides; or
 * the rules are the same, so that a set, a connection, a route or the packet must differ.
 */
export type WhyDifferent = 'rules' | 'chance' | 'state';

export interface WayDifference {
  /** What kind of packet: `TCP SYN`, `UDP answer`. */
  readonly packet: string;
  /** Null: there was no such packet. */
  readonly a: Passage | null;
  readonly b: Passage | null;
  /** Empty if a side is null. */
  readonly changed: readonly ChangedField[];
  /** Null if a side is null, or the steps are the same. */
  readonly parting: Parting | null;
  readonly why: WhyDifferent;
  /** False: it may also go as on side A; what B takes for granted decides. */
  readonly certain: boolean;
}

/** Who spoke to whom: the side that asked, and what it asked for, before any translation. */
export interface FlowName {
  /** Null where each side has one host only. */
  readonly host: string | null;
  readonly family: Family;
  readonly protocol: number | null;
  readonly client: string;
  readonly server: string;
  readonly port: number | null;
}

export const FLOW_STATUSES = ['changed', 'vanished', 'appeared', 'chance', 'undecided', 'same'] as const;
export type FlowStatus = (typeof FLOW_STATUSES)[number];

export interface FlowDifference {
  readonly flow: FlowName;
  readonly status: FlowStatus;
  /** By the place of the first packet. Of `undecided`, what may differ. */
  readonly ways: readonly WayDifference[];
  readonly packets: { readonly a: number; readonly b: number };
}

/** What side B is to side A. */
export type DiffMode = 'captures' | 'rules' | 'rehearsal' | 'expected';

export interface Difference {
  readonly mode: DiffMode;
  /** Null: no rules on one side. */
  readonly rules: RulesetDifference | null;
  /** Sets that differ, where both sides saved them: they explain what rules do not, and count for nothing by themselves. */
  readonly sets: readonly SetChange[];
  /** All that are not the same; empty where no packets were given. */
  readonly flows: readonly FlowDifference[];
  readonly counts: Readonly<Record<FlowStatus, number>>;
  /** Packets on either side. */
  readonly packets: { readonly a: number; readonly b: number };
  /** Packets that found no room. */
  readonly beyond: number;
  /** Flows that a filter left out, which are in no other count; null: nobody asked for some only. */
  readonly leftOut: number | null;
  /** True if the run was interrupted. */
  readonly partial: boolean;
}

/** Whether there is anything to object to: chance and what cannot be told are not, nor rules where some packets are asked for. */
export function differs({ rules, counts, leftOut }: Difference): boolean {
  const changes =
    rules === null || leftOut !== null ? 0 : rules.rules.length + rules.chains.length + changedTables(rules);
  return changes + counts.changed + counts.vanished + counts.appeared > 0;
}

function changedTables({ tables }: RulesetDifference): number {
  return tables.filter(({ kind }) => kind !== 'ungiven').length;
}
