/** What a case expects, as a person writes it → expectations, one for each that can be met or not by itself. */
import { parseAddress, parseNetwork } from '../model/address.ts';
import {
  type Endpoint,
  FINAL_ADDRESSES,
  FINAL_NAMES,
  FINAL_NUMBERS,
  type PlaceName,
  type Wanted,
} from '../model/expectation.ts';
import { isTableName } from '../model/hook.ts';
import type { Range } from '../model/match.ts';
import type { Path } from './document.ts';
import type { Expected } from './schema.ts';

type Written = string | number;

/** Takes what is expected, in words, and where it stands under `expect`. */
type Take = (wanted: Wanted, text: string, path: Path) => void;
/** Takes a value that cannot be read, and what it was to be. */
type Refuse = (path: Path, wants: string) => void;

/** All expectations of a case, in the order of the fields. `path`s begin below `expect`. */
export function readExpected(expected: Expected, take: Take, refuse: Refuse): void {
  const { disposition, by, passes, never, final, endpoints, masquerade, mark } = expected;
  if (disposition !== undefined) {
    const any = listOf(disposition);
    take({ kind: 'disposition', any }, `is ${any.join(' or ')}`, ['disposition']);
  }
  if (by === null) take({ kind: 'by', place: null }, 'is stopped by nothing', ['by']);
  else if (by !== undefined) take({ kind: 'by', place: placeName(by) }, `is stopped by ${by}`, ['by']);
  for (const kind of ['passes', 'never'] as const) {
    const written = kind === 'passes' ? passes : never;
    if (written === undefined) continue;
    listOf(written).forEach((name, i) => {
      const text = kind === 'passes' ? `passes ${name}` : `never touches ${name}`;
      take({ kind, place: placeName(name) }, text, Array.isArray(written) ? [kind, i] : [kind]);
    });
  }
  if (final !== undefined) readFinal(final, take, refuse);
  if (endpoints !== undefined) {
    const all = readAll(endpoints, endpointOf, (i) => refuse(['endpoints', i], 'an address or ADDRESS:PORT'));
    if (all !== null) take({ kind: 'endpoints', all }, `is sent to ${endpoints.join(', ')}`, ['endpoints']);
  }
  if (masquerade !== undefined) {
    const text = masquerade ? 'is masqueraded' : 'is not masqueraded';
    take({ kind: 'masquerade', wanted: masquerade }, text, ['masquerade']);
  }
  if (mark !== undefined) {
    const read = markOf(mark);
    if (read === null) refuse(['mark'], 'a mark, as 0x4000 or 0x4000/0x4000');
    else take({ kind: 'mark', ...read }, `ends with mark ${markText(mark)}`, ['mark']);
  }
}

function readFinal(final: NonNullable<Expected['final']>, take: Take, refuse: Refuse): void {
  for (const field of FINAL_ADDRESSES) {
    const written = final[field];
    if (written === undefined) continue;
    const any = readAll(listOf(written), parseNetwork, () =>
      refuse(['final', field], 'an address or a prefix'),
    );
    if (any !== null) take({ kind: 'address', field, any }, finalText(field, written), ['final', field]);
  }
  for (const field of FINAL_NUMBERS) {
    const written = final[field];
    if (written === undefined) continue;
    const any = readAll(listOf(written), rangeOf, () =>
      refuse(['final', field], 'a number or a range, as 80-90'),
    );
    if (any !== null) take({ kind: 'number', field, any }, finalText(field, written), ['final', field]);
  }
  for (const field of FINAL_NAMES) {
    const written = final[field];
    if (written === undefined) continue;
    take({ kind: 'name', field, any: listOf(written) }, finalText(field, written), ['final', field]);
  }
}

function finalText(field: string, written: Written | readonly Written[]): string {
  return `ends with ${field} ${listOf(written).join(' or ')}`;
}

function listOf<T extends Written>(written: T | readonly T[]): readonly T[] {
  return typeof written === 'string' || typeof written === 'number' ? [written] : written;
}

function readAll<T extends Written, R>(
  written: readonly T[],
  read: (value: T) => R | null,
  refuse: (index: number) => void,
): readonly R[] | null {
  const found: R[] = [];
  for (const [i, value] of written.entries()) {
    const one = read(value);
    if (one === null) {
      refuse(i);
      return null;
    }
    found.push(one);
  }
  return found;
}

/** `CHAIN`, `TABLE:CHAIN`, `TABLE:CHAIN:NUMBER`, `CHAIN:NUMBER`; a chain's name may hold colons itself. */
function placeName(text: string): PlaceName {
  const [, written = '', rest = text] = /^([a-z]+):(.+)$/.exec(text) ?? [];
  const table = isTableName(written) ? written : null;
  const named = table === null ? text : rest;
  const [, chain = named, number = null] = /^(.+):(\d+)$/.exec(named) ?? [];
  return { table, chain, number: number === null ? null : Number(number) };
}

function rangeOf(written: Written): Range | null {
  const [, from = '', to = from] =
    /^(0x[0-9a-f]+|\d+)(?:[-:](0x[0-9a-f]+|\d+))?$/i.exec(String(written)) ?? [];
  const range = { from: Number(from), to: Number(to) };
  return from === '' || range.from > range.to ? null : range;
}

function endpointOf(written: string): Endpoint | null {
  const whole = parseAddress(written);
  if (whole !== null) return { address: whole, port: null };
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(written) ?? [];
  const address = parseAddress(bracketed ?? plain ?? '');
  return address === null || Number(port) > 65535 ? null : { address, port: Number(port) };
}

function markOf(written: Written): { readonly value: number; readonly mask: number } | null {
  const [, value = '', mask = '0xffffffff'] =
    /^(0x[0-9a-f]+|\d+)(?:\/(0x[0-9a-f]+|\d+))?$/i.exec(String(written)) ?? [];
  const read = { value: Number(value), mask: Number(mask) };
  return value === '' || read.value > 0xffffffff || read.mask > 0xffffffff ? null : read;
}

function markText(written: Written): string {
  return typeof written === 'number' ? `0x${written.toString(16)}` : written;
}
