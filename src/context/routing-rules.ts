/**
 * `ip rule` (text and -j) → policy routing rules. Only an address, or the table `default` that IPv6
 * lacks, tells a rule's family; a rule with a condition that we do not know has an unknown action.
 */
import type { Family } from '../model/address.ts';
import type { RoutingAction, RoutingRule } from '../model/context.ts';
import { type JsonObject, numberIn, stringIn } from './json.ts';
import type { ContextFile, Reading } from './part.ts';
import { readMasked, readNetwork, readNumber, readPrefixed, readProtocol, readRange } from './token.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function blank(priority: number, at: RoutingRule['at']): Mutable<RoutingRule> {
  return {
    family: null,
    priority,
    not: false,
    from: null,
    to: null,
    fwmark: null,
    iif: null,
    oif: null,
    tos: null,
    protocol: null,
    sport: null,
    dport: null,
    uids: null,
    suppressPrefixLength: null,
    action: { kind: 'nop' },
    at,
  };
}

const BARE_ACTIONS = ['nop', 'blackhole', 'unreachable', 'prohibit'] as const;

function bareAction(word: string): RoutingAction | null {
  const kind = BARE_ACTIONS.find((known) => known === word);
  return kind === undefined ? null : { kind };
}

/** Applies `key value`; false if it is not understood. */
function applyPair(rule: Mutable<RoutingRule>, key: string, value: string): boolean {
  switch (key) {
    case 'from':
      if (value !== 'all') rule.from = readNetwork(value);
      return value === 'all' || rule.from !== null;
    case 'to':
      if (value !== 'all') rule.to = readNetwork(value);
      return value === 'all' || rule.to !== null;
    case 'fwmark':
      rule.fwmark = readMasked(value);
      return rule.fwmark !== null;
    case 'iif':
      rule.iif = value;
      return true;
    case 'oif':
      rule.oif = value;
      return true;
    case 'tos':
    case 'dsfield':
      rule.tos = readNumber(value);
      return rule.tos !== null;
    case 'ipproto':
      rule.protocol = readProtocol(value);
      return rule.protocol !== null;
    case 'sport':
      rule.sport = readRange(value);
      return rule.sport !== null;
    case 'dport':
      rule.dport = readRange(value);
      return rule.dport !== null;
    case 'uidrange':
      rule.uids = readRange(value);
      return rule.uids !== null;
    case 'suppress_prefixlength':
      rule.suppressPrefixLength = readNumber(value);
      return true;
    case 'lookup':
    case 'table':
      // A VRF's table is found by the interface's master.
      rule.action = { kind: 'lookup', table: value };
      return value !== '[l3mdev-table]';
    case 'goto':
      rule.action = { kind: 'goto', priority: Number(value) };
      return /^\d+$/.test(value);
    case 'realms':
    case 'proto':
    case 'protocol':
      return true;
    default:
      return false;
  }
}

function readRule(line: string, index: number, reading: Reading): RoutingRule | null {
  const [, priority, text = ''] = /^(\d+):\s+(.*)$/.exec(line.trim()) ?? [];
  if (priority === undefined) return reading.refuse(index, line);
  const rule = blank(Number(priority), reading.at(index));
  const words = text.split(/\s+/).filter((word) => word !== '');
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const action = bareAction(word);
    if (word === 'not') rule.not = true;
    else if (action !== null) rule.action = action;
    else if (word === '[detached]' || word === '[unresolved]') continue;
    else if (!applyPair(rule, word, words[++i] ?? '')) {
      reading.refuse(index, line, word);
      rule.action = { kind: 'unknown', text: text.trim() };
      break;
    }
  }
  return rule;
}

/** Fills in the family where the file as a whole tells it: IPv6 has no table `default`. */
function settleFamilies(rules: readonly Mutable<RoutingRule>[]): RoutingRule[] {
  const lists: Mutable<RoutingRule>[][] = [];
  for (const rule of rules) {
    if (lists.length === 0 || rule.priority < (lists.at(-1)?.at(-1)?.priority ?? 0)) lists.push([]);
    lists.at(-1)?.push(rule);
  }
  for (const list of lists) {
    const told = list
      .map((rule) => rule.from?.family ?? rule.to?.family)
      .find((family) => family !== undefined);
    const standard = list.some((rule) => rule.action.kind === 'lookup' && rule.action.table === 'default');
    const second = lists.length > 1 && list === lists.at(-1);
    const family: Family | null = told ?? (standard ? 'ipv4' : second ? 'ipv6' : null);
    for (const rule of list) rule.family = family;
  }
  return lists.flat();
}

/** Reads the text form; `ip rule` and `ip -6 rule` may stand one after the other. */
export function readRoutingRules(input: ContextFile, reading: Reading): RoutingRule[] {
  const rules: Mutable<RoutingRule>[] = [];
  for (const [index, line] of input.lines.entries()) {
    if (line.trim() === '') continue;
    const rule = readRule(line, index, reading);
    if (rule !== null) rules.push({ ...rule });
  }
  return settleFamilies(rules);
}

function jsonRange(object: JsonObject, key: string): string | null {
  const single = stringIn(object, key);
  if (single !== null) return single;
  const from = numberIn(object, `${key}_start`);
  return from === null ? null : `${from}-${numberIn(object, `${key}_end`) ?? from}`;
}

/** Reads `ip -j rule`. */
export function readRoutingRulesJson(objects: readonly JsonObject[], reading: Reading): RoutingRule[] {
  const rules = objects.map((object) => {
    const rule = blank(numberIn(object, 'priority') ?? 0, reading.at(0));
    let understood = !('l3mdev' in object);
    rule.not = 'not' in object;
    const src = stringIn(object, 'src') ?? 'all';
    const dst = stringIn(object, 'dst') ?? 'all';
    if (src !== 'all') rule.from = readPrefixed(src, numberIn(object, 'srclen'));
    if (dst !== 'all') rule.to = readPrefixed(dst, numberIn(object, 'dstlen'));
    understood &&= (src === 'all' || rule.from !== null) && (dst === 'all' || rule.to !== null);
    const mark = stringIn(object, 'fwmark');
    const mask = stringIn(object, 'fwmask');
    const pairs: readonly (readonly [string, string | null])[] = [
      ['fwmark', mark === null ? null : mask === null ? mark : `${mark}/${mask}`],
      ['iif', stringIn(object, 'iif')],
      ['oif', stringIn(object, 'oif')],
      ['tos', stringIn(object, 'tos')],
      ['ipproto', stringIn(object, 'ipproto')],
      ['sport', jsonRange(object, 'sport')],
      ['dport', jsonRange(object, 'dport')],
      ['uidrange', jsonRange(object, 'uid')],
      ['suppress_prefixlength', stringIn(object, 'suppress_prefixlen')],
      ['lookup', stringIn(object, 'table')],
      ['goto', stringIn(object, 'goto')],
    ];
    for (const [key, value] of pairs) {
      if (value !== null && !applyPair(rule, key, value)) understood = false;
    }
    const action = stringIn(object, 'action') ?? ('nop' in object ? 'nop' : null);
    if (action !== null) rule.action = bareAction(action) ?? { kind: 'unknown', text: action };
    if (!understood) {
      reading.refuse(0, JSON.stringify(object));
      rule.action = { kind: 'unknown', text: JSON.stringify(object) };
    }
    return rule;
  });
  return settleFamilies(rules);
}
