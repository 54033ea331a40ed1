/** ACCEPT, DROP, RETURN and QUEUE take no options and print none. */
import type { VerdictTarget } from '../../model/target.ts';
import type { TargetSyntax } from './syntax.ts';

const VERDICTS = ['ACCEPT', 'DROP', 'RETURN', 'QUEUE'] as const;

function verdictOf(name: string): VerdictTarget | null {
  const verdict = VERDICTS.find((known) => known === name);
  return verdict === undefined ? null : { kind: 'verdict', verdict };
}

export const verdict: TargetSyntax<VerdictTarget> = {
  names: VERDICTS,
  options: {},
  fromSave: (_options, name) => verdictOf(name),
  fromList: (_tail, name) => verdictOf(name),
  print: (target) => `-j ${target.verdict}`,
};
