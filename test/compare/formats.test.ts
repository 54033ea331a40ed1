/** The small captures, one question of the kernel each, checked with their rules and without any context. */
import { existsSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describe } from './check.ts';
import { checkFormat } from './formats.ts';

const FORMATS = new URL('../data/captures/formats', import.meta.url).pathname;
const NUMBERS = readdirSync(FORMATS)
  .filter((name) => existsSync(`${FORMATS}/${name}/kmsg.txt`))
  .flatMap((name) => name.match(/^\d+/) ?? []);

/** Captures with packets that these rules cannot explain, and why. */
const OTHERWISE: Readonly<Record<string, string>> = {
  // A packet of another namespace, with other rules.
  '11': 'diverges',
};

test.each(NUMBERS)('%s', (number) => {
  const { walks } = checkFormat(number);
  const diverging = walks.filter(({ check: { status } }) => status === 'diverges');
  if (OTHERWISE[number] === 'diverges') expect(diverging.map(describe)).toHaveLength(1);
  else expect(diverging.map(describe)).toEqual([]);
});
