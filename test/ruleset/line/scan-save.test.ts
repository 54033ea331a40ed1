/** Law: the hand scanner of save lines gives the tokens that the grammar's lexer gives. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { saveLexer, type Token } from '../../../src/ruleset/lexer.ts';
import { scanSaveLine } from '../../../src/ruleset/scan-save.ts';

function lexed(line: string): readonly Token[] {
  return saveLexer.tokens(line).map(({ type, text, offset, index }) => ({ type, text, offset, index }));
}

test('real lines', () => {
  const pairs = readFileSync(new URL('../../data/corpus/rule-pairs.jsonl', import.meta.url), 'utf8');
  const saves = pairs
    .trim()
    .split('\n')
    .map((line): string => JSON.parse(line).save);
  const rules = readFileSync(new URL('../../data/captures/service/rules.save', import.meta.url), 'utf8');
  for (const line of [...saves, ...rules.split('\n')]) expect(scanSaveLine(line)).toEqual(lexed(line));
});

test('lines of all that the lexer tells apart', () => {
  const piece = fc.constantFrom(
    ...['[1:2]', '[1:', '[a:1]', ':', ']', '!', '! ', ' ', '\t', '\n', '-', '--', '-A', '-4', '-5', '-Ax'],
    ...[
      '--dport',
      '--dport=',
      '--comment',
      '--comment ',
      '--comment=',
      '--comments ',
      '--u32 ',
      '--log-prefix',
    ],
    ...['"', '"a b"', '\\', '\\"', '"\\', 'x', '_', '=', '--a_b-c', '--é', '\u00a0', '\ud83d', "'"],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      const line = pieces.join('');
      expect(scanSaveLine(line)).toEqual(lexed(line));
    }),
    { numRuns: 5000 },
  );
});

test('any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (line) => {
      expect(scanSaveLine(line)).toEqual(lexed(line));
    }),
    { numRuns: 2000 },
  );
});
