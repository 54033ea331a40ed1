/** `-j TCPMSS --clamp-mss-to-pmtu` ↔ `TCPMSS clamp to PMTU`, `--set-mss n` ↔ `TCPMSS set n`: extensions/libxt_TCPMSS.c. */
import type { TcpmssTarget } from '../../model/target.ts';
import { parseNumber } from '../line/numbers.ts';
import type { TargetSyntax } from './syntax.ts';

export const tcpmss: TargetSyntax<TcpmssTarget> = {
  names: ['TCPMSS'],
  options: { 'set-mss': 1, 'clamp-mss-to-pmtu': 0 },
  fromSave(options) {
    if (options.has('clamp-mss-to-pmtu')) return { kind: 'TCPMSS', mss: null };
    const mss = options.value('set-mss', (word) => parseNumber(word, 0xffff));
    return mss === null ? null : { kind: 'TCPMSS', mss };
  },
  fromList(tail) {
    const found = tail.take(/TCPMSS (?:clamp to PMTU|set ([0-9]+))/y);
    return found === null ? null : { kind: 'TCPMSS', mss: found[1] === undefined ? null : Number(found[1]) };
  },
  print: ({ mss }) => `-j TCPMSS ${mss === null ? '--clamp-mss-to-pmtu' : `--set-mss ${mss}`}`,
};
