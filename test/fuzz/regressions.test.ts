/** What fuzzing found, one small case each. */
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { parseContext, recogniseContext } from '../../src/context/index.ts';
import { openLogs } from '../../src/io/index.ts';
import { parsePacket } from '../../src/simulate/index.ts';
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

/** Names that every object of JavaScript brings along. */
const INHERITED = ['constructor', 'toString', 'hasOwnProperty', '__proto__', 'valueOf'];

describe.each(INHERITED)('the name %s means nothing', (name) => {
  test('as a target, a chain, a match or an option', () => {
    const lines = [
      '-P FORWARD ACCEPT',
      `-N ${name}`,
      `-A FORWARD -j ${name}`,
      `-A ${name} -p ${name} -j DROP`,
    ];
    const { diagnostics } = settle([...lines, `-A FORWARD -m ${name} --${name} x -j ${name}x`].join('\n'));
    expect(diagnostics.length).toBeGreaterThan(0);
    settle(`*filter\n:FORWARD ACCEPT [0:0]\n--${name} x\n-A FORWARD -j ${name}\nCOMMIT`);
  });

  test('in a packet', () => {
    const { packet, diagnostics } = parsePacket(`src=10.0.0.1 proto=${name} flags=${name} ${name}=1`);
    expect(packet?.packet).not.toHaveProperty('protocol');
    expect(packet?.packet).not.toHaveProperty('flags');
    expect(diagnostics).toHaveLength(3);
  });

  test('in a context', () => {
    const files = [
      `create s hash:ip,port\nadd s 10.0.0.1,icmp:${name}\nadd s 10.0.0.1,${name}:80`,
      `default via 10.0.0.1 dev eth0 tos ${name}`,
      `0: from all ipproto ${name} lookup main`,
    ];
    const { diagnostics, context } = parseContext(
      files.map((text, i) => ({ file: `${i}`, lines: text.split('\n') })),
    );
    expect(diagnostics).toHaveLength(3);
    expect(context.routes?.[0]?.tos).toBe(0);
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
