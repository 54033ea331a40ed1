/** `-m socket --transparent` ↔ `socket --transparent`: extensions/libxt_socket.c. */
import type { SocketMatch } from '../../model/match.ts';
import { type MatchSyntax, words } from './syntax.ts';

export const socket: MatchSyntax<SocketMatch> = {
  names: ['socket'],
  options: { transparent: 0, nowildcard: 0, 'restore-skmark': 0 },
  heads: ['socket'],
  fromSave: (options) => ({
    kind: 'socket',
    transparent: options.has('transparent'),
    nowildcard: options.has('nowildcard'),
    restoreMark: options.has('restore-skmark'),
  }),
  fromList(tail) {
    if (!tail.word('socket')) return null;
    const transparent = tail.word('--transparent');
    const nowildcard = tail.word('--nowildcard');
    return { kind: 'socket', transparent, nowildcard, restoreMark: tail.word('--restore-skmark') };
  },
  print: ({ transparent, nowildcard, restoreMark }) =>
    words(
      '-m socket',
      transparent && '--transparent',
      nowildcard && '--nowildcard',
      restoreMark && '--restore-skmark',
    ),
};
