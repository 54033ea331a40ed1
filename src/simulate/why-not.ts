/**
 * Why a packet matched a rule or did not: each look at the rule with its conditions, or where the packet
 * left before it could come there.
 */
import type { Context } from '../model/context.ts';
import type { ConditionResult } from '../model/evaluator.ts';
import type { LoggedStep } from '../model/oracle.ts';
import type { PacketSpec } from '../model/packet-spec.ts';
import type { RuleFate, WhyNot } from '../model/prediction.ts';
import type { Rule, Ruleset } from '../model/ruleset.ts';
import { and, type Ternary } from '../model/ternary.ts';
import { branchesOf, type Ear, leaveBehind } from './branch.ts';
import { explainRule } from './explain.ts';
import { MOST_BRANCHES, pathOf } from './predict.ts';
import { Simulator } from './simulator.ts';

interface Look {
  readonly hook: LoggedStep['hook'] | null;
  readonly matches: Ternary;
  readonly conditions: readonly ConditionResult[];
}

function lookOf(conditions: readonly ConditionResult[], hook: Look['hook']): Look {
  return { hook, conditions, matches: and(...conditions.map(({ result }) => result)) };
}

/** What one branch showed of the rule. */
class Watch {
  readonly looks: Look[] = [];
  /** As of the last line in the rule's table. */
  asOfLast: Look | null = null;
  readonly #rule: Rule;

  constructor(rule: Rule) {
    this.#rule = rule;
  }

  get ear(): Ear {
    const rule = this.#rule;
    return {
      hear: (step, explain) => {
        if (step.table === rule.table) this.asOfLast = lookOf(explain(rule), step.hook);
      },
      watch: {
        rule,
        pass: (run) => {
          this.looks.push(lookOf(explainRule(rule, run), run.hook));
        },
      },
    };
  }
}

function fateOf(
  rule: Rule,
  watch: Watch,
  lines: readonly LoggedStep[],
): { fate: RuleFate; by: LoggedStep | null } {
  if (watch.looks.length > 0) return { fate: 'looked-at', by: null };
  const inTable = lines.filter((step) => step.table === rule.table);
  if (inTable.length === 0) return { fate: 'table-not-met', by: null };
  // The chain was entered if a line of it was printed; the last one before the rule's place left it.
  const inChain = inTable.filter((step) => step.chain === rule.chain && step.number < rule.number);
  const by = inChain.at(-1) ?? null;
  return { fate: by === null ? 'not-called' : 'left-before', by };
}

/**
 * Holds a rule against the last of `packets`; those before it go first, through one connection table.
 * @returns one answer a path, the likeliest first; empty if there is no packet
 */
export function whyNot(
  ruleset: Ruleset,
  context: Context,
  packets: readonly PacketSpec[],
  rule: Rule,
): readonly WhyNot[] {
  const simulator = Simulator.open(ruleset, context);
  const last = packets.at(-1);
  if (last === undefined) return [];
  for (const packet of packets.slice(0, -1)) {
    leaveBehind(simulator, branchesOf(simulator, packet, MOST_BRANCHES).branches);
  }
  const watches: Watch[] = [];
  const { branches } = branchesOf(simulator, last, MOST_BRANCHES, () => {
    const watch = new Watch(rule);
    watches.push(watch);
    return watch.ear;
  });
  return branches.map((branch, i): WhyNot => {
    const watch = watches[i] ?? new Watch(rule);
    const { fate, by } = fateOf(
      rule,
      watch,
      branch.lines.map(({ step }) => step),
    );
    const spare = watch.asOfLast === null ? [] : [watch.asOfLast];
    return { path: pathOf(branch), fate, by, looks: watch.looks.length > 0 ? watch.looks : spare };
  });
}
