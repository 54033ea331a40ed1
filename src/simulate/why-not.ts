/**
 * Why a packet matched a rule or did not: each look at the rule with its conditions, or where the packet
 * left before it could come there; where nothing called the rule's chain, the same of the rules that would.
 */
import type { ConditionResult } from '../model/evaluator.ts';
import type { LoggedStep } from '../model/oracle.ts';
import type { RuleAnswer, WhyNot } from '../model/prediction.ts';
import type { Rule, Ruleset } from '../model/ruleset.ts';
import { and, type Ternary } from '../model/ternary.ts';
import type { Branch, Ear } from './branch.ts';
import { explainRule } from './explain.ts';

/** The packet to ask about. */
export interface Question {
  /** Sends it along all its branches again, each with an ear of its own. */
  readonly lookAgain: (ear: () => Ear) => { readonly branches: readonly Branch[] };
  /** Of each branch, the index of its path. */
  readonly indices: readonly number[];
  readonly callers: (rule: Rule) => readonly Rule[];
}

/** Callers of one chain that are asked in their turn, and how far up that goes. */
const MOST_CALLERS = 3;
const MOST_LEVELS = 6;

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

type Fate = Pick<RuleAnswer, 'fate' | 'by'>;

function fateOf(rule: Rule, watch: Watch, lines: Branch['lines']): Fate {
  if (watch.looks.length > 0) return { fate: 'looked-at', by: null };
  const inTable = lines.map(({ step }) => step).filter((step) => step.table === rule.table);
  if (inTable.length === 0) return { fate: 'table-not-met', by: null };
  // The chain was entered if a line of it was printed; the last one before the rule's place left it.
  const inChain = inTable.filter((step) => step.chain === rule.chain && step.number < rule.number);
  const by = inChain.at(-1) ?? null;
  return { fate: by === null ? 'not-called' : 'left-before', by };
}

function answersOf(rule: Rule, { lookAgain, indices }: Question): readonly RuleAnswer[] {
  const watches: Watch[] = [];
  const { branches } = lookAgain(() => {
    const watch = new Watch(rule);
    watches.push(watch);
    return watch.ear;
  });
  const answers = new Map<string, { answer: Omit<RuleAnswer, 'paths'>; paths: Set<number> }>();
  branches.forEach(({ lines }, i) => {
    const watch = watches[i] ?? new Watch(rule);
    const spare = watch.asOfLast === null ? [] : [watch.asOfLast];
    const looks = watch.looks.length > 0 ? watch.looks : spare;
    const answer = { ...fateOf(rule, watch, lines), looks };
    const key = JSON.stringify([answer.fate, answer.by?.chain, answer.by?.number, looks]);
    const known = answers.get(key) ?? { answer, paths: new Set() };
    known.paths.add(indices[i] ?? 0);
    answers.set(key, known);
  });
  return [...answers.values()]
    .map(({ answer, paths }) => ({ ...answer, paths: [...paths].sort((a, b) => a - b) }))
    .sort((a, b) => (a.paths[0] ?? 0) - (b.paths[0] ?? 0));
}

/** Answers a question about one packet. */
export function whyNot(rule: Rule, question: Question): WhyNot {
  return answer(rule, question, new Set(), 0);
}

function answer(rule: Rule, question: Question, asked: Set<Rule>, level: number): WhyNot {
  asked.add(rule);
  const answers = answersOf(rule, question);
  const uncalled = answers.some(({ fate }) => fate === 'not-called');
  const callers = uncalled && level < MOST_LEVELS ? question.callers(rule) : [];
  const named = callers.filter((caller) => !asked.has(caller)).slice(0, MOST_CALLERS);
  return {
    rule,
    answers,
    callers: named.map((caller) => answer(caller, question, asked, level + 1)),
    moreCallers: callers.length - named.length,
  };
}

/** Finds the rules that jump or go to a rule's chain, in the order of the table. */
export function callersIn(ruleset: Ruleset): Question['callers'] {
  let callers: Map<string, Rule[]> | null = null;
  const keyOf = ({ family, table }: Rule, chain: string): string => `${family} ${table} ${chain}`;
  const gather = (): Map<string, Rule[]> => {
    const found = new Map<string, Rule[]>();
    for (const rule of ruleset.tables.flatMap(({ chains }) => [...chains.values()].flatMap(rulesOf))) {
      if (rule.target.kind !== 'jump') continue;
      const key = keyOf(rule, rule.target.chain);
      const known = found.get(key);
      if (known === undefined) found.set(key, [rule]);
      else known.push(rule);
    }
    return found;
  };
  return (rule) => {
    callers ??= gather();
    return callers.get(keyOf(rule, rule.chain)) ?? [];
  };
}

function rulesOf({ rules }: { readonly rules: readonly Rule[] }): readonly Rule[] {
  return rules;
}
