/** `-m addrtype ! --dst-type LOCAL` ↔ `ADDRTYPE match dst-type !LOCAL`: extensions/libxt_addrtype.c. */
import { ADDRESS_TYPES, type AddressType, type AddrtypeMatch, type Inv } from '../../model/match.ts';
import type { Tail } from '../line/tail.ts';
import { bang, type MatchSyntax, words } from './syntax.ts';

function parseTypes(text: string): readonly AddressType[] | null {
  const found = new Set(text.split(',').map((name) => name.toUpperCase()));
  const types = ADDRESS_TYPES.filter((type) => found.has(type));
  return types.length === found.size ? types : null;
}

/** Revision 0 printed no blank after `dst-type`. */
const LISTED = { src: /src-type ?(!?)([A-Z,]+)/y, dst: /dst-type ?(!?)([A-Z,]+)/y };

function listedTypes(tail: Tail, side: 'src' | 'dst'): Inv<readonly AddressType[]> | null {
  const found = tail.take(LISTED[side]);
  if (found === null) return null;
  return { not: found[1] === '!', value: tail.value(parseTypes(found[2] ?? ''), []) };
}

export const addrtype: MatchSyntax<AddrtypeMatch> = {
  names: ['addrtype'],
  options: { 'src-type': 1, 'dst-type': 1, 'limit-iface-in': 0, 'limit-iface-out': 0 },
  heads: ['ADDRTYPE'],
  fromSave: (options) => ({
    kind: 'addrtype',
    src: options.inverted('src-type', parseTypes),
    dst: options.inverted('dst-type', parseTypes),
    limitIfaceIn: options.has('limit-iface-in'),
    limitIfaceOut: options.has('limit-iface-out'),
  }),
  fromList(tail) {
    if (tail.take(/ADDRTYPE match(?= )/y) === null) return null;
    const src = listedTypes(tail, 'src');
    const dst = listedTypes(tail, 'dst');
    const limitIfaceIn = tail.word('limit-in');
    return { kind: 'addrtype', src, dst, limitIfaceIn, limitIfaceOut: tail.word('limit-out') };
  },
  print: ({ src, dst, limitIfaceIn, limitIfaceOut }) =>
    words(
      '-m addrtype',
      src && words(bang(src.not), '--src-type', src.value.join(',')),
      dst && words(bang(dst.not), '--dst-type', dst.value.join(',')),
      limitIfaceIn && '--limit-iface-in',
      limitIfaceOut && '--limit-iface-out',
    ),
};
