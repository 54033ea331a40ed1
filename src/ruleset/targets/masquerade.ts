/** `-j MASQUERADE --to-ports 1-2 --random-fully` ↔ `masq ports: 1-2 random-fully`, or nothing: extensions/libxt_NAT.c. */
import type { MasqueradeTarget } from '../../model/target.ts';
import { parsePortSpan } from '../line/numbers.ts';
import { words } from '../matches/syntax.ts';
import { printSpan } from './nat.ts';
import type { TargetSyntax } from './syntax.ts';

export const masquerade: TargetSyntax<MasqueradeTarget> = {
  names: ['MASQUERADE'],
  options: { 'to-ports': 1, random: 0, 'random-fully': 0 },
  fromSave: (options) => ({
    kind: 'MASQUERADE',
    ports: options.value('to-ports', parsePortSpan),
    random: options.has('random'),
    randomFully: options.has('random-fully'),
  }),
  fromList(tail) {
    const ports = tail.take(/masq ports: ([0-9-]+)/y);
    const random = tail.word('random');
    const randomFully = tail.word('random-fully');
    const span = ports === null ? null : tail.value(parsePortSpan(ports[1] ?? ''), { from: 0, to: 0 });
    return { kind: 'MASQUERADE', ports: span, random, randomFully };
  },
  print: ({ ports, random, randomFully }) =>
    words(
      '-j MASQUERADE',
      ports && `--to-ports ${printSpan(ports)}`,
      random && '--random',
      randomFully && '--random-fully',
    ),
};
