import { expect, test } from 'vitest';
import type { Rule } from '../../src/model/ruleset.ts';
import { ownText, ownTextInChain } from '../../src/report/rule-text.ts';
import { rule } from '../make/walk.ts';

const range = { from: 0n, to: 0n };
const counted = { counters: { packets: range, bytes: range } };
const drop = { kind: 'verdict', verdict: 'DROP' } as const;

test.each<[string, Partial<Rule>, string]>([
  ['-A FORWARD -p tcp -j DROP', {}, '-A FORWARD -p tcp -j DROP'],
  ['[12:720] -A FORWARD -p tcp -j DROP', counted, '-A FORWARD -p tcp -j DROP'],
  ['  -A FORWARD -j DROP  ', {}, '-A FORWARD -j DROP'],
  [
    '    0     0 DROP       6    --  eth0   *       10.0.0.0/8           0.0.0.0/0            tcp dpt:80 /* two  blanks */',
    counted,
    'DROP 6 -- eth0 * 10.0.0.0/8 0.0.0.0/0 tcp dpt:80 /* two  blanks */',
  ],
  [
    '3        0     0 DROP       all  --  *      *       0.0.0.0/0            0.0.0.0/0',
    counted,
    'DROP all -- * * 0.0.0.0/0 0.0.0.0/0',
  ],
  [
    '    0     0            6    --  *      *       0.0.0.0/0            0.0.0.0/0           ',
    { ...counted, target: { kind: 'none' } },
    '6 -- * * 0.0.0.0/0 0.0.0.0/0',
  ],
  [
    'DROP       tcp  --  0.0.0.0/0            0.0.0.0/0            tcp dpt:22',
    {},
    'DROP tcp -- 0.0.0.0/0 0.0.0.0/0 tcp dpt:22',
  ],
  ['5    DROP       tcp  --  anywhere             anywhere', {}, 'DROP tcp -- anywhere anywhere'],
  ['DROP       all      fd00::/8             ::/0', {}, 'DROP       all      fd00::/8             ::/0'],
  [
    '    0     0 DROP       0    --  *      *       0.0.0.0/0            0.0.0.0/0            /* -A FORWARD -j x */',
    counted,
    'DROP 0 -- * * 0.0.0.0/0 0.0.0.0/0 /* -A FORWARD -j x */',
  ],
])('%j', (listed, fields, text) => {
  expect(ownText(rule('filter', 3, '-A FORWARD -j DROP', drop, { listed, ...fields }))).toBe(text);
});

test('a row that names the chain leaves it out of the rule', () => {
  expect(ownTextInChain(rule('filter', 1, '-A FORWARD -j DROP', drop))).toBe('-j DROP');
  expect(ownTextInChain(rule('filter', 1, '-A FORWARD2 -j DROP', drop, { chain: 'FORWARD' }))).toBe(
    '-A FORWARD2 -j DROP',
  );
});
