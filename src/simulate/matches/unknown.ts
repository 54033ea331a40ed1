/** Conditions that cannot be evaluated: extensions that we do not know, unread values, what a listing lost. */
import type { UnknownMatch } from '../../model/match.ts';
import { doubt } from '../ask.ts';
import type { Evaluator } from '../evaluate.ts';

export const unknown: Evaluator<UnknownMatch> = ({ name, text, why }, run) => {
  const { rule } = run;
  const place = rule === null ? '' : `${rule.table}:${rule.chain}:${rule.number}`;
  const what =
    why === 'lost'
      ? `the ${name} condition that the listing of ${place} lost`
      : `${text || name} of ${place}`;
  return doubt({
    kind: why === 'lost' ? 'host' : 'packet',
    key: `unknown ${name} ${text} ${place} ${run.visit}`,
    unknown: why === 'lost' ? 'the listing does not show it' : 'it is not understood',
    yes: `${what} holds`,
    no: `${what} does not hold`,
  });
};
