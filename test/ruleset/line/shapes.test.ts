/** Law: the remembered shape of a line is the grammar's, and no sequence of tokens parses in two ways. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  grammarShape,
  type ListStart,
  parseListShape,
  parseSaveShape,
} from '../../../src/ruleset/line/shapes.ts';

const PAIRS: readonly { readonly save: string; readonly list: string; readonly list_exact: string }[] =
  readFileSync(new URL('../../data/corpus/rule-pairs.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const STARTS: readonly ListStart[] = ['plain', 'numberedPlain', 'verbose', 'numberedVerbose'];

test('real lines', () => {
  for (const { save, list, list_exact } of PAIRS) {
    /* Twice: the second answer is the remembered one. */
    for (let i = 0; i < 2; i++) {
      expect(parseSaveShape(save).shape).toEqual(grammarShape(save, 'rule'));
      for (const start of STARTS) {
        expect(parseListShape(list, start).shape).toEqual(grammarShape(list, start));
        expect(parseListShape(list_exact, start).shape).toEqual(grammarShape(list_exact, start));
      }
    }
    expect(parseSaveShape(save).shape).not.toBeNull();
    expect(parseListShape(list, 'verbose').shape).not.toBeNull();
    expect(parseListShape(list_exact, 'numberedVerbose').shape).not.toBeNull();
  }
});

/** All sequences of up to `length` of these words. */
function sequences(words: readonly string[], length: number): string[] {
  if (length === 0) return [''];
  const shorter = sequences(words, length - 1);
  return [...new Set([...shorter, ...shorter.flatMap((text) => words.map((word) => text + word))])];
}

test('save grammar: every short sequence of tokens parses once or not at all', () => {
  for (const line of sequences(['[1:2] ', '! ', '-s ', 'x '], 7)) {
    expect(parseSaveShape(line).shape).toEqual(grammarShape(line, 'rule'));
  }
});

test('list grammar: random rows parse once or not at all', () => {
  const word = fc.constantFrom(
    'ACCEPT',
    '0',
    '12K',
    'tcp',
    'all',
    '--',
    '-f',
    '!f',
    '*',
    'eth0',
    '[goto]',
    'udplite--',
  );
  const place = fc.constantFrom('anywhere', '0.0.0.0/0', '!10.0.0.1', 'fd00::1', '::/0', 'host.example');
  const blank = fc.constantFrom(' ', '  ', '     ', '\t');
  const parts = fc.array(fc.tuple(blank, fc.oneof(word, place)), { minLength: 3, maxLength: 14 });
  fc.assert(
    fc.property(parts, fc.constantFrom(...STARTS), (row, start) => {
      const line = row.flat().join('').slice(1);
      expect(parseListShape(line, start).shape).toEqual(grammarShape(line, start));
    }),
    { numRuns: 5000 },
  );
});

test('the token that cannot be is named', () => {
  expect(parseSaveShape('hello -A X').refused?.offset).toBe(0);
  expect(parseSaveShape('-A X --comment "cut').refused?.offset).toBe(15);
  expect(parseListShape('    0     x ACCEPT', 'verbose').refused?.offset).toBe(10);
  expect(parseListShape('    0     0 ACCEPT', 'verbose')).toMatchObject({ shape: null, refused: null });
});
