/** The options `-s -d -i -o -p -f` of a save line → conditions in the kernel's order. */
import type { Family } from '../../model/address.ts';
import type { Match } from '../../model/match.ts';
import { protocolNumber } from '../names/protocols.ts';
import { isAny, readNetwork } from './addresses.ts';
import { parseInterface } from './interfaces.ts';
import type { Option } from './options.ts';

/** The options, in the kernel's order. */
export const HEADER_LETTERS = ['s', 'd', 'i', 'o', 'p', 'f'] as const;
export type HeaderLetter = (typeof HEADER_LETTERS)[number];

/** What the option asks; `faulty` if its word does not parse, null if it asks nothing. */
type Reading = Match | 'faulty' | null;

function readAddressOption(letter: 's' | 'd', not: boolean, word: string, family: Family): Reading {
  const network = readNetwork(word, family);
  if (network === null) return 'faulty';
  if (isAny(network) && !not) return null;
  return { kind: letter === 's' ? 'source' : 'destination', not, network };
}

/** The condition that one option with this word asks; `-f` has none. */
export function readCondition(letter: HeaderLetter, not: boolean, word: string, family: Family): Reading {
  switch (letter) {
    case 's':
    case 'd':
      return readAddressOption(letter, not, word, family);
    case 'i':
    case 'o': {
      const kind = letter === 'i' ? 'in-interface' : 'out-interface';
      const name = parseInterface(word);
      return name === null ? 'faulty' : { kind, not, interface: name };
    }
    case 'p':
      return readProtocol(word, not, family);
    case 'f':
      return { kind: 'fragment', not };
  }
}

/** `-p all` asks nothing; in IPv6 it sets a flag that ip6_tables sees (ip6t_entry's IP6T_F_PROTO). */
function readProtocol(word: string, not: boolean, family: Family): Reading {
  const number = protocolNumber(word);
  if (number === null || (number === 0 && not)) return 'faulty';
  return number === 0 && family === 'ipv4' ? null : { kind: 'protocol', not, number };
}

const NAMES: Readonly<Record<HeaderLetter, string>> = {
  s: 'source',
  d: 'destination',
  i: 'in-interface',
  o: 'out-interface',
  p: 'protocol',
  f: 'fragment',
};

/**
 * The conditions of each rule that the options make: several where `-s a,b` or `-d a,b` asks for them, sources
 * first (iptables/iptables.c, append_entry).
 * @param complain is told of an option that does not parse, and gives its text
 */
export function readHeader(
  options: readonly Option[],
  family: Family,
  complain: (option: Option) => string,
): readonly (readonly Match[])[] {
  let rules: Match[][] = [[]];
  for (const letter of HEADER_LETTERS) {
    for (const option of options) {
      if (option.name !== letter) continue;
      const conditions = wordsOf(option).map((word): Match | null => {
        const reading = readCondition(letter, option.not, word, family);
        if (reading !== 'faulty') return reading;
        return { kind: 'unknown', name: NAMES[letter], text: complain(option), why: 'value' };
      });
      const [only] = conditions;
      if (conditions.length > 1) rules = rules.flatMap((rule) => conditions.map((one) => joined(rule, one)));
      else if (only) for (const rule of rules) rule.push(only);
    }
  }
  return rules;
}

/** `-s a,b` is two rules. */
function wordsOf({ name, words: [word = ''] }: Option): readonly string[] {
  return (name === 's' || name === 'd') && word.includes(',') ? word.split(',') : [word];
}

function joined(rule: readonly Match[], condition: Match | null): Match[] {
  return condition === null ? [...rule] : [...rule, condition];
}
