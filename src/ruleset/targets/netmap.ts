/** `-j NETMAP --to 10.9.0.0/16` ↔ `to:10.9.0.0/16`; up to 1.4.x without `to:`. Sources: libipt_NETMAP.c, libip6t_NETMAP.c. */
import type { NetmapTarget } from '../../model/target.ts';
import { printNetwork, readNetwork } from '../line/addresses.ts';
import type { TargetSyntax } from './syntax.ts';

export const netmap: TargetSyntax<NetmapTarget> = {
  names: ['NETMAP'],
  options: { to: 1 },
  fromSave(options) {
    const network = options.value('to', (word) => readNetwork(word, options.family));
    return network === null ? null : { kind: 'NETMAP', network };
  },
  fromList(tail) {
    const found = tail.take(/(?:to:)?([0-9a-f:.]+\/[0-9a-f:.]+)(?=\s|$)/y);
    const network = found === null ? null : readNetwork(found[1] ?? '', tail.family);
    return network === null ? null : { kind: 'NETMAP', network };
  },
  print: ({ network }) => `-j NETMAP --to ${printNetwork(network)}`,
};
