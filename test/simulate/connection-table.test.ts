/** The connection table is bounded: of more connections than it keeps, those are given up that no packet met for longest. */
import { expect, test } from 'vitest';
import { parseAddress } from '../../src/model/address.ts';
import { type Connection, newConnection } from '../../src/simulate/connection.ts';
import { ConnectionTable, MOST, Tables } from '../../src/simulate/connection-table.ts';
import { invertTuple, type Tuple, tupleKey } from '../../src/simulate/tuple.ts';

const SRC = parseAddress('10.0.0.1') ?? undefined;
const DST = parseAddress('10.0.0.2') ?? undefined;

function connection(n: number): Connection {
  const original: Tuple = {
    family: 'ipv4',
    protocol: 17,
    src: SRC,
    dst: DST,
    sport: n & 0xffff,
    dport: 53 + (n >>> 16),
  };
  const reply = invertTuple(original) ?? original;
  return { ...newConnection(0, original, reply, null), confirmed: true };
}

function keyOf(n: number): string {
  return tupleKey(connection(n).original, 0) ?? '';
}

function open(table: ConnectionTable, n: number): void {
  table.merge([{ written: new Map([[keyOf(n), connection(n)]]), probability: 1 }]);
}

test('the oldest go, unless a packet met them again', () => {
  const table = new ConnectionTable([]);
  for (let n = 0; n < MOST; n++) {
    open(table, n);
    if (n % 1000 === 0) open(table, 0);
  }
  for (let n = MOST; n < MOST + 5000; n++) open(table, n);
  expect(table.cells.size).toBeLessThanOrEqual(MOST);
  expect(table.cells.size).toBeGreaterThan(MOST / 2);
  const found = (n: number): readonly string[] => [...table.index.exact(keyOf(n))];
  expect(found(0)).toEqual([keyOf(0)]);
  expect(found(1)).toEqual([]);
  expect(found(MOST + 4999)).toEqual([keyOf(MOST + 4999)]);
});

test('tables that are many keep less each', () => {
  const tables = new Tables();
  const [first] = Array.from({ length: 1000 }, () => new ConnectionTable([], tables));
  if (first === undefined) throw new Error('no table');
  for (let n = 0; n < 500; n++) open(first, n);
  expect(first.cells.size).toBeLessThanOrEqual(64);
  expect(first.cells.has(keyOf(499))).toBe(true);
});
