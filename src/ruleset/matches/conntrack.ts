/**
 * `-m conntrack --ctstate NEW`, `-m state --state NEW` ↔ `ctstate NEW`, `state NEW`: extensions/libxt_conntrack.c.
 * Both forms have the conditions in one order, and both are the same words but for the dashes.
 */
import type { Network } from '../../model/address.ts';
import {
  type ConntrackMatch,
  CT_STATES,
  type CtState,
  type CtStatus,
  type Inv,
  type Range,
} from '../../model/match.ts';
import { readNetwork, shortNetworkText } from '../line/addresses.ts';
import { parsePorts, parseRange, printRange } from '../line/numbers.ts';
import type { Tail } from '../line/tail.ts';
import { protocolNumber } from '../names/protocols.ts';
import { bang, type MatchSyntax, words } from './syntax.ts';

/** The order in which iptables compares: a beginning of a name will do. */
const STATE_ORDER: readonly CtState[] = [
  'INVALID',
  'NEW',
  'ESTABLISHED',
  'RELATED',
  'UNTRACKED',
  'SNAT',
  'DNAT',
];
const STATUS_ORDER: readonly CtStatus[] = ['EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED'];

function parseSet<T extends string>(text: string, names: readonly T[], order: readonly T[]): T[] | null {
  const found = new Set<T>();
  for (const part of text.split(',')) {
    const name = part === '' ? undefined : names.find((full) => full.startsWith(part.toUpperCase()));
    if (name === undefined) return null;
    found.add(name);
  }
  return order.filter((name) => found.has(name));
}

const parseStates = (text: string): readonly CtState[] | null => parseSet(text, STATE_ORDER, CT_STATES);

function parseStatuses(text: string): readonly CtStatus[] | null {
  const rest = text.split(',').filter((part) => part.toUpperCase() !== 'NONE');
  return rest.length === 0 ? ['NONE'] : parseSet(rest.join(','), STATUS_ORDER, STATUS_ORDER);
}

function parseDirection(text: string): 'ORIGINAL' | 'REPLY' | null {
  const upper = text.toUpperCase();
  return upper === 'ORIGINAL' || upper === 'REPLY' ? upper : null;
}

const NOTHING: Omit<ConntrackMatch, 'name'> = {
  kind: 'conntrack',
  states: null,
  statuses: null,
  protocol: null,
  origSrc: null,
  origDst: null,
  replSrc: null,
  replDst: null,
  origSport: null,
  origDport: null,
  replSport: null,
  replDport: null,
  expire: null,
  direction: null,
};

/** In the order in which iptables prints them. */
const CONDITIONS = [
  ['ctproto', 'protocol'],
  ['ctorigsrc', 'origSrc'],
  ['ctorigdst', 'origDst'],
  ['ctreplsrc', 'replSrc'],
  ['ctrepldst', 'replDst'],
  ['ctorigsrcport', 'origSport'],
  ['ctorigdstport', 'origDport'],
  ['ctreplsrcport', 'replSport'],
  ['ctrepldstport', 'replDport'],
  ['ctstatus', 'statuses'],
  ['ctexpire', 'expire'],
] as const;

type Ask = <T>(name: string, read: (word: string) => T | null) => Inv<T> | null;

/** Asks for each condition in order; `ask` finds it among the options or the tail's next words. */
function readConditions(
  ask: Ask,
  family: Tail['family'],
): Omit<ConntrackMatch, 'kind' | 'name' | 'direction'> {
  const network = (word: string): Network | null => readNetwork(word, family);
  return {
    states: ask('ctstate', parseStates) ?? ask('state', parseStates),
    protocol: ask('ctproto', protocolNumber),
    origSrc: ask('ctorigsrc', network),
    origDst: ask('ctorigdst', network),
    replSrc: ask('ctreplsrc', network),
    replDst: ask('ctrepldst', network),
    origSport: ask('ctorigsrcport', parsePorts),
    origDport: ask('ctorigdstport', parsePorts),
    replSport: ask('ctreplsrcport', parsePorts),
    replDport: ask('ctrepldstport', parsePorts),
    statuses: ask('ctstatus', parseStatuses),
    expire: ask('ctexpire', (word) => parseRange(word)),
  };
}

function listed(tail: Tail): Ask {
  return (name, read) => {
    const found = tail.take(pattern(name));
    if (found === null) return null;
    const value = read(found[2] ?? '');
    if (value === null) {
      tail.faulty = true;
      return null;
    }
    return { not: found[1] !== undefined, value };
  };
}

const patterns = new Map<string, RegExp>();
function pattern(name: string): RegExp {
  const known = patterns.get(name) ?? new RegExp(`(! )?${name} (\\S+?)(?=\\s|$)`, 'y');
  patterns.set(name, known);
  return known;
}

export const conntrack: MatchSyntax<ConntrackMatch> = {
  names: ['conntrack', 'state'],
  options: Object.fromEntries(
    ['ctstate', 'state', ...CONDITIONS.map(([name]) => name), 'ctdir'].map((name) => [name, 1]),
  ),
  heads: ['ctstate', 'state', ...CONDITIONS.map(([name]) => name), 'ctdir'],
  fromSave(options, name) {
    const conditions = readConditions((option, read) => options.inverted(option, read), options.family);
    return {
      ...NOTHING,
      name: name === 'state' ? 'state' : 'conntrack',
      ...conditions,
      direction: options.value('ctdir', parseDirection),
    };
  },
  fromList(tail) {
    const start = tail.at;
    const name = tail.take(/(?:! )?state /y) === null ? 'conntrack' : 'state';
    tail.at = start;
    const conditions = readConditions(listed(tail), tail.family);
    const direction = tail.take(/ctdir (ORIGINAL|REPLY)/y);
    if (tail.at === start) return null;
    return { ...NOTHING, name, ...conditions, direction: parseDirection(direction?.[1] ?? '') };
  },
  print(match) {
    const { name, states, direction } = match;
    return words(
      '-m',
      name,
      states && words(bang(states.not), name === 'state' ? '--state' : '--ctstate', states.value.join(',')),
      ...CONDITIONS.map(([option, field]) => {
        const condition = match[field];
        return condition && words(bang(condition.not), `--${option}`, printValue(condition.value));
      }),
      direction && `--ctdir ${direction}`,
    );
  },
};

function printValue(value: number | Network | Range | readonly string[]): string {
  if (typeof value === 'number') return String(value);
  if ('family' in value) return shortNetworkText(value);
  return 'from' in value ? printRange(value) : value.join(',');
}
