/** `-j REDIRECT --to-ports 15001 --random` ↔ `redir ports 15001 random`, or nothing: extensions/libxt_NAT.c. */
import type { RedirectTarget } from '../../model/target.ts';
import { parsePortSpan } from '../line/numbers.ts';
import { words } from '../matches/syntax.ts';
import { printSpan } from './nat.ts';
import type { TargetSyntax } from './syntax.ts';

export const redirect: TargetSyntax<RedirectTarget> = {
  names: ['REDIRECT'],
  options: { 'to-ports': 1, random: 0 },
  fromSave: (options) => ({
    kind: 'REDIRECT',
    ports: options.value('to-ports', parsePortSpan),
    random: options.has('random'),
  }),
  fromList(tail) {
    const ports = tail.take(/redir ports ([0-9-]+)/y);
    const span = ports === null ? null : tail.value(parsePortSpan(ports[1] ?? ''), { from: 0, to: 0 });
    return { kind: 'REDIRECT', ports: span, random: tail.word('random') };
  },
  print: ({ ports, random }) =>
    words('-j REDIRECT', ports && `--to-ports ${printSpan(ports)}`, random && '--random'),
};
