/** `ip route show table all` (text and -j, v4 and v6) → routes. Which families were there is told beside them. */

import { type Address, type Family, type Network, parseAddress } from '../model/address.ts';
import { type NextHop, ROUTE_TYPES, type Route, type RouteType } from '../model/context.ts';
import { entryOf } from '../model/entry.ts';
import { isObject, type JsonObject, numberIn, objectsIn, stringIn, stringsIn } from './json.ts';
import type { ContextFile, Reading } from './part.ts';
import { everything, readNetwork, readNumber } from './token.ts';

/** Words that say nothing that we use, and have a value. */
const VALUED = new Set([
  'proto',
  'protocol',
  'mtu',
  'advmss',
  'error',
  'expires',
  'hoplimit',
  'window',
  'rtt',
  'rttvar',
  'ssthresh',
  'cwnd',
  'initcwnd',
  'initrwnd',
  'reordering',
  'rto_min',
  'realm',
  'realms',
  'pref',
  'nhid',
  'features',
  'congctl',
  'quickack',
  'ttl-propagate',
  'age',
]);
const TOS_NAMES: Readonly<Record<string, number>> = {
  default: 0,
  lowdelay: 0x10,
  throughput: 8,
  reliability: 4,
};

function isRouteType(word: string): word is RouteType {
  return (ROUTE_TYPES as readonly string[]).includes(word);
}

interface Words {
  readonly values: ReadonlyMap<string, string>;
  readonly flags: readonly string[];
}

/** Reads `via 1.2.3.4 dev eth0 …`; what an `encap` says is passed over. */
function readWords(words: readonly string[]): Words {
  const values = new Map<string, string>();
  const flags: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === 'via' && /^inet6?$/.test(words[i + 1] ?? '')) {
      values.set('via', words[i + 2] ?? '');
      i += 2;
    } else if (
      ['via', 'dev', 'table', 'scope', 'src', 'metric', 'from', 'tos', 'weight', 'priority'].includes(word)
    ) {
      values.set(word, words[++i] ?? '');
    } else if (word === 'encap') {
      while (i + 1 < words.length && words[i + 1] !== 'via' && words[i + 1] !== 'dev') i++;
    } else if (VALUED.has(word)) {
      i++;
      if (words[i] === 'lock') i++;
    } else {
      flags.push(word);
    }
  }
  return { values, flags };
}

function hopOf({ values, flags }: Words): NextHop {
  return {
    dev: values.get('dev') ?? null,
    via: parseAddress(values.get('via') ?? ''),
    weight: readNumber(values.get('weight')) ?? 1,
    flags,
  };
}

function familyOfDefault(text: string, via: Address | null, source: Address | null, unix: boolean): Family {
  return (
    via?.family ?? source?.family ?? (unix || /\bpref (?:low|medium|high)\b/.test(text) ? 'ipv6' : 'ipv4')
  );
}

interface Draft extends Route {
  readonly nexthops: NextHop[];
}

function readRoute(line: string, index: number, reading: Reading): Draft | null {
  const words = line.trim().split(/\s+/);
  const [first = ''] = words;
  const type = isRouteType(first) ? first : 'unicast';
  const rest = isRouteType(first) ? words.slice(1) : words;
  const target = rest[0] ?? '';
  const found = readWords(rest.slice(1));
  const { values } = found;
  const source = parseAddress(values.get('src') ?? '');
  const via = parseAddress(values.get('via') ?? '');
  const from = readNetwork(values.get('from'));
  const destination =
    target === 'default'
      ? everything(familyOfDefault(line, via, source ?? null, from?.family === 'ipv6'))
      : readNetwork(target);
  if (destination === null) return reading.refuse(index, line, target);
  return {
    family: destination.family,
    type,
    destination,
    from,
    table: values.get('table') ?? 'main',
    tos: entryOf(TOS_NAMES, values.get('tos') ?? '') ?? readNumber(values.get('tos')) ?? 0,
    metric: readNumber(values.get('metric') ?? values.get('priority')) ?? 0,
    scope: values.get('scope') ?? null,
    source,
    nexthops: values.has('dev') || values.has('via') ? [hopOf(found)] : [],
    at: reading.at(index),
  };
}

/** Reads the text form. */
export function readRoutes(input: ContextFile, reading: Reading): Route[] {
  const routes: Draft[] = [];
  for (const [index, line] of input.lines.entries()) {
    if (line.trim() === '') continue;
    const words = line.trim().split(/\s+/);
    if (words[0] === 'nexthop') {
      const last = routes.at(-1);
      if (last === undefined) reading.refuse(index, line);
      else last.nexthops.push(hopOf(readWords(words.slice(1))));
      continue;
    }
    if (words[0] === 'cache') continue;
    const route = readRoute(line, index, reading);
    if (route !== null) routes.push(route);
  }
  return routes;
}

function hopOfJson(object: JsonObject): NextHop {
  const via = object['via'];
  const gateway = stringIn(object, 'gateway') ?? (isObject(via) ? stringIn(via, 'host') : null);
  return {
    dev: stringIn(object, 'dev'),
    via: parseAddress(gateway ?? ''),
    weight: numberIn(object, 'weight') ?? 1,
    flags: stringsIn(object, 'flags'),
  };
}

/** Reads `ip -j route show table all`. */
export function readRoutesJson(objects: readonly JsonObject[], reading: Reading): Route[] {
  return objects.flatMap((object): Route[] => {
    const type = stringIn(object, 'type') ?? 'unicast';
    const target = stringIn(object, 'dst') ?? '';
    const source = parseAddress(stringIn(object, 'prefsrc') ?? '');
    const hops = objectsIn(object, 'nexthops').map(hopOfJson);
    const own = hopOfJson(object);
    const destination: Network | null =
      target === 'default'
        ? everything(
            own.via?.family ?? hops[0]?.via?.family ?? source?.family ?? ('pref' in object ? 'ipv6' : 'ipv4'),
          )
        : readNetwork(target);
    if (destination === null || !isRouteType(type)) {
      reading.refuse(0, JSON.stringify(object), target);
      return [];
    }
    return [
      {
        family: destination.family,
        type,
        destination,
        from: readNetwork(stringIn(object, 'from') ?? undefined),
        table: stringIn(object, 'table') ?? 'main',
        tos: numberIn(object, 'tos') ?? 0,
        metric: numberIn(object, 'metric') ?? 0,
        scope: stringIn(object, 'scope'),
        source,
        nexthops: hops.length > 0 ? hops : own.dev !== null || own.via !== null ? [own] : [],
        at: reading.at(0),
      },
    ];
  });
}
