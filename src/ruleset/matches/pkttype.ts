/** `-m pkttype ! --pkt-type multicast` ↔ `PKTTYPE != multicast`: extensions/libxt_pkttype.c. */
import type { PkttypeMatch } from '../../model/match.ts';
import { bang, type MatchSyntax, words } from './syntax.ts';

const TYPES = new Map<string, PkttypeMatch['type']>([
  ['unicast', 'unicast'],
  ['broadcast', 'broadcast'],
  ['multicast', 'multicast'],
  ['host', 'unicast'],
  ['bcast', 'broadcast'],
  ['mcast', 'multicast'],
]);

function parseType(text: string): PkttypeMatch['type'] | null {
  return TYPES.get(text.toLowerCase()) ?? null;
}

export const pkttype: MatchSyntax<PkttypeMatch> = {
  names: ['pkttype'],
  options: { 'pkt-type': 1 },
  heads: ['PKTTYPE'],
  fromSave(options) {
    const type = options.inverted('pkt-type', parseType);
    return type === null ? null : { kind: 'pkttype', not: type.not, type: type.value };
  },
  fromList(tail) {
    const found = tail.take(/PKTTYPE (!?)= (\S+)/y);
    if (found === null) return null;
    return { kind: 'pkttype', not: found[1] === '!', type: tail.value(parseType(found[2] ?? ''), 'unicast') };
  },
  print: ({ not, type }) => words('-m pkttype', bang(not), '--pkt-type', type),
};
