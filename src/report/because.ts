/** Why a walk diverges → the words for it: the rule, what it asks or says, and what is there instead. */
import type { Divergence } from '../model/check.ts';
import { type Line, line, span } from './outline.ts';

/** A field of the packet with its value, which is no condition of a rule. */
const FIELD = /^(?:mark|dst|dport|src|sport|ttl|tos|length|in|out|protocol|icmpId) /;

/**
 * `filter:FORWARD:3 asks -p tcp, the packet has udp`; `… says -j DROP, but the packet went on in mangle:POSTROUTING`;
 * of the rule that was to come, `… would match: it asks -p udp, and the packet has udp`.
 */
export function becauseLine({ expected, observed, because }: Divergence): Line {
  if (because === null) return [];
  const { rule, condition, value } = because;
  const [code, strong] = [span('code', condition), span('strong', value)];
  // What a rule does is no question.
  if (/^-[jg] |^policy /.test(condition)) {
    const link = value.startsWith('went on ') ? ', but the packet ' : ', the packet has ';
    return line(`${rule} says `, code, link, strong);
  }
  // No rule wrote the field that is not as it should be: routing did, or the packet came so.
  if (expected === observed && FIELD.test(condition)) {
    return line(`at ${rule} the packet should have `, code, ', and has ', strong);
  }
  const isMet = expected !== observed && expected?.replace(/:rule:(\d+)$/, ':$1') === rule;
  return isMet
    ? line(`${rule} would match: it asks `, code, ', and the packet has ', strong)
    : line(`${rule} asks `, code, ', the packet has ', strong);
}
