/** `-m mac ! --mac-source aa:…` ↔ `MAC ! aa:…`; up to 1.8.7 `MAC00:…`, in upper case: extensions/libxt_mac.c. */
import type { MacMatch } from '../../model/match.ts';
import { bang, type MatchSyntax, words } from './syntax.ts';

/** Six bytes in hexadecimal, two digits each, in lower case. */
function parseMac(text: string): string | null {
  const bytes = text.toLowerCase().split(':');
  const sound = bytes.length === 6 && bytes.every((byte) => /^[0-9a-f]{1,2}$/.test(byte));
  return sound ? bytes.map((byte) => byte.padStart(2, '0')).join(':') : null;
}

export const mac: MatchSyntax<MacMatch> = {
  names: ['mac'],
  options: { 'mac-source': 1 },
  heads: ['MAC'],
  fromSave(options) {
    const address = options.inverted('mac-source', parseMac);
    return address === null ? null : { kind: 'mac', not: address.not, address: address.value };
  },
  fromList(tail) {
    const found = tail.take(/MAC *(! *)?([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5})/y);
    if (found === null) return null;
    return { kind: 'mac', not: found[1] !== undefined, address: tail.value(parseMac(found[2] ?? ''), '') };
  },
  print: ({ not, address }) => words('-m mac', bang(not), '--mac-source', address),
};
