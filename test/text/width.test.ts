import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { visible } from '../../src/text/escape.ts';
import { cutTo, displayWidth, padTo, shorten, wrapPieces } from '../../src/text/width.ts';

test.each([
  ['abc', 3],
  ['中文', 4],
  ['e\u0301', 1],
  ['\u{1f600}', 2],
  ['→×ä', 3],
])('%j takes %i columns', (text, width) => {
  expect(displayWidth(text)).toBe(width);
});

describe('characters that are known to take one column take what string-width says', () => {
  const near = fc.oneof(
    fc.integer({ min: 0x20, max: 0x5ff }),
    fc.integer({ min: 0x2000, max: 0x27ff }),
    fc.constantFrom(0xad, 0x200d, 0xfe0f, 0x20e3, 0x1f600),
  );
  const character = near.map((code) => visible(String.fromCodePoint(code)));

  test('each by itself', () => {
    for (let code = 0x20; code <= 0x27ff; code++) {
      const text = visible(String.fromCodePoint(code));
      expect(displayWidth(text), `U+${code.toString(16)}`).toBe(stringWidth(text));
    }
  });

  test('and beside each other', () => {
    fc.assert(
      fc.property(fc.array(character), (characters) => {
        const text = characters.join('');
        expect(displayWidth(text)).toBe(stringWidth(text));
      }),
      { numRuns: 2000 },
    );
  });
});

test.each([
  ['abcdef', 4, 'abc…'],
  ['abcd', 4, 'abcd'],
  ['中文字', 4, '中…'],
  ['', 4, ''],
])('%j in %i columns is %j', (text, width, short) => {
  expect(shorten(text, width)).toBe(short);
});

test('padding fills by columns, not by characters', () => {
  expect(padTo('中', 4)).toBe('中  ');
  expect(padTo('long', 2)).toBe('long');
  expect(cutTo('中文', 3)).toBe('中');
});

describe('wrapping', () => {
  const wrap = (text: string, width: number, first?: number): string[] =>
    wrapPieces([{ text, value: 0 }], width, first).map((line) => line.map((piece) => piece.text).join(''));

  test.each([
    ['one two three', 8, undefined, ['one two', 'three']],
    ['one two three', Infinity, undefined, ['one two three']],
    ['abcdefghij', 4, undefined, ['abcd', 'efgh', 'ij']],
    ['ab cdefghij', 4, undefined, ['ab', 'cdef', 'ghij']],
    ['one two', 8, 4, ['one', 'two']],
    ['中', 1, undefined, ['中']],
    ['', 5, undefined, ['']],
  ])('%j in %d columns', (text, width, first, lines) => {
    expect(wrap(text, width, first)).toEqual(lines);
  });

  test('loses nothing but blanks at a break, and fits', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' }).map(visible), { minLength: 1 }),
        fc.integer({ min: 2, max: 30 }),
        (texts, width) => {
          const pieces = texts.map((text, i) => ({ text, value: i % 2 }));
          const lines = wrapPieces(pieces, width).map((line) => line.map((piece) => piece.text).join(''));
          for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
          expect(lines.join('').replaceAll(' ', '')).toBe(texts.join('').replaceAll(' ', ''));
        },
      ),
    );
  });
});
