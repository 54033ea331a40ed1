/** `-j NFLOG --nflog-prefix x --nflog-group 1` ↔ the same words without dashes: extensions/libxt_NFLOG.c. */
import type { NflogTarget } from '../../model/target.ts';
import { parseNumber } from '../line/numbers.ts';
import { quote, unquote } from '../line/quote.ts';
import { words } from '../matches/syntax.ts';
import type { TargetSyntax } from './syntax.ts';

function numberOf(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}

export const nflog: TargetSyntax<NflogTarget> = {
  names: ['NFLOG'],
  options: {
    'nflog-prefix': 1,
    'nflog-group': 1,
    'nflog-size': 1,
    'nflog-range': 1,
    'nflog-threshold': 1,
  },
  fromSave(options) {
    const number = (name: string): number | null => options.value(name, (word) => parseNumber(word));
    return {
      kind: 'NFLOG',
      prefix: options.text('nflog-prefix'),
      group: number('nflog-group') ?? 0,
      size: number('nflog-size'),
      range: number('nflog-range'),
      threshold: number('nflog-threshold'),
    };
  },
  fromList(tail) {
    const found = tail.take(
      /(?:nflog-prefix +("(?:[^"\\]|\\[\s\S])*"|[^\s"]+))?(?:\s*nflog-group ([0-9]+))?(?:\s*nflog-size ([0-9]+))?(?:\s*nflog-range ([0-9]+))?(?:\s*nflog-threshold ([0-9]+))?/y,
    );
    if (found === null) return null;
    const [, prefix, group, size, range, threshold] = found;
    return {
      kind: 'NFLOG',
      prefix: prefix === undefined ? null : unquote(prefix),
      group: Number(group ?? 0),
      size: numberOf(size),
      range: numberOf(range),
      threshold: numberOf(threshold),
    };
  },
  print: ({ prefix, group, size, range, threshold }) =>
    words(
      '-j NFLOG',
      prefix !== null && `--nflog-prefix ${quote(prefix)}`,
      group !== 0 && `--nflog-group ${group}`,
      size !== null && `--nflog-size ${size}`,
      range !== null && `--nflog-range ${range}`,
      threshold !== null && `--nflog-threshold ${threshold}`,
    ),
};
