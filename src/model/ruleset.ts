/**
 * Rules as the kernel holds them: table → chain → numbered rules. Each rule keeps its text and place in
 * the person's file. A listing's losses are `unknown` matches, never absent ones.
 */
import type { Family } from './address.ts';
import type { TraceType } from './event.ts';
import { isBuiltin, type TableName } from './hook.ts';
import type { Match } from './match.ts';
import type { SourceRef } from './source.ts';
import type { Target } from './target.ts';

/** A counter: exact, or the bounds that a rounded listing (`5255M`) leaves. Decimal, may exceed 2^53. */
export interface CounterRange {
  readonly from: bigint;
  readonly to: bigint;
}
export interface Counters {
  readonly packets: CounterRange;
  readonly bytes: CounterRange;
}

export type RulesetForm = 'save' | 'list' | 'S';

export interface Rule {
  readonly family: Family;
  readonly table: TableName;
  readonly chain: string;
  /** From 1, as TRACE lines count. */
  readonly number: number;
  /** Header conditions first, then extensions in the order written. Empty: matches everything. */
  readonly matches: readonly Match[];
  readonly target: Target;
  /** In save form (`-A FORWARD …`), without counters: as written in a save file, printed from a listing. */
  readonly text: string;
  /** The rule as the person's file has it. */
  readonly source: SourceRef & { readonly text: string };
  readonly counters: Counters | null;
  /** The line could not be read as a rule (redacted, damaged): its number stands, its meaning is unknown. */
  readonly damaged: boolean;
}

export interface Chain {
  readonly name: string;
  /** Built into the table: has a policy, is entered from a hook. */
  readonly builtin: boolean;
  /** Null for user chains, and where the input does not tell. */
  readonly policy: 'ACCEPT' | 'DROP' | null;
  readonly counters: Counters | null;
  /** `(N references)` of a listing. */
  readonly references: number | null;
  readonly rules: readonly Rule[];
  /** Null: the chain is known only from a jump, or because its table has it by nature. */
  readonly source: SourceRef | null;
}

export interface Table {
  readonly family: Family;
  readonly name: TableName;
  readonly form: RulesetForm;
  readonly file: string;
  /** How a listing's table was settled; null where the input names it. */
  readonly settledBy: 'flag' | 'heading' | 'chains' | 'targets' | 'log' | 'elimination' | null;
  readonly chains: ReadonlyMap<string, Chain>;
  /** False: only some chains were listed (`-L CHAIN`), or the file is cut. */
  readonly complete: boolean;
}

export interface Ruleset {
  /** At most one per family and name. */
  readonly tables: readonly Table[];
  /**
   * Families of which a whole save was read: a table that it leaves out is not loaded (empty, unseen),
   * whereas a table that listings leave out was not given.
   */
  readonly whole: readonly Family[];
}

export const EMPTY_RULESET: Ruleset = { tables: [], whole: [] };

export function tableOf(ruleset: Ruleset, family: Family, name: TableName): Table | null {
  return ruleset.tables.find((table) => table.family === family && table.name === name) ?? null;
}

/** What a TRACE line's `table:chain:type:number` means under these rules. */
export type Place =
  /** An explicit rule, whatever word the kernel used for it. */
  | { readonly kind: 'rule'; readonly rule: Rule; readonly chain: Chain }
  /** The end of a user chain: back to the caller. */
  | { readonly kind: 'return'; readonly chain: Chain }
  /** The policy of a built-in chain. */
  | { readonly kind: 'policy'; readonly chain: Chain }
  /** No such chain, or a number past its end: these are not the rules that were traced. */
  | { readonly kind: 'missing' }
  /** The table was not given. */
  | { readonly kind: 'ungiven' };

/** Looks a step up in the rules. A number of `rules.length + 1` is the chain's end, unless the kernel calls it a rule. */
export function placeOf(
  ruleset: Ruleset,
  family: Family,
  step: {
    readonly table: TableName;
    readonly chain: string;
    readonly number: number;
    readonly type?: TraceType;
  },
): Place {
  const table = tableOf(ruleset, family, step.table);
  if (table === null) return { kind: 'ungiven' };
  const chain = table.chains.get(step.chain);
  if (chain === undefined) return table.complete ? { kind: 'missing' } : { kind: 'ungiven' };
  const rule = chain.rules[step.number - 1];
  if (rule !== undefined) return { kind: 'rule', rule, chain };
  if (step.number !== chain.rules.length + 1 || step.type === 'rule') return { kind: 'missing' };
  return chain.builtin ? { kind: 'policy', chain } : { kind: 'return', chain };
}

/**
 * The word that the kernel prints for a rule: `rule`, or for an unconditional standard verdict `return`
 * (user chain) or `policy` (built-in chain). `either` where the text cannot tell: a save does not show
 * `-i +`, nor IPv6 `-p all`; a listing without -v shows no interface.
 * Source: get_chainname_rulenum and unconditional in net/ipv4/netfilter/ip_tables.c.
 */
export function loggedType(
  rule: Rule,
  form: RulesetForm,
): { readonly type: 'rule' | 'return' | 'policy'; readonly alsoRule: boolean } {
  const verdict = isBuiltin(rule.table, rule.chain) ? 'policy' : 'return';
  if (rule.target.kind !== 'verdict' || rule.damaged) return { type: 'rule', alsoRule: true };
  const conditions = rule.matches.filter((match) => !(match.kind === 'unknown' && match.why === 'lost'));
  if (conditions.length > 0) return { type: 'rule', alsoRule: true };
  const hidden = form !== 'list' || rule.family === 'ipv6' || rule.matches.length > 0;
  return { type: verdict, alsoRule: hidden };
}
