/** Why a walk diverges → the words for it: the rule, what it asks or says, and what is there instead. */
import type { Divergence } from '../model/check.ts';
import { type Line, line, span } from './outline.ts';

/** `filter:FORWARD:3 asks -p tcp, the packet has udp`; `… says -j DROP, but the packet went on in mangle:POSTROUTING`. */
export function becauseLine({ rule, condition, value }: NonNullable<Divergence['because']>): Line {
  // What a rule does is no question.
  const verb = /^-[jg] |^policy /.test(condition) ? 'says' : 'asks';
  const link = value.startsWith('went on ') ? ', but the packet ' : ', the packet has ';
  return line(`${rule} ${verb} `, span('code', condition), link, span('strong', value));
}
