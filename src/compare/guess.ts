/**
 * What a rule that nobody has must have done, as far as the lines show it: a walk and the step that the rule
 * printed → a target. No line of it: it did nothing that shows.
 */
import type { Target } from '../model/target.ts';
import type { Step, Walk } from '../model/walk.ts';
import type { ChainName } from './variants.ts';

const CONTINUES: Target = { kind: 'none' };
const LEAVES: Target = { kind: 'verdict', verdict: 'ACCEPT' };
const RETURNS: Target = { kind: 'verdict', verdict: 'RETURN' };

/** The target of the rule with this number, looking back from step `at`. */
export function guessTarget(walk: Walk, name: ChainName, number: number, at: number): Target {
  const index = walk.steps.findLastIndex(
    (step, i) => i <= at && isOf(step, name) && step.event.number === number,
  );
  const step = walk.steps[index];
  if (step === undefined) return CONTINUES;
  const next = walk.steps[index + 1];
  if (next === undefined || next.event.table !== name.table) return LEAVES;
  if (isOf(next, name)) return next.event.number > number ? marking(step, next) : RETURNS;
  if (step.event.type !== 'rule') return RETURNS;
  // Whether it calls a chain or returns to its caller: the caller's line stands earlier in this table.
  const caller = walk.steps
    .slice(0, index)
    .some(
      (earlier) =>
        isOf(earlier, { ...name, chain: next.event.chain }) && earlier.event.number < next.event.number,
    );
  return caller ? RETURNS : { kind: 'jump', chain: next.event.chain, goto: false };
}

function isOf({ event }: Step, { family, table, chain }: ChainName): boolean {
  return event.chain === chain && event.table === table && event.packet.family === family;
}

function marking(step: Step, next: Step): Target {
  const changed = (step.event.packet.mark ^ next.event.packet.mark) >>> 0;
  if (changed === 0) return CONTINUES;
  return { kind: 'MARK', value: (next.event.packet.mark & changed) >>> 0, mask: changed };
}
