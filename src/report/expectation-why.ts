/**
 * Why a packet did not come where it was expected → one line for each rule on the way there that did not let it
 * through: the condition that said no, with what the packet has.
 */
import { isBuiltin } from '../model/hook.ts';
import type { RuleAnswer, WhyNot } from '../model/prediction.ts';
import type { Rule } from '../model/ruleset.ts';
import { isUnknown } from '../model/ternary.ts';
import { counted } from './count.ts';
import { joined, type Line, line, span } from './outline.ts';
import { placeOf } from './prediction-verdict.ts';
import { ownText } from './rule-text.ts';

/** Reasons of one answer. */
const MOST_REASONS = 6;

type Look = RuleAnswer['looks'][number];

/** Why, and the rule that says so; null: the reason names it. */
interface Reason {
  readonly text: Line;
  readonly rule: Rule | null;
}

/** @param chain Whether the chain as a whole was meant: then its first rule stands for it. */
export function whyNotLines(asked: WhyNot, chain: boolean): readonly Line[] {
  const reasons = new Map([...reasonsOf(asked, chain)].map((reason) => [plain(reason), reason]));
  const more = reasons.size - MOST_REASONS;
  return [
    ...[...reasons.values()].slice(0, MOST_REASONS).flatMap(({ text, rule }) => {
      if (rule === null) return [text];
      const { file, line: at } = rule.source;
      return [text, line('  ', span('code', ownText(rule)), span('muted', `  (${file}:${at})`))];
    }),
    ...(more > 0 ? [line(span('muted', `and ${counted(more, 'more reason')}`))] : []),
  ];
}

/** Ways that part elsewhere give the same reason. */
function plain({ text }: Reason): string {
  return text.map((each) => each.text).join('');
}

function* reasonsOf({ rule, answers, callers, moreCallers }: WhyNot, chain: boolean): Iterable<Reason> {
  for (const answer of answers) yield* answerReasons(rule, answer, chain);
  if (!answers.some(({ fate }) => fate === 'not-called') || isBuiltin(rule.table, rule.chain)) return;
  if (callers.length + moreCallers === 0) yield { text: line(`no rule calls ${rule.chain}`), rule: null };
  for (const caller of callers) yield* reasonsOf(caller, false);
  if (moreCallers > 0) {
    const more = span('muted', `${counted(moreCallers, 'more rule')} would call ${rule.chain}`);
    yield { text: line(more), rule: null };
  }
}

/** Nothing where the rules that would have called the chain say it. */
function* answerReasons(rule: Rule, { fate, by, looks }: RuleAnswer, chain: boolean): Iterable<Reason> {
  const { table, chain: name } = rule;
  if (fate === 'looked-at') {
    const look = looks.find(({ matches }) => matches !== true);
    if (look !== undefined) yield { text: line(nameOf(rule), ' ', ...refusalOf(look)), rule };
  } else if (fate === 'left-before') {
    if (chain || by === null) return;
    const text = line(nameOf(rule), ` is not reached: ${placeOf(by)} leaves ${name} before it`);
    yield { text, rule: by.rule };
  } else if (fate === 'not-called') {
    if (isBuiltin(table, name)) yield { text: line(`it does not pass ${table} ${name}`), rule: null };
  } else {
    const who = table === 'nat' ? ', which only the first packet of a connection does' : '';
    yield { text: line(`it does not meet table ${table}${who}`), rule: null };
  }
}

function nameOf({ table, chain, number }: Rule): ReturnType<typeof span> {
  return span('strong', `${table}:${chain}:${number}`);
}

/** `does not match: -p tcp (the packet has udp)`. */
function refusalOf({ conditions }: Look): readonly (string | Line)[] {
  const no = conditions.filter(({ result }) => result === false);
  const open = conditions.filter(({ result }) => isUnknown(result));
  const said = (no.length > 0 ? no : open).map(({ condition, result, value }) => {
    const has = isUnknown(result) ? result.unknown : `the packet has ${value === '' ? 'none' : value}`;
    return line(span('code', condition), ` (${has})`);
  });
  return [no.length > 0 ? 'does not match: ' : 'may not match: ', joined(said, ', ')];
}
