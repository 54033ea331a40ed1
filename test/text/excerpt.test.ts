import { expect, test } from 'vitest';
import { diagnostic } from '../../src/model/diagnostic.ts';
import { excerptOf } from '../../src/text/excerpt.ts';

function drawn(line: string, column: number, length: number, width: number): string {
  const excerpt = excerptOf(
    diagnostic('log.refused', { file: 'f', line: 7, column }, {}, line, length),
    width,
  );
  if (excerpt === null) return 'null';
  return `${excerpt.text}\n${' '.repeat(excerpt.caret.offset)}${'^'.repeat(excerpt.caret.length)}`;
}

test.each([
  ['a bad word here', 3, 3, 80, 'a bad word here\n  ^^^'],
  ['tab\there', 5, 4, 80, 'tab\\there\n     ^^^^'],
  ['\x1b[0mX', 5, 1, 80, '\\x1b[0mX\n       ^'],
  ['中文x', 3, 1, 80, '中文x\n    ^'],
  ['short', 6, 1, 80, 'short\n     ^'],
  ['', 1, 1, 80, '\n^'],
  [`${'a'.repeat(50)}HERE${'b'.repeat(50)}`, 51, 4, 20, `…aaaaaaaaaaHEREbbbb…\n           ^^^^`],
  [
    `${'a'.repeat(300)}!${'b'.repeat(300)}`,
    301,
    1,
    60,
    `…${'a'.repeat(24)}!${'b'.repeat(33)}…\n${' '.repeat(25)}^`,
  ],
])('%j', (line, column, length, width, picture) => {
  expect(drawn(line, column, length, width)).toBe(picture);
});

test('quotes nothing where there is no line', () => {
  expect(excerptOf(diagnostic('log.refused', { file: 'f', line: 1, column: 1 }))).toBeNull();
});
