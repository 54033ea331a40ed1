/** `-m connlimit --connlimit-above 16 --connlimit-mask 32 --connlimit-saddr` ↔ `#conn src/32 > 16`: libxt_connlimit.c. */
import { parseAddress, prefixLength } from '../../model/address.ts';
import type { ConnlimitMatch } from '../../model/match.ts';
import { parseNumber } from '../line/numbers.ts';
import { type MatchSyntax, words } from './syntax.ts';

/** A prefix length; since it takes a mask too, `255.255.255.0`. */
function parseMask(text: string): number | null {
  const mask = parseAddress(text);
  return mask === null ? parseNumber(text, 128) : prefixLength(mask.words);
}

export const connlimit: MatchSyntax<ConnlimitMatch> = {
  names: ['connlimit'],
  options: {
    'connlimit-upto': 1,
    'connlimit-above': 1,
    'connlimit-mask': 1,
    'connlimit-saddr': 0,
    'connlimit-daddr': 0,
  },
  heads: ['#conn', '#conn/'],
  fromSave(options) {
    const upto = options.inverted('connlimit-upto', (word) => parseNumber(word));
    const count = upto ?? options.inverted('connlimit-above', (word) => parseNumber(word));
    if (count === null) return null;
    return {
      kind: 'connlimit',
      mode: (upto !== null) !== count.not ? 'upto' : 'above',
      count: count.value,
      mask: options.value('connlimit-mask', parseMask) ?? (options.family === 'ipv4' ? 32 : 128),
      side: options.has('connlimit-daddr') ? 'destination' : 'source',
    };
  },
  fromList(tail) {
    const found = tail.take(/#conn(?: (src|dst))?\/([0-9]+) (<=|<|>) ([0-9]+)/y);
    if (found === null) return null;
    const [, side, mask, operator, count] = found;
    return {
      kind: 'connlimit',
      mode: operator === '>' ? 'above' : 'upto',
      count: Number(count),
      mask: Number(mask),
      side: side === 'dst' ? 'destination' : 'source',
    };
  },
  print: ({ mode, count, mask, side }) =>
    words(
      `-m connlimit --connlimit-${mode} ${count}`,
      `--connlimit-mask ${mask}`,
      side === 'source' ? '--connlimit-saddr' : '--connlimit-daddr',
    ),
};
