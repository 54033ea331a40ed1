/**
 * Option values as a person writes them → typed values. What is wrong is said in words, with the choices,
 * through commander's InvalidArgumentError. Options that repeat also take lists with commas.
 */
import { InvalidArgumentError } from 'commander';
import { type Network, parseNetwork } from '../model/address.ts';
import { isTableName, TABLES } from '../model/hook.ts';
import type { Range } from '../model/match.ts';
import { type Moment, parseMoment } from '../model/moment.ts';
import { protocolNumber } from '../model/protocol.ts';
import { portNumber } from '../model/services.ts';
import type { IncidentEdge, RuleName } from '../report/index.ts';

/** Makes a parser of one value a parser of an option that repeats and takes `a,b`. */
export function listOf<T>(parse: (text: string) => T): (text: string, before: readonly T[]) => readonly T[] {
  return (text, before) => [
    ...before,
    ...text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map(parse),
  ];
}

/** A parser of an option that repeats, each value taken whole. */
export function eachOf<T>(parse: (text: string) => T): (text: string, before: readonly T[]) => readonly T[] {
  return (text, before) => [...before, parse(text)];
}

/** The text itself. */
export function plainText(text: string): string {
  return text;
}

/** One of `choices`. */
export function choiceOf<T extends string>(choices: readonly T[]): (text: string) => T {
  return (text) => {
    const found = choices.find((choice) => choice === text.toLowerCase());
    if (found === undefined) throw new InvalidArgumentError(`It is one of ${choices.join(', ')}.`);
    return found;
  };
}

/** `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`, `10.0.0.0/255.0.255.0`. */
export function network(text: string): Network {
  const bare = /^\[(.+)\]$/.exec(text)?.[1] ?? text;
  const parsed = parseNetwork(bare);
  if (parsed === null)
    throw new InvalidArgumentError('It is an address or a prefix, as 10.0.0.0/8 or fd00::1.');
  return parsed;
}

/** `80`, `http`, `8000-8080`, `8000:8080`, `ftp:ssh`. */
export function ports(text: string): Range {
  const [first = '', second = first, ...more] = /^\d+-\d+$/.test(text) ? text.split('-') : text.split(':');
  const [from, to] = [port(first), port(second)];
  if (from === null || to === null || from > to || more.length > 0) {
    throw new InvalidArgumentError('It is a port, a service or a range, as 80, http or 8000-8080.');
  }
  return { from, to };
}

/** A number of up to 16 bits, or the name of a service; null if it is neither. */
function port(text: string): number | null {
  if (!/^\d+$/.test(text)) return portNumber(text);
  return Number(text) > 65535 ? null : Number(text);
}

/** `tcp`, `icmpv6`, `47`. */
export function protocol(text: string): number {
  const number = protocolNumber(text);
  if (number === null) {
    throw new InvalidArgumentError('It is tcp, udp, icmp, icmpv6 or another protocol, or its number.');
  }
  return number;
}

/** An IP identification: decimal or `0x…`, 16 bits. */
export function identification(text: string): number {
  const number = /^(?:\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : Number.NaN;
  if (!(number <= 0xffff)) throw new InvalidArgumentError('It is a number from 0 to 65535 (ID= of the log).');
  return number;
}

/** The number of a walk, with or without `#`. */
export function walkNumber(text: string): number {
  const number = Number(/^#?(\d+)$/.exec(text)?.[1] ?? Number.NaN);
  if (!(number >= 1)) throw new InvalidArgumentError('It is the number of a walk, as 17.');
  return number;
}

/** How many ways of a packet to follow. */
export function branchCount(text: string): number {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (number === 0) throw new InvalidArgumentError('It is a number from 1 to 999999.');
  return number;
}

/** `KUBE-SERVICES`, `nat:KUBE-SERVICES`. */
export function chainName(text: string): RuleName {
  const colon = text.indexOf(':');
  const table = text.slice(0, Math.max(0, colon));
  if (isTableName(table)) return { table, chain: text.slice(colon + 1), number: null };
  return { table: null, chain: text, number: null };
}

/** `nat:KUBE-SVC-X:2`, `KUBE-SVC-X:2`; chain names may hold colons. */
export function ruleName(text: string): RuleName {
  const [, name = '', number = ''] = /^(.+):(\d+)$/.exec(text) ?? [];
  if (name === '') {
    throw new InvalidArgumentError(
      `It is TABLE:CHAIN:NUMBER, as nat:KUBE-SERVICES:7 (${TABLES.join(', ')}), or CHAIN:NUMBER.`,
    );
  }
  return { ...chainName(name), number: Number(number) };
}

/** A point in time, as `--since` and `--until` take it. */
export function moment(edge: 'start' | 'end'): (text: string) => Moment {
  return (text) => {
    const parsed = parseMoment(text, edge);
    if (parsed === null) {
      throw new InvalidArgumentError(
        'It is 2024-05-01T08:00:16Z, a time as the log shows it (Jun 22 12:47:55, 12:47:55), or seconds since boot (1713.24).',
      );
    }
    return parsed;
  };
}

/** A bound of an incident: the moment, and as it was written. */
export function incidentEdge(edge: 'start' | 'end'): (text: string) => IncidentEdge {
  return (text) => ({ text, moment: moment(edge)(text) });
}

/** The year of the log's first line. */
export function year(text: string): number {
  const number = /^\d{4}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= 1970)) throw new InvalidArgumentError('It is a year, as 2024.');
  return number;
}

/** A number from 1 on. */
export function limit(text: string): number {
  const value = Number(text);
  if (!/^[1-9]\d*$/.test(text) || !Number.isSafeInteger(value))
    throw new InvalidArgumentError('It is a number from 1 on.');
  return value;
}
