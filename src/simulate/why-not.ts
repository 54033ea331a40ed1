/**
 * Why a packet matched a rule or did not: each look at the rule with its conditions, or where the packet
 * left before it could come there; where nothing called the rule's chain, the same of the rules that would.
 */
import type { ConditionResult, Explain } from '../model/evaluator.ts';
import type { Hook } from '../model/hook.ts';
import type { LoggedStep } from '../model/oracle.ts';
import type { RuleAnswer, WhyNot } from '../model/prediction.ts';
import type { Rule } from '../model/ruleset.ts';
import { and, type Ternary } from '../model/ternary.ts';
import type { Branch, Ear } from './branch.ts';
import type { Callers } from './callers.ts';
import { explainRule } from './explain.ts';

/** The packet to ask about. */
export interface Question {
  /** Sends it along all its branches again, each with an ear of its own. */
  readonly lookAgain: (ear: () => Ear) => { readonly branches: readonly Branch[] };
  /** Of each branch, the index of its path. */
  readonly indices: readonly number[];
  readonly callers: Callers;
}

/** Callers of one chain that are asked in their turn, and how far up that goes. */
const MOST_CALLERS = 3;
const MOST_LEVELS = 6;

interface Look {
  readonly hook: Hook | null;
  readonly matches: Ternary;
  readonly conditions: readonly ConditionResult[];
}

function lookOf(conditions: readonly ConditionResult[], hook: Look['hook']): Look {
  return { hook, conditions, matches: and(...conditions.map(({ result }) => result)) };
}

/** What one branch showed of the rule. */
class Watch {
  readonly looks: Look[] = [];
  /** As of the line that left the rule's chain before it. */
  asLeft: Look | null = null;
  /** As of the last line in the rule's table, at a hook that leads to its chain. */
  asOfLast: Look | null = null;
  readonly #rule: Rule;
  readonly #hooks: ReadonlySet<Hook>;

  constructor(rule: Rule, hooks: ReadonlySet<Hook>) {
    this.#rule = rule;
    this.#hooks = hooks;
  }

  get ear(): Ear {
    const rule = this.#rule;
    return {
      hear: (step, explain) => {
        if (step.table !== rule.table || !this.#hooks.has(step.hook)) return;
        this.asOfLast = lookOf(explain(rule), step.hook);
        if (step.chain === rule.chain && step.number < rule.number) this.asLeft = this.asOfLast;
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

type Answer = Omit<RuleAnswer, 'paths'>;

function answerOf(rule: Rule, { looks, asLeft, asOfLast }: Watch, lines: Branch['lines']): Answer {
  if (looks.length > 0) return { fate: 'looked-at', by: null, looks };
  const inTable = lines.map(({ step }) => step).filter((step) => step.table === rule.table);
  if (inTable.length === 0) return { fate: 'table-not-met', by: null, looks: [] };
  // The chain was entered if a line of it was printed; the last one before the rule's place left it.
  const by = inTable.findLast((step) => step.chain === rule.chain && step.number < rule.number) ?? null;
  const spare = by === null ? asOfLast : asLeft;
  return { fate: by === null ? 'not-called' : 'left-before', by, looks: spare === null ? [] : [spare] };
}

function answersOf(rule: Rule, { lookAgain, indices, callers }: Question): readonly RuleAnswer[] {
  const hooks = callers.hooksOf(rule);
  const watches: Watch[] = [];
  const { branches } = lookAgain(() => {
    const watch = new Watch(rule, hooks);
    watches.push(watch);
    return watch.ear;
  });
  const answers = new Map<string, { answer: Answer; paths: Set<number> }>();
  branches.forEach(({ lines }, i) => {
    const answer = answerOf(rule, watches[i] ?? new Watch(rule, hooks), lines);
    const key = JSON.stringify([answer.fate, answer.by?.chain, answer.by?.number, answer.looks]);
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
  const callers = uncalled && level < MOST_LEVELS ? question.callers.of(rule) : [];
  const named = nearest(
    callers.filter((caller) => !asked.has(caller)),
    question,
  );
  return {
    rule,
    answers,
    callers: named.map((caller) => answer(caller, question, asked, level + 1)),
    moreCallers: callers.length - named.length,
  };
}

/**
 * The callers in chains that the packet came through, then those that lack least to match it as it comes to
 * their table, those that ask most of it first.
 */
function nearest(callers: readonly Rule[], { lookAgain }: Question): readonly Rule[] {
  if (callers.length <= MOST_CALLERS) return callers;
  const distances = new Map<Rule, { no: number; yes: number }>();
  const measure = (step: LoggedStep, explain: Explain): void => {
    for (const caller of callers) {
      if (caller.table !== step.table) continue;
      const results = explain(caller).map(({ result }) => result);
      const no = results.filter((result) => result === false).length;
      const yes = results.filter((result) => result === true).length;
      const before = distances.get(caller);
      if (before === undefined || no < before.no) distances.set(caller, { no, yes });
    }
  };
  let ears = 0;
  const { branches } = lookAgain(() => {
    // The first branch tells enough: the packet as it comes to each hook's table.
    const first = ears++ === 0;
    let place = '';
    return {
      hear: (step, explain) => {
        const here = `${step.hook} ${step.table}`;
        if (first && here !== place) measure(step, explain);
        place = here;
      },
      watch: null,
    };
  });
  const entered = new Set(branches[0]?.lines.map(({ step }) => `${step.table} ${step.chain}`));
  const rankOf = (caller: Rule): readonly [number, number, number] => {
    const { no, yes } = distances.get(caller) ?? { no: Number.MAX_SAFE_INTEGER, yes: 0 };
    return [entered.has(`${caller.table} ${caller.chain}`) ? 0 : 1, no, -yes];
  };
  return callers
    .map((caller) => ({ caller, rank: rankOf(caller) }))
    .sort(({ rank: a }, { rank: b }) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2])
    .slice(0, MOST_CALLERS)
    .map(({ caller }) => caller);
}
