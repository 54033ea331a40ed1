/** `-m nfacct --nfacct-name  x` ↔ `nfacct-name  x`: two blanks in both (extensions/libxt_nfacct.c). */
import type { NfacctMatch } from '../../model/match.ts';
import { quote, unquote } from '../line/quote.ts';
import type { MatchSyntax } from './syntax.ts';

export const nfacct: MatchSyntax<NfacctMatch> = {
  names: ['nfacct'],
  options: { 'nfacct-name': 1 },
  heads: ['nfacct-name'],
  fromSave(options) {
    const name = options.text('nfacct-name');
    return name === null ? null : { kind: 'nfacct', name };
  },
  fromList(tail) {
    const found = tail.take(/nfacct-name +("(?:[^"\\]|\\[\s\S])*"|[^\s"]+)/y);
    return found === null ? null : { kind: 'nfacct', name: unquote(found[1] ?? '') };
  },
  print: ({ name }) => `-m nfacct --nfacct-name  ${quote(name)}`,
};
