/**
 * Why a packet did not match a rule → blocks: where the packet was when it came to the rule, or left before
 * it, each condition with what the packet has there, and the rules that would have called the rule's chain.
 */

import type { ConditionResult } from '../model/evaluator.ts';
import { HOOKS, isBuiltin } from '../model/hook.ts';
import type { LoggedStep } from '../model/oracle.ts';
import type { PredictedPath, Prediction, RuleAnswer, WhyNot } from '../model/prediction.ts';
import type { Rule } from '../model/ruleset.ts';
import { isUnknown, type Ternary } from '../model/ternary.ts';
import type { Disposition } from '../model/walk.ts';
import { counted } from './count.ts';
import { type Block, type Line, line, span } from './outline.ts';
import { pathOutcome, placeOf } from './prediction-verdict.ts';
import { ownText, ownTextInChain } from './rule-text.ts';

/** Paths that an answer names one by one. */
const NAMED_PATHS = 8;

type Look = RuleAnswer['looks'][number];

/** The answer to one `--why-not`. */
export function whyNotBlocks(asked: WhyNot, prediction: Prediction): readonly Block[] {
  return [
    { kind: 'heading', text: line(`Why not ${nameOf(asked.rule)}?`) },
    list(ruleLine(ownText(asked.rule), asked.rule)),
    ...asked.answers.flatMap((answer) => answerBlocks(asked.rule, answer, prediction, true)),
    ...callersOf(asked, prediction, 1),
  ];
}

function nameOf({ table, chain, number }: Rule): string {
  return `${table} ${chain}:${number}`;
}

function ruleLine(text: string, { source }: Rule): Line {
  return line(span('code', text), span('muted', `  (${source.file}:${source.line})`));
}

function list(...items: readonly Line[]): Block {
  return { kind: 'list', items };
}

/** The rules that would have called the chain, down to those that the packet came to. */
function callersOf(
  { rule, answers, callers, moreCallers }: WhyNot,
  prediction: Prediction,
  level: number,
): readonly Block[] {
  if (!answers.some(({ fate }) => fate === 'not-called') || isBuiltin(rule.table, rule.chain)) return [];
  if (callers.length + moreCallers === 0) return [list(line(`No rule calls ${rule.chain}.`))];
  const more = `${counted(moreCallers, callers.length === 0 ? 'rule' : 'more rule')} would call ${rule.chain}.`;
  return [
    ...callers.flatMap((caller) => [
      list(
        line(
          `${'↑'.repeat(level)} `,
          span('strong', nameOf(caller.rule)),
          ` would call ${rule.chain}: `,
          ruleLine(ownTextInChain(caller.rule), caller.rule),
        ),
      ),
      ...caller.answers.flatMap((answer) => answerBlocks(caller.rule, answer, prediction, false)),
      ...callersOf(caller, prediction, level + 1),
    ]),
    ...(moreCallers === 0 ? [] : [list(line(span('muted', `${'↑'.repeat(level)} ${more}`)))]),
  ];
}

/** @param thorough Say also what a rule that was never looked at would have said */
function answerBlocks(
  rule: Rule,
  answer: RuleAnswer,
  prediction: Prediction,
  thorough: boolean,
): readonly Block[] {
  const ways = waysText(answer, prediction);
  const [first] = answer.paths;
  const path = first === undefined ? undefined : prediction.paths[first];
  if (answer.fate === 'looked-at') {
    return answer.looks.flatMap((look) => [list(lookLine(look, ways)), ...conditions(look)]);
  }
  const spare = thorough ? answer.looks.filter((look) => told(look).length > 0) : [];
  return [
    list(line(ways, ...elsewhere(rule, answer, path))),
    ...spare.flatMap((look) => [list(spareLine(look)), ...conditions(look)]),
  ];
}

/** `On way 2: `; empty if it holds for all. */
function waysText({ paths }: RuleAnswer, prediction: Prediction): string {
  if (paths.length >= prediction.paths.length) return '';
  const named = paths.slice(0, NAMED_PATHS).map((path) => path + 1);
  const rest = paths.length - named.length;
  return `on ${paths.length === 1 ? 'way' : 'ways'} ${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}: `;
}

function lookLine(look: Look, ways: string): Line {
  const { hook, matches } = look;
  const where = `${ways}looked at${hook === null ? '' : ` in ${hook}`}: `;
  if (isUnknown(matches)) return line(where, span('warn', 'nobody can tell'), ' whether it matches');
  if (!matches) return line(where, 'it ', span('bad', 'does not match'));
  const all = told(look).length === 0 ? ', it asks nothing' : '';
  return line(where, 'it ', span('good', 'does match'), all);
}

function spareLine({ matches }: Look): Line {
  const would = isUnknown(matches)
    ? 'nobody can tell whether it would have matched'
    : matches
      ? 'it would have matched'
      : 'it would not have matched either';
  return line(`As the packet was there, ${would}:`);
}

/** What the outcome is said of, where `it is` does not go with its verb. */
const INSTEAD: Partial<Record<Disposition, string>> = { vanished: '; it ', unknown: '; ' };

/** Where the packet was instead. */
function elsewhere(
  { table, chain }: Rule,
  { fate, by }: RuleAnswer,
  path: PredictedPath | undefined,
): readonly (string | Line)[] {
  const ended = path === undefined ? [] : line(INSTEAD[path.disposition] ?? '; it is ', pathOutcome(path));
  switch (fate) {
    case 'left-before':
      return by === null
        ? []
        : [`the packet leaves ${chain} before it, by `, stepLine(by), ...endIn(by, path)];
    case 'not-called': {
      if (!isBuiltin(table, chain)) return [`nothing calls ${chain}`];
      const hooks = HOOKS.filter((hook) => path?.steps.some((step) => step.hook === hook));
      return [`the packet does not pass ${chain}, but ${hooks.join(', ')}`, ended];
    }
    default:
      return [`the packet does not meet table ${table}${missed(table, path)}`, ended];
  }
}

function stepLine(step: LoggedStep): Line {
  const text = step.rule === null ? [] : ['  ', span('code', ownTextInChain(step.rule))];
  return line(span('strong', placeOf(step)), ...text);
}

/** What the table's run ended with, if the rule that left the chain called another one for it. */
function endIn(by: LoggedStep, path: PredictedPath | undefined): readonly Line[] {
  if (path === undefined) return [];
  const { steps } = path;
  const from = steps.findLastIndex(
    ({ hook, table, chain, number }) =>
      hook === by.hook && table === by.table && chain === by.chain && number === by.number,
  );
  if (from < 0) return [];
  const rest = steps.slice(from);
  const other = rest.findIndex(({ hook, table }) => hook !== by.hook || table !== by.table);
  const last = other < 0 ? rest.at(-1) : rest[other - 1];
  return last === undefined || last === rest[0] ? [] : [line(', which comes to its end by '), stepLine(last)];
}

function missed(table: string, path: PredictedPath | undefined): string {
  const passed = path?.steps.some(({ hook }) => hook !== 'PREROUTING' && hook !== 'OUTPUT');
  return table === 'nat' && passed === true ? ', which only the first packet of a connection does' : '';
}

const RESULT = {
  yes: span('good', 'yes'),
  no: span('bad', 'no'),
  unknown: span('warn', 'unknown'),
};

function resultOf(result: Ternary): keyof typeof RESULT {
  return isUnknown(result) ? 'unknown' : result ? 'yes' : 'no';
}

/** Conditions without comments, which hold for every packet. */
function told({ conditions: all }: Look): readonly ConditionResult[] {
  return all.filter(({ condition }) => !condition.startsWith('-m comment '));
}

function conditions(look: Look): readonly Block[] {
  const shown = told(look);
  if (shown.length === 0) return [];
  return [
    {
      kind: 'table',
      head: ['', 'condition', 'the packet has'],
      align: ['left', 'left', 'left'],
      rows: shown.map(({ condition, result, value }) => [
        line(RESULT[resultOf(result)]),
        line(span('code', condition)),
        valueLine(result, value),
      ]),
    },
  ];
}

/** What the packet has; where that is open, why. */
function valueLine(result: Ternary, value: string): Line {
  if (!isUnknown(result)) return line(value);
  const why = span('muted', result.unknown);
  return value === '' || value === 'unknown' ? line(why) : line(value, ', ', why);
}
