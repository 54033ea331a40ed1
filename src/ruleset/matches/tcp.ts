/** `-m tcp --dport 80 --syn` ↔ `tcp dpt:80 flags:0x17/0x02`: extensions/libxt_tcp.c. */
import type { Inv, Masked, TcpMatch } from '../../model/match.ts';
import { TCP_FLAGS } from '../../model/packet.ts';
import { parseNumber } from '../line/numbers.ts';
import type { Tail } from '../line/tail.ts';
import { listedPorts, PORT_OPTIONS, printPorts, savedPorts } from './ports.ts';
import { bang, type MatchSyntax, words } from './syntax.ts';

/** In the order in which iptables prints them. */
const FLAGS = (['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'] as const).map(
  (name) => [name, TCP_FLAGS[name]] as const,
);
const BITS = new Map<string, number>([...FLAGS, ['ALL', 0x3f], ['NONE', 0]]);
const SYN_ONLY: Masked = {
  value: TCP_FLAGS.SYN,
  mask: TCP_FLAGS.FIN | TCP_FLAGS.SYN | TCP_FLAGS.RST | TCP_FLAGS.ACK,
};

function parseFlags(text: string): number | null {
  let bits = 0;
  for (const name of text.split(',')) {
    const bit = BITS.get(name.toUpperCase());
    if (bit === undefined) return null;
    bits |= bit;
  }
  return bits;
}

function printFlags(bits: number): string {
  const names = FLAGS.filter(([, bit]) => (bits & bit) !== 0).map(([name]) => name);
  return names.length === 0 ? 'NONE' : names.join(',');
}

function pairOf(mask: number | null, value: number | null): Masked | null {
  return mask === null || value === null ? null : { value, mask };
}

function listedFlags(tail: Tail): Inv<Masked> | null {
  const found = tail.take(/flags:(!?)([^\s/]+)\/(\S+)/y);
  if (found === null) return null;
  const [, not, mask = '', value = ''] = found;
  const pair = pairOf(readListedFlags(mask), readListedFlags(value));
  return { not: not === '!', value: tail.value(pair, SYN_ONLY) };
}

/** 1.3 wrote `0x02` for the `0x` of `0x16`: `flags:0x0216/0x022`. */
function readListedFlags(text: string): number | null {
  const odd = /^0x02([0-9A-F]{1,2})$/.exec(text);
  if (odd !== null) return Number.parseInt(odd[1] ?? '', 16);
  return text.startsWith('0x') ? parseNumber(text, 0xff) : parseFlags(text);
}

export const tcp: MatchSyntax<TcpMatch> = {
  names: ['tcp'],
  options: { ...PORT_OPTIONS, syn: 0, 'tcp-flags': 2, 'tcp-option': 1 },
  heads: ['tcp'],
  fromSave(options) {
    const syn = options.find('syn');
    return {
      kind: 'tcp',
      sport: savedPorts(options, 'sport'),
      dport: savedPorts(options, 'dport'),
      flags:
        syn === null
          ? options.inverted('tcp-flags', (mask, value) => pairOf(parseFlags(mask), parseFlags(value)))
          : { not: syn.not, value: SYN_ONLY },
      option: options.inverted('tcp-option', (word) => parseNumber(word, 255)),
    };
  },
  fromList(tail) {
    if (!tail.word('tcp')) return null;
    const sport = listedPorts(tail, 'sport');
    const dport = listedPorts(tail, 'dport');
    const found = tail.take(/option=(!?)([0-9]+)/y);
    const option = found === null ? null : { not: found[1] === '!', value: Number(found[2]) };
    return { kind: 'tcp', sport, dport, flags: listedFlags(tail), option };
  },
  print({ sport, dport, flags, option }) {
    return words(
      '-m tcp',
      printPorts('sport', sport),
      printPorts('dport', dport),
      option && words(bang(option.not), '--tcp-option', option.value),
      flags &&
        words(bang(flags.not), '--tcp-flags', printFlags(flags.value.mask), printFlags(flags.value.value)),
    );
  },
};
