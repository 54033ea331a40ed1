/** What fuzzing found, one small case each. */
import { describe, expect, test } from 'vitest';
import { parseContext, recogniseContext } from '../../src/context/index.ts';
import { settle } from './rules-targets.ts';

describe('rules', () => {
  test('a save whose first table line is cut off is not whole, and says which rules it cannot place', () => {
    const text = [
      ':FORWARD ACCEPT [3:198]',
      ':OUTPUT ACCEPT [3:126]',
      '[3:142] -A FORWARD -p udp -j ACCEPT',
      'COMMIT',
      '*raw',
      ':PREROUTING ACCEPT [0:0]',
      'COMMIT',
    ].join('\n');
    const { ruleset, diagnostics } = settle(text);
    expect(ruleset.whole).toEqual([]);
    expect(diagnostics.map(({ code, at }) => [code, at.line])).toContainEqual(['ruleset.ambiguous-table', 1]);
  });
});

describe('context', () => {
  test('a setting of many dots takes no time beyond its length', () => {
    const line = `net.${'a.'.repeat(5000)}!`;
    expect(recogniseContext([line])).toBe(null);
    expect(
      parseContext([{ file: 'sysctl.txt', lines: ['net.ipv4.ip_forward = 1', line] }]).diagnostics,
    ).toHaveLength(1);
  });
});
