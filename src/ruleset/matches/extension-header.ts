/**
 * IPv6 extension headers, ah and esp ↔ their listing: `-m frag --fragid 1 --fragfirst`, `frag id:1 first`. One
 * table says for each its options in the order of printing, and the listing's spelling of them; the match keeps
 * them in save form. Sources: extensions/libip6t_{frag,ipv6header,rt,hbh,dst,mh,ah}.c, libipt_ah.c, libxt_esp.c.
 */
import { parseAddress } from '../../model/address.ts';
import type { ExtensionHeaderMatch } from '../../model/match.ts';
import { printAddress } from '../line/addresses.ts';
import { parseNumber, parseRange, printRange } from '../line/numbers.ts';
import type { Tail } from '../line/tail.ts';
import { headerList, mobilityTypes } from '../names/headers.ts';
import { type MatchSyntax, words } from './syntax.ts';

interface Part {
  /** Without dashes. */
  readonly option: string;
  /** Word → as iptables-save prints it; null for an option without a word. */
  readonly read: ((word: string) => string | null) | null;
  /** Sticky; groups: `!`, the word. */
  readonly listed: RegExp;
  /** A range of all values, which asks nothing and is not printed. */
  readonly all?: string;
}

const ALL = '0:4294967295';

type Name = ExtensionHeaderMatch['name'];

const range = (word: string): string | null => {
  const value = parseRange(word);
  return value === null ? null : printRange(value);
};
const number = (word: string): string | null => {
  const value = parseNumber(word);
  return value === null ? null : String(value);
};
/** `1:2,3`: option types with their lengths. */
const typesAndLengths = (word: string): string | null =>
  /^[0-9]+(?::[0-9]+)?(?:,[0-9]+(?::[0-9]+)?)*$/.test(word) ? word : null;
const addresses = (word: string): string | null => {
  const parsed = word.split(',').map(parseAddress);
  const all = parsed.filter((address) => address?.family === 'ipv6');
  return all.length === parsed.length
    ? all.map((address) => (address === null ? '' : printAddress(address))).join(',')
    : null;
};

const spis = (option: string): Part => ({
  option,
  read: range,
  listed: /spis?:(!?)([0-9]+(?::[0-9]+)?)/y,
  all: ALL,
});
const flag = (option: string, word: string): Part => ({
  option,
  read: null,
  listed: new RegExp(`()()${word}(?=\\s|$)`, 'y'),
});
const hops = (name: string): readonly Part[] => [
  { option: `${name}-len`, read: number, listed: /length:(!?)([0-9]+)/y },
  { option: `${name}-opts`, read: typesAndLengths, listed: /()opts ([0-9:,]+)/y },
];

const HEADERS: Readonly<Record<Name, readonly Part[]>> = {
  frag: [
    { option: 'fragid', read: range, listed: /ids?:(!?)([0-9]+(?::[0-9]+)?)/y, all: ALL },
    { option: 'fraglen', read: number, listed: /length:(!?)([0-9]+)/y },
    flag('fragres', 'reserved'),
    flag('fragfirst', 'first'),
    flag('fragmore', 'more'),
    flag('fraglast', 'last'),
  ],
  ipv6header: [{ option: 'header', read: headerList, listed: /flags:(!?)(\S+)/y }, flag('soft', 'soft')],
  rt: [
    { option: 'rt-type', read: number, listed: /type:(!?)([0-9]+)/y },
    { option: 'rt-segsleft', read: range, listed: /segslefts?:(!?)([0-9]+(?::[0-9]+)?)/y, all: ALL },
    { option: 'rt-len', read: number, listed: /length:(!?)([0-9]+)/y },
    flag('rt-0-res', 'reserved'),
    { option: 'rt-0-addrs', read: addresses, listed: /()0-addrs ([0-9a-f:,.]+)/y },
    flag('rt-0-not-strict', '0-not-strict'),
  ],
  hbh: hops('hbh'),
  dst: hops('dst'),
  mh: [
    {
      option: 'mh-type',
      read: mobilityTypes,
      listed: /(!?)([0-9a-z-]+(?::[0-9a-z-]+)?)(?=\s|$)/y,
      all: '0:255',
    },
  ],
  ah: [
    spis('ahspi'),
    { option: 'ahlen', read: number, listed: /length:(!?)([0-9]+)/y },
    flag('ahres', 'reserved'),
  ],
  esp: [spis('espspi')],
};

const NAMES: readonly Name[] = ['frag', 'ipv6header', 'rt', 'hbh', 'dst', 'mh', 'ah', 'esp'];

function nameOf(text: string): Name | null {
  return NAMES.find((name) => name === text) ?? null;
}

function listedPart(tail: Tail, part: Part): string | null {
  const found = tail.take(part.listed);
  if (found === null) return null;
  const [, not, word = ''] = found;
  const value = part.read === null ? '' : tail.value(part.read(word), word);
  return words(not === '!' && '!', `--${part.option}`, value);
}

export const extensionHeader: MatchSyntax<ExtensionHeaderMatch> = {
  names: [...NAMES, 'ipv6-mh'],
  options: Object.fromEntries(
    NAMES.flatMap((name) => HEADERS[name]).map(({ option, read }) => [option, read === null ? 0 : 1]),
  ),
  heads: NAMES,
  fromSave(options, called) {
    const name = called === 'ipv6-mh' ? 'mh' : nameOf(called);
    if (name === null) return null;
    const parts = HEADERS[name].map(({ option: wanted, read, all }) => {
      const option = options.find(wanted);
      if (option === null) return null;
      const value = read === null ? '' : options.read(option, read);
      if (value === all && !option.not) return null;
      return words(option.not && '!', `--${wanted}`, value);
    });
    return { kind: 'extension-header', name, options: words(...parts) };
  },
  fromList(tail) {
    const found = tail.take(/(frag|ipv6header|rt|hbh|dst|mh|ah|esp)(?=\s|$)/y);
    const name = nameOf(found?.[1] ?? '');
    if (name === null) return null;
    const parts = HEADERS[name].map((part) => listedPart(tail, part));
    return { kind: 'extension-header', name, options: words(...parts) };
  },
  print: ({ name, options }) => words('-m', name, options),
};
