/** `-m sctp --dport 80 --chunk-types all DATA,INIT` ↔ `sctp dpt:80 all 0x0000,0x0001`: extensions/libxt_sctp.c. */
import type { Inv, SctpMatch } from '../../model/match.ts';
import type { Tail } from '../line/tail.ts';
import { listedPorts, PORT_OPTIONS, printPorts, savedPorts } from './ports.ts';
import { bang, type MatchSyntax, words } from './syntax.ts';

type Chunks = NonNullable<SctpMatch['chunks']>['value'];

const CHUNKS = new Map([
  [0, 'DATA'],
  [1, 'INIT'],
  [2, 'INIT_ACK'],
  [3, 'SACK'],
  [4, 'HEARTBEAT'],
  [5, 'HEARTBEAT_ACK'],
  [6, 'ABORT'],
  [7, 'SHUTDOWN'],
  [8, 'SHUTDOWN_ACK'],
  [9, 'ERROR'],
  [10, 'COOKIE_ECHO'],
  [11, 'COOKIE_ACK'],
  [12, 'ECN_ECNE'],
  [13, 'ECN_CWR'],
  [14, 'SHUTDOWN_COMPLETE'],
  [64, 'I_DATA'],
  [128, 'ASCONF_ACK'],
  [130, 'RE_CONFIG'],
  [132, 'PAD'],
  [192, 'FORWARD_TSN'],
  [193, 'ASCONF'],
  [194, 'I_FORWARD_TSN'],
]);
const ORDER = new Map([...CHUNKS].map(([number, name]) => [name, number]));

/** Chunks by name in the order of their numbers, as iptables-save has them: `DATA:u,INIT`. */
function chunksOf(mode: string, types: string): Chunks | null {
  const lower = mode.toLowerCase();
  if (lower !== 'all' && lower !== 'any' && lower !== 'only') return null;
  const named = types.split(',').map((type) => {
    const [name = '', flags] = type.split(':');
    const upper = /^0x[0-9A-F]{4}$/.test(name) ? CHUNKS.get(Number(name)) : name.toUpperCase();
    return { name: upper ?? name, flags };
  });
  if (named.some(({ name }) => !ORDER.has(name) && name !== 'ALL' && name !== 'NONE')) return null;
  named.sort((a, b) => (ORDER.get(a.name) ?? -1) - (ORDER.get(b.name) ?? -1));
  const text = named.map(({ name, flags }) => (flags === undefined ? name : `${name}:${flags}`)).join(',');
  return { mode: lower, types: text };
}

function listedChunks(tail: Tail): Inv<Chunks> | null {
  const found = tail.take(/(! )?(all|any|only) (ALL|NONE|(?:0x[0-9A-F]{4}|[A-Z][A-Z_]+)\S*)/y);
  if (found === null) return null;
  const [, not, mode = '', types = ''] = found;
  return { not: not !== undefined, value: tail.value(chunksOf(mode, types), { mode: 'all', types }) };
}

export const sctp: MatchSyntax<SctpMatch> = {
  names: ['sctp'],
  options: { ...PORT_OPTIONS, 'chunk-types': 2 },
  heads: ['sctp'],
  fromSave: (options) => ({
    kind: 'sctp',
    sport: savedPorts(options, 'sport'),
    dport: savedPorts(options, 'dport'),
    chunks: options.inverted('chunk-types', chunksOf),
  }),
  fromList(tail) {
    if (!tail.word('sctp')) return null;
    const sport = listedPorts(tail, 'sport');
    const dport = listedPorts(tail, 'dport');
    return { kind: 'sctp', sport, dport, chunks: listedChunks(tail) };
  },
  print: ({ sport, dport, chunks }) =>
    words(
      '-m sctp',
      printPorts('sport', sport),
      printPorts('dport', dport),
      chunks && words(bang(chunks.not), '--chunk-types', chunks.value.mode, chunks.value.types),
    ),
};
