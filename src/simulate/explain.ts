/** A rule held against a packet, condition by condition: yes, no or unknown, with what the packet has there. */
import type { ConditionResult } from '../model/evaluator.ts';
import type { Rule } from '../model/ruleset.ts';
import { unknown } from '../model/ternary.ts';
import { HOTDROP, isDoubt } from './ask.ts';
import { conditionTexts } from './condition-text.ts';
import { evaluateMatch } from './matches/index.ts';
import { packetValue } from './packet-value.ts';
import type { Run } from './run.ts';

/** Asks nobody: what was answered before counts, what is open is unknown. */
export function explainRule(rule: Rule, run: Run): readonly ConditionResult[] {
  const { rule: before, match: matchBefore } = run;
  run.rule = rule;
  const texts = conditionTexts(rule);
  const results = rule.matches.map((match, i): ConditionResult => {
    run.match = match;
    const outcome = evaluateMatch(match, run);
    const known = isDoubt(outcome) ? (run.ask.answered(outcome) ?? unknown(outcome.unknown)) : outcome;
    return {
      condition: texts[i] ?? match.kind,
      result: known === HOTDROP ? false : known,
      value: packetValue(match, run),
    };
  });
  run.rule = before;
  run.match = matchBefore;
  return results;
}
