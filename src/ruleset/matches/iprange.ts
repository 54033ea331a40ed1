/** `-m iprange ! --src-range a-b` ↔ `source IP range ! a-b`: extensions/libxt_iprange.c. */
import type { AddressRange, Inv, IprangeMatch } from '../../model/match.ts';
import { printAddressRange, readAddressRange } from '../line/addresses.ts';
import type { Tail } from '../line/tail.ts';
import { bang, type MatchSyntax, words } from './syntax.ts';

function listed(tail: Tail, pattern: RegExp): Inv<AddressRange> | null {
  const found = tail.take(pattern);
  if (found === null) return null;
  const range = readAddressRange(found[2] ?? '', tail.family);
  if (range === null) tail.faulty = true;
  return range && { not: found[1] !== undefined, value: range };
}

export const iprange: MatchSyntax<IprangeMatch> = {
  names: ['iprange'],
  options: { 'src-range': 1, 'dst-range': 1 },
  heads: ['source', 'destination'],
  fromSave: (options) => ({
    kind: 'iprange',
    src: options.inverted('src-range', (word) => readAddressRange(word, options.family)),
    dst: options.inverted('dst-range', (word) => readAddressRange(word, options.family)),
  }),
  fromList(tail) {
    const start = tail.at;
    const src = listed(tail, /source IP range (! )?(\S+)/y);
    const dst = listed(tail, /destination IP range (! )?(\S+)/y);
    return tail.at === start ? null : { kind: 'iprange', src, dst };
  },
  print: ({ src, dst }) =>
    words(
      '-m iprange',
      src && words(bang(src.not), '--src-range', printAddressRange(src.value)),
      dst && words(bang(dst.not), '--dst-range', printAddressRange(dst.value)),
    ),
};
