/**
 * `-m connbytes --connbytes 0:9 --connbytes-mode bytes --connbytes-dir both` ↔
 * `connbytes 0:9 connbytes mode bytes connbytes direction both`: extensions/libxt_connbytes.c.
 */
import type { ConnbytesMatch } from '../../model/match.ts';
import { bang, type MatchSyntax, words } from './syntax.ts';

const MODES = ['packets', 'bytes', 'avgpkt'] as const;
const DIRECTIONS = ['original', 'reply', 'both'] as const;
/** 64 bits: as the upper bound, none. */
const MOST = '18446744073709551615';

function oneOf<T extends string>(all: readonly T[]): (word: string) => T | null {
  return (word) => all.find((one) => one === word) ?? null;
}

function parseBounds(text: string): { from: string; to: string | null } | null {
  const found = /^([0-9]*)(?::([0-9]*))?$/.exec(text);
  if (found === null || text === '') return null;
  const [, from = '', to = ''] = found;
  return { from: from === '' ? '0' : from, to: to === '' || to === MOST ? null : to };
}

export const connbytes: MatchSyntax<ConnbytesMatch> = {
  names: ['connbytes'],
  options: { connbytes: 1, 'connbytes-mode': 1, 'connbytes-dir': 1 },
  heads: ['connbytes'],
  fromSave(options) {
    const bounds = options.inverted('connbytes', parseBounds);
    const mode = options.value('connbytes-mode', oneOf(MODES));
    const direction = options.value('connbytes-dir', oneOf(DIRECTIONS));
    if (bounds === null || mode === null || direction === null) return null;
    return { kind: 'connbytes', not: bounds.not, ...bounds.value, mode, direction };
  },
  fromList(tail) {
    const found = tail.take(
      /(! )?connbytes ([0-9]+(?::[0-9]+)?) connbytes mode (packets|bytes|avgpkt) connbytes direction (original|reply|both)/y,
    );
    if (found === null) return null;
    const [, not, bounds = '', mode = '', direction = ''] = found;
    return {
      kind: 'connbytes',
      not: not !== undefined,
      ...tail.value(parseBounds(bounds), { from: '0', to: null }),
      mode: tail.value(oneOf(MODES)(mode), 'packets'),
      direction: tail.value(oneOf(DIRECTIONS)(direction), 'both'),
    };
  },
  print: ({ not, from, to, mode, direction }) =>
    words(
      '-m connbytes',
      bang(not),
      '--connbytes',
      to === null ? from : `${from}:${to}`,
      `--connbytes-mode ${mode} --connbytes-dir ${direction}`,
    ),
};
