import { expect, test } from 'vitest';
import { DIAGNOSTICS } from '../../src/model/diagnostic.ts';
import { DIAGNOSTIC_WORDING } from '../../src/report/wording.ts';

test.each(Object.keys(DIAGNOSTICS))('%s is said in one plain line, whatever is known', (code) => {
  const wording: Readonly<Record<string, (args: Record<string, string | number>) => string>> =
    DIAGNOSTIC_WORDING;
  const said = wording[code]?.({}) ?? '';
  expect(said).toMatch(/^[^A-Z\n][^\n]*[^.\n]$|^[A-Z]{2}/);
  expect(said).not.toContain('undefined');
});
