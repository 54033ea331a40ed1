/** `-m udp --dport 53` ↔ `udp dpt:53`: extensions/libxt_udp.c. */
import type { UdpMatch } from '../../model/match.ts';
import { listedPorts, PORT_OPTIONS, printPorts, savedPorts } from './ports.ts';
import { type MatchSyntax, words } from './syntax.ts';

export const udp: MatchSyntax<UdpMatch> = {
  names: ['udp', 'udplite'],
  options: PORT_OPTIONS,
  heads: ['udp', 'udplite'],
  fromSave: (options, name) => ({
    kind: 'udp',
    name: name === 'udplite' ? 'udplite' : 'udp',
    sport: savedPorts(options, 'sport'),
    dport: savedPorts(options, 'dport'),
  }),
  fromList(tail) {
    const name = tail.word('udp') ? 'udp' : tail.word('udplite') ? 'udplite' : null;
    if (name === null) return null;
    const sport = listedPorts(tail, 'sport');
    return { kind: 'udp', name, sport, dport: listedPorts(tail, 'dport') };
  },
  print: ({ name, sport, dport }) =>
    words('-m', name, printPorts('sport', sport), printPorts('dport', dport)),
};
