/** The lab itself: cases that were captured elsewhere, played again, give the same truth to the letter. */
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readCase } from './lab/case-folder.ts';
import { describeLab } from './lab/lab-test.ts';
import type { Truth } from './lab/truth.ts';
import { playCase } from './shrink.ts';

const FUZZ = new URL('../data/captures/fuzz', import.meta.url).pathname;

function walks(truth: readonly Truth[]): readonly string[] {
  return truth
    .filter(({ steps }) => steps.length > 0)
    .map(({ n, error, steps }) => `${n}${error === true ? ' error' : ''} ${steps.join(' ')}`)
    .sort();
}

describeLab('captured cases', () => {
  for (const kind of ['deterministic', 'deterministic6']) {
    for (const name of readdirSync(`${FUZZ}/${kind}`)) {
      test(`${kind}/${name}`, async () => {
        const captured = readCase(`${FUZZ}/${kind}/${name}`);
        const { played } = await playCase(captured);
        expect(walks(played.truth)).toEqual(walks(captured.truth));
      });
    }
  }
});
