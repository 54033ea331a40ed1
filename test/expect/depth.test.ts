import { describe, expect, test } from 'vitest';
import { readDocument } from '../../src/expect/document.ts';

describe('a file that nests deeper than its parser can bear', () => {
  test.each([
    ['brackets', `cases: ${'['.repeat(100_000)}`],
    ['braces over lines', `cases:\n${'{a: \n'.repeat(2000)}`],
    ['sequences in a line', `cases: \n${'- '.repeat(50_000)}x`],
    ['keys in a line', `${'? '.repeat(50_000)}`],
    ['indentation', `${' '.repeat(5000)}x: 1`],
  ])('%s', (_, text) => {
    const { suite, diagnostics } = readDocument('suite.yaml', text.split('\n'));
    expect(suite).toBeNull();
    expect(diagnostics).toMatchObject([{ code: 'expect.syntax', args: { message: 'nested too deeply' } }]);
  });

  test('what people write is not', () => {
    const { diagnostics } = readDocument('suite.yaml', [
      'cases:',
      '  - name: "[[[ - - ??? {{{"',
      '    packet: {src: "::1"}',
    ]);
    expect(diagnostics.every(({ args }) => args['message'] !== 'nested too deeply')).toBe(true);
  });
});
