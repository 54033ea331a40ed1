/** What fuzzing found, one small case each. */
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { parseContext, recogniseContext } from '../../src/context/index.ts';
import { openLogs } from '../../src/io/index.ts';
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

  test('a blank that separates no words, in a comment or anywhere, ends no reading', () => {
    const row = (tail: string): string =>
      `Chain X (1 references)\n pkts bytes target prot opt in out source destination\n 0 0 ACCEPT 0 -- * * 0.0.0.0/0 0.0.0.0/0 ${tail}`;
    const { ruleset } = settle(row('/* a\u00a0*/ ctstate NEW\n\nChain FORWARD (policy ACCEPT)\n'));
    expect(ruleset.tables).toHaveLength(0);
    for (const blank of ['\u00a0', '\u2028', '\u3000', '\v', '\f', '\ufeff'])
      settle(row(`tcp${blank}dpt:1 ${blank}x`));
  });
});

describe('context', () => {
  test('a number of JSON that is none of the kernel', () => {
    const rules = JSON.stringify([{ priority: 1.5, src: '10.0.0.0', srclen: 1.5, table: 'main' }]);
    const { context } = parseContext([{ file: 'ip-rule.json', lines: [rules] }]);
    expect(context.routingRules).toHaveLength(1);
  });

  test('a setting of many dots takes no time beyond its length', () => {
    const line = `net.${'a.'.repeat(5000)}!`;
    expect(recogniseContext([line])).toBe(null);
    expect(
      parseContext([{ file: 'sysctl.txt', lines: ['net.ipv4.ip_forward = 1', line] }]).diagnostics,
    ).toHaveLength(1);
  });
});

test('the last line, ended by half of a CRLF, is the line', async () => {
  const lines: string[] = [];
  const stdin = [Buffer.from('a\r\nb\r')];
  for await (const batch of openLogs(['-'], { stdin: Readable.from(stdin) }, { diagnostic: () => {} }))
    lines.push(...batch.lines);
  expect(lines).toEqual(['a', 'b']);
});
