/** `-m helper ! --helper ftp` ↔ `helper match ! "ftp"`: extensions/libxt_helper.c. */
import type { HelperMatch } from '../../model/match.ts';
import { quote } from '../line/quote.ts';
import { bang, type MatchSyntax, words } from './syntax.ts';

export const helper: MatchSyntax<HelperMatch> = {
  names: ['helper'],
  options: { helper: 1 },
  heads: ['helper'],
  fromSave(options) {
    const name = options.inverted('helper', (word) => word);
    return name === null ? null : { kind: 'helper', not: name.not, helper: name.value };
  },
  fromList(tail) {
    const found = tail.take(/helper match (! )?"([^"]*)"/y);
    return found === null ? null : { kind: 'helper', not: found[1] !== undefined, helper: found[2] ?? '' };
  },
  print: ({ not, helper: name }) => words('-m helper', bang(not), '--helper', quote(name)),
};
