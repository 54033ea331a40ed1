/**
 * `-m statistic --mode random --probability 0.5`, `--mode nth --every 2 --packet 0` ↔ the same words without
 * dashes: extensions/libxt_statistic.c. Two kinds of match share this name.
 */
import type { StatisticNthMatch, StatisticRandomMatch } from '../../model/match.ts';
import { parseNumber } from '../line/numbers.ts';
import { bang, type MatchSyntax, words } from './syntax.ts';

/**
 * The kernel holds 31 bits of a probability, and iptables prints eleven decimals of those, rounded half to
 * even as printf does.
 */
function printProbability(probability: number): string {
  const scaled = BigInt(Math.round(probability * 0x80000000)) * 100_000_000_000n;
  const [whole, rest, half] = [scaled >> 31n, scaled & 0x7fffffffn, 0x40000000n];
  const up = rest > half || (rest === half && (whole & 1n) === 1n) ? 1n : 0n;
  const digits = String(whole + up).padStart(12, '0');
  return `${digits.slice(0, -11)}.${digits.slice(-11)}`;
}

function randomOf(text: string, not: boolean): StatisticRandomMatch | null {
  const value = Number(text);
  if (!/^[0-9]*\.?[0-9]+(?:e-?[0-9]+)?$/i.test(text) || value > 1) return null;
  const probability = Math.round(value * 0x80000000) / 0x80000000;
  return { kind: 'statistic-random', not, probability, text: printProbability(probability) };
}

export const statistic: MatchSyntax<StatisticRandomMatch | StatisticNthMatch> = {
  names: ['statistic'],
  options: { mode: 1, probability: 1, every: 1, packet: 1 },
  heads: ['statistic'],
  fromSave(options) {
    const mode = options.text('mode');
    if (mode === 'random') {
      const random = options.inverted('probability', (word) => randomOf(word, false));
      return random === null ? null : { ...random.value, not: random.not };
    }
    const every = options.inverted('every', (word) => parseNumber(word));
    const packet = options.value('packet', (word) => parseNumber(word)) ?? 0;
    if (mode !== 'nth' || every === null) return null;
    return { kind: 'statistic-nth', not: every.not, every: every.value, packet };
  },
  fromList(tail) {
    const random = tail.take(/statistic mode random (! )?probability ([0-9.]+)/y);
    if (random !== null) {
      const none = { kind: 'statistic-random', not: false, probability: 0, text: '' } as const;
      return tail.value(randomOf(random[2] ?? '', random[1] !== undefined), none);
    }
    const nth = tail.take(/statistic mode nth (! )?every ([0-9]+)(?: packet ([0-9]+))?/y);
    if (nth === null) return null;
    const [, not, every, packet = '0'] = nth;
    return {
      kind: 'statistic-nth',
      not: not !== undefined,
      every: Number(every),
      packet: Number(packet),
    };
  },
  print: (match) =>
    match.kind === 'statistic-random'
      ? words('-m statistic --mode random', bang(match.not), '--probability', match.text)
      : words('-m statistic --mode nth', bang(match.not), '--every', match.every, '--packet', match.packet),
};
