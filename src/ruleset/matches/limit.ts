/** `-m limit --limit 3/hour --limit-burst 10` ↔ `limit: avg 3/hour burst 10`: extensions/libxt_limit.c. */
import type { LimitMatch } from '../../model/match.ts';
import { parseNumber } from '../line/numbers.ts';
import { canonicalRate, LIMIT_SCALE } from '../line/rates.ts';
import { type MatchSyntax, words } from './syntax.ts';

const DEFAULT_BURST = 5;
const DEFAULT_RATE = '3/hour';

export const limit: MatchSyntax<LimitMatch> = {
  names: ['limit'],
  options: { limit: 1, 'limit-burst': 1 },
  heads: ['limit:'],
  fromSave: (options) => ({
    kind: 'limit',
    average: options.value('limit', (word) => canonicalRate(word, LIMIT_SCALE)) ?? DEFAULT_RATE,
    burst: options.value('limit-burst', (word) => parseNumber(word)) ?? DEFAULT_BURST,
  }),
  fromList(tail) {
    const found = tail.take(/limit: avg (\S+) burst ([0-9]+)(?! mode )/y);
    if (found === null) return null;
    const average = tail.value(canonicalRate(found[1] ?? '', LIMIT_SCALE), DEFAULT_RATE);
    return { kind: 'limit', average, burst: Number(found[2]) };
  },
  print: ({ average, burst }) =>
    words('-m limit --limit', average, burst !== DEFAULT_BURST && `--limit-burst ${burst}`),
};
