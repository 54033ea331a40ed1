/** Laws: the columns that the fast scanner finds are the grammar's, and a row reads the same with what is remembered. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Family } from '../../../src/model/address.ts';
import type { Token } from '../../../src/ruleset/lexer.ts';
import { RowMemo } from '../../../src/ruleset/line/row-memo.ts';
import { parseListShape } from '../../../src/ruleset/line/shapes.ts';
import type { ListShape } from '../../../src/ruleset/nodes.ts';
import { parseListRule } from '../../../src/ruleset/rule-line.ts';
import { scanListRow } from '../../../src/ruleset/scan-list.ts';
import { linesOf, mangled, PAIRS } from './mangled.ts';

const ROW = /^\s*(?:\d+ +)?\d+[KMGT]? +\d+[KMGT]? /;
const LISTED = [...linesOf('.list', ROW), ...linesOf('.Lnvx', ROW), ...linesOf('.Lv', ROW)];
const ROWS = [...LISTED, ...PAIRS.flatMap(({ list, list_exact }) => [list, list_exact])];
const CHAINS = new Map(['KUBE-SERVICES', 'cali-INPUT'].map((name) => [name, { name }]));
const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];

/** What stands in each column, and where. */
function columnsOf(tokens: readonly Token[], shape: ListShape): readonly (readonly unknown[])[] {
  return Object.entries(shape)
    .map(([column, index]) => [column, tokens[index]?.text, tokens[index]?.offset])
    .sort();
}

/** Whether the scanner takes the row; then the grammar must find the same columns. */
function isScanned(row: string, numbered: boolean): boolean {
  const scanned = scanListRow(row, numbered);
  if (scanned === null) return false;
  const { tokens, shape } = parseListShape(row, numbered ? 'numberedVerbose' : 'verbose');
  expect(columnsOf(scanned.tokens, scanned.shape)).toEqual(columnsOf(tokens, shape ?? {}));
  return true;
}

test('real rows: nearly all are scanned, and as the grammar reads them', () => {
  const taken = ROWS.filter((row) => [isScanned(row, false), isScanned(row, true)].includes(true));
  expect(ROWS.length).toBeGreaterThan(1500);
  expect(taken.length / ROWS.length).toBeGreaterThan(0.95);
});

test('rows with their words mixed up are scanned as the grammar reads them, or not at all', () => {
  let taken = 0;
  fc.assert(
    fc.property(mangled(ROWS), fc.boolean(), (row, numbered) => {
      if (isScanned(row, numbered)) taken++;
    }),
    { numRuns: 20_000 },
  );
  expect(taken).toBeGreaterThan(4000);
});

/** Reads the row twice with the memo: the second time it may be remembered. */
function check(row: string, family: Family, numbered: boolean, memo: RowMemo): void {
  const context = { family, layout: { numbered, verbose: true } };
  const plain = parseListRule(row, context);
  expect(parseListRule(row, context, memo)).toEqual(plain);
  expect(parseListRule(row, context, memo)).toEqual(plain);
}

test.each(FAMILIES)('real rows read the same with a memo: %s', (family) => {
  const memo = new RowMemo(CHAINS);
  for (const row of ROWS) for (const numbered of [false, true]) check(row, family, numbered, memo);
});

test('rows with their words mixed up read the same with a memo', () => {
  const memos = { ipv4: new RowMemo(CHAINS), ipv6: new RowMemo(CHAINS) };
  fc.assert(
    fc.property(mangled(ROWS), fc.constantFrom(...FAMILIES), fc.boolean(), (row, family, numbered) => {
      check(row, family, numbered, memos[family]);
    }),
    { numRuns: 10_000 },
  );
});

test('comments that end in several places, or look like matches', () => {
  const memo = new RowMemo(CHAINS);
  const head = '    0     0 ACCEPT     tcp  --  *      *       0.0.0.0/0            0.0.0.0/0            ';
  const word = fc.constantFrom(
    '/*',
    '*/',
    'a',
    '/* a */',
    'tcp',
    'dpt:80',
    'ctstate',
    'NEW',
    '',
    '*//*',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 9 }), (words) => {
      check(head + words.join(' '), 'ipv4', false, memo);
    }),
    { numRuns: 5000 },
  );
});
