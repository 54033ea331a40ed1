/** A line that cannot be read as a rule: its number stands, its meaning is unknown. */
import type { RuleLine } from '../rule-line.ts';

/** @param column of what cannot be, from 1 */
export function damagedLine(line: string, column: number): RuleLine {
  return {
    command: 'append',
    chain: null,
    number: null,
    matches: [],
    target: { kind: 'unknown', name: '', text: line, why: 'value' },
    counters: null,
    damaged: true,
    problems: [{ code: 'rule.damaged', column, length: Math.max(1, line.length - column + 1), args: {} }],
  };
}
