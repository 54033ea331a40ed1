/** What cannot be read is said, with its place, and takes nothing else with it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseContext } from '../../src/context/index.ts';
import { readText, sampleLines } from './read.ts';

describe('a line that cannot be read', () => {
  test.each([
    ['sets', 'create s hash:ip\nadd s 10.0.0.1', 'add s 10.0.0.300', 7],
    ['sets', 'create s hash:ip,port\nadd s 10.0.0.1,80', 'add s 10.0.0.1', 7],
    ['sets', 'create s hash:ip\nadd s 10.0.0.1', 'add other 10.0.0.1', 11],
    ['sets', 'create s hash:ip\nadd s 10.0.0.1', 'whatever', 1],
    [
      'addresses',
      '1: lo: <UP> mtu 1\n    inet 127.0.0.1/8 scope host lo',
      '    inet 127.0.0.1/99 scope host lo',
      10,
    ],
    ['routes', 'default via 10.0.0.1 dev eth0', '10.0.0.0/33 dev eth0', 1],
    ['routing-rules', '0:\tfrom all lookup local', '7:\tfrom 10.0.0.300 lookup 7', 4],
    ['connections', CONNECTION(), 'tcp 6 99 ESTABLISHED src=10.0.0.1 dst=10.0.0.2', 1],
    ['settings', 'net.ipv4.ip_forward = 1', 'net.ipv4.ip_forward', 1],
  ])('%s (%#)', (kind, good, bad, column) => {
    const alone = readText('file', good);
    const { context, diagnostics } = readText('file', `${good}\n${bad}`);
    expect(alone.diagnostics).toEqual([]);
    expect(diagnostics).toMatchObject([
      {
        code: 'context.refused',
        at: { file: 'file', line: good.split('\n').length + 1, column },
        args: { kind },
      },
    ]);
    const without = (read: typeof context): unknown => ({
      ...read,
      routingRules: read.routingRules?.filter(({ action }) => action.kind !== 'unknown'),
    });
    expect(without(context)).toEqual(without(alone.context));
  });

  function CONNECTION(): string {
    return 'udp 17 29 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 mark=0 use=1';
  }
});

test('a routing rule that is not understood stays, as one that may do anything', () => {
  const { context, diagnostics } = readText(
    'ip-rule.txt',
    '0:\tfrom all lookup local\n9:\tfrom all frobnicate 3 lookup 7',
  );
  expect(diagnostics).toHaveLength(1);
  expect(context.routingRules?.[1]).toMatchObject({ priority: 9, action: { kind: 'unknown' } });
});

test('a set that comes twice is said, and the later one holds', () => {
  const lines = ['create s hash:ip', 'add s 10.0.0.1'];
  const later = ['create s hash:ip', 'add s 10.0.0.2'];
  const { context, diagnostics } = parseContext([
    { file: 'a', lines },
    { file: 'b', lines: later },
  ]);
  expect(diagnostics).toMatchObject([{ code: 'context.repeated', at: { file: 'b', line: 1 } }]);
  expect(context.sets?.get('s')?.entries).toHaveLength(1);
});

test('a file that is none of it', () => {
  const { diagnostics } = readText('notes.txt', 'hello\nworld');
  expect(diagnostics).toMatchObject([{ code: 'context.unrecognised', at: { file: 'notes.txt', line: 1 } }]);
});

const SAMPLES = [
  'ip-addr.txt',
  'ip-addr.json',
  'ip-route.txt',
  'ip-route.json',
  'ip-rule.txt',
  'ip-rule.json',
  'ipset.save',
  'ipset-list.txt',
  'conntrack.txt',
  'nf_conntrack',
];

test('damage to a listing does not throw, and what is said of it points into it', () => {
  const damage = fc.record({
    sample: fc.constantFrom(...SAMPLES),
    line: fc.nat(200),
    at: fc.nat(100),
    cut: fc.nat(8),
    put: fc.string({ unit: 'binary', maxLength: 6 }),
  });
  fc.assert(
    fc.property(damage, ({ sample, line, at, cut, put }) => {
      const lines = sampleLines(sample);
      const index = line % lines.length;
      const text = lines[index] ?? '';
      const place = at % (text.length + 1);
      lines[index] = text.slice(0, place) + put + text.slice(place + cut);
      const { diagnostics } = parseContext([{ file: sample, lines }]);
      for (const { at: where } of diagnostics) {
        expect(where?.file).toBe(sample);
        expect(where?.line).toBeGreaterThan(0);
        expect(where?.line).toBeLessThanOrEqual(lines.length);
      }
    }),
    { numRuns: 1500 },
  );
});
