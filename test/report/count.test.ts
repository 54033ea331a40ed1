/** How a sentence begins. */
import { expect, test } from 'vitest';
import { capitalised } from '../../src/report/count.ts';

test.each([
  ['packets part from the rules', 'Packets part from the rules'],
  ['no', 'No'],
  ['conntrack.txt was saved too late', 'conntrack.txt was saved too late'],
  ['cali-FORWARD has another rule', 'cali-FORWARD has another rule'],
  ['12 packets', '12 packets'],
  ['', ''],
])('%j begins a sentence as %j', (text, sentence) => {
  expect(capitalised(text)).toBe(sentence);
});
