/**
 * `-m policy --dir in --pol ipsec --strict --reqid 1 --proto esp --next …` ↔
 * `policy match dir in pol ipsec strict [0] reqid 1 proto 50 [1] …`: extensions/libxt_policy.c. The elements are
 * kept in save form, in the order in which it prints them.
 */
import type { PolicyMatch } from '../../model/match.ts';
import { readNetwork, shortNetworkText } from '../line/addresses.ts';
import { hex, parseNumber } from '../line/numbers.ts';
import type { Option, Options } from '../line/options.ts';
import { protocolName, protocolNumber } from '../names/protocols.ts';
import { type MatchSyntax, words } from './syntax.ts';

type Read = (word: string, family: Options['family']) => string | null;

function network(word: string, family: Options['family']): string | null {
  const value = readNetwork(word, family);
  return value === null ? null : shortNetworkText(value);
}

/** What an element may ask, in the order of printing, each read into its canonical word. */
const ELEMENT: readonly (readonly [name: string, read: Read])[] = [
  ['reqid', (word) => present(parseNumber(word), String)],
  ['spi', (word) => present(parseNumber(word), hex)],
  ['proto', (word) => present(protocolNumber(word), protocolName)],
  ['mode', (word) => (word === 'tunnel' || word === 'transport' ? word : null)],
  ['tunnel-dst', network],
  ['tunnel-src', network],
];

function present(value: number | null, print: (value: number) => string): string | null {
  return value === null ? null : print(value);
}

function parseDirection(word: string): 'in' | 'out' | null {
  return word === 'in' || word === 'out' ? word : null;
}

function parsePolicy(word: string): 'none' | 'ipsec' | null {
  return word === 'none' || word === 'ipsec' ? word : null;
}

function printElement(options: Options, element: readonly Option[]): string {
  const parts = ELEMENT.map(([name, read]) => {
    const option = element.find((candidate) => candidate.name === name);
    const value = option && options.read(option, (word) => read(word, options.family));
    return option && value && words(option.not && '!', `--${name}`, value);
  });
  return words(...parts);
}

const LISTED = /(! )?(reqid|spi|proto|mode|tunnel-dst|tunnel-src) (\S+)/y;

export const policy: MatchSyntax<PolicyMatch> = {
  names: ['policy'],
  options: { dir: 1, pol: 1, strict: 0, next: 0, ...Object.fromEntries(ELEMENT.map(([name]) => [name, 1])) },
  heads: ['policy'],
  fromSave(options) {
    const direction = options.value('dir', parseDirection);
    const pol = options.value('pol', parsePolicy);
    if (direction === null || pol === null) return null;
    const elements: Option[][] = [[]];
    for (const option of options.all) {
      if (option.name === 'next') elements.push([]);
      else elements.at(-1)?.push(option);
    }
    const printed = elements.map((element) => printElement(options, element)).join(' --next ');
    return {
      kind: 'policy',
      direction,
      policy: pol,
      options: words(options.has('strict') && '--strict', printed),
    };
  },
  fromList(tail) {
    const found = tail.take(/policy match dir (in|out) pol (none|ipsec)( strict)?/y);
    if (found === null) return null;
    const parts: string[] = [];
    for (;;) {
      const index = tail.take(/\[([0-9]+)\]/y);
      if (index !== null && index[1] !== '0') parts.push('--next');
      const next = tail.take(LISTED);
      if (next === null) break;
      const [, not, name = '', word = ''] = next;
      const read = ELEMENT.find(([candidate]) => candidate === name)?.[1];
      parts.push(words(not && '!', `--${name}`, tail.value(read?.(word, tail.family) ?? null, word)));
    }
    return {
      kind: 'policy',
      direction: found[1] === 'in' ? 'in' : 'out',
      policy: found[2] === 'none' ? 'none' : 'ipsec',
      options: words(found[3] && '--strict', ...parts),
    };
  },
  print: (match) => words(`-m policy --dir ${match.direction} --pol ${match.policy}`, match.options),
};
