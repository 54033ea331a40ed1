/**
 * `-j HMARK --hmark-tuple src,dst --hmark-mod 10 --hmark-rnd 0x1` ↔ `HMARK mod 10 ct, src-prefix 24 rnd 0x1`:
 * extensions/libxt_HMARK.c. Kept in save form; the order from a listing is that of iptables-save.
 */
import type { HmarkTarget } from '../../model/target.ts';
import { words } from '../matches/syntax.ts';
import type { TargetSyntax } from './syntax.ts';

/** In the order of iptables-save, with the digits that it pads to; 0 stands for a decimal number. */
const PARTS: readonly (readonly [name: string, digits: number])[] = [
  ['src-prefix', 0],
  ['dst-prefix', 0],
  ['sport-mask', 4],
  ['dport-mask', 4],
  ['spi-mask', 8],
  ['sport', 4],
  ['dport', 4],
  ['spi', 8],
  ['proto-mask', 2],
  ['rnd', 8],
  ['mod', 0],
  ['offset', 0],
];

export const hmark: TargetSyntax<HmarkTarget> = {
  names: ['HMARK'],
  options: {
    'hmark-tuple': 1,
    ...Object.fromEntries(PARTS.map(([name]) => [`hmark-${name}`, 1])),
  },
  fromSave: (options) => ({
    kind: 'HMARK',
    options: options.all.map(({ name, words: [word = ''] }) => `--${name} ${word}`).join(' '),
  }),
  fromList(tail) {
    if (!tail.word('HMARK')) return null;
    const found = new Map<string, string>();
    for (;;) {
      const part = tail.take(/([a-z]+(?:-[a-z]+)?|\+) (0x[0-9a-f]+|[0-9]+)(?=\s|$)/y);
      if (part !== null) found.set(part[1] === '+' ? 'offset' : (part[1] ?? ''), part[2] ?? '');
      else if (tail.take(/ct,/y) !== null) found.set('tuple', 'ct');
      else break;
    }
    const printed = PARTS.map(([name, digits]) => {
      const text = found.get(name);
      if (text === undefined) return null;
      const value = Number(text);
      return `--hmark-${name} ${digits === 0 ? value : `0x${value.toString(16).padStart(digits, '0')}`}`;
    });
    return { kind: 'HMARK', options: words(...printed, found.has('tuple') && '--hmark-tuple ct') };
  },
  print: ({ options }) => words('-j HMARK', options),
};
