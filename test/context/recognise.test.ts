/** Which part of a context a file is: by what it holds, or, where that is nothing, by its name. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseContext, recogniseContext, recogniseContextName } from '../../src/context/index.ts';
import { sampleLines } from './read.ts';

describe('by content', () => {
  test.each([
    ['ip-addr.txt', 'addresses'],
    ['ip-addr.json', 'addresses'],
    ['ip-route.txt', 'routes'],
    ['ip-route.json', 'routes'],
    ['ip-6-route.txt', 'routes'],
    ['ip-6-route.json', 'routes'],
    ['ip-rule.txt', 'routing-rules'],
    ['ip-rule.json', 'routing-rules'],
    ['ip-6-rule.json', 'routing-rules'],
    ['ipset.save', 'sets'],
    ['ipset-list.txt', 'sets'],
    ['conntrack.txt', 'connections'],
    ['conntrack-extended.txt', 'connections'],
    ['nf_conntrack', 'connections'],
  ])('%s', (name, kind) => {
    expect(recogniseContext(sampleLines(name))).toBe(kind);
    expect(recogniseContext(['', ...sampleLines(name).map((line) => `${line}\r`)])).toBe(kind);
  });

  test.each([
    ['conntrack v1.4.7 (conntrack-tools): 0 flow entries have been shown.', 'connections'],
    ['blackhole 10.5.0.0/16', 'routes'],
    ['default via 10.0.0.1 dev eth0', 'routes'],
    ['10.1.2.3 dev cali123 scope link', 'routes'],
    ['net.ipv4.ip_forward = 1', 'settings'],
    ['/proc/sys/net/ipv4/ip_forward:1', 'settings'],
    ['net/ipv4/ip_forward = 1', 'settings'],
    ['-A INPUT -j ACCEPT', null],
    ['*filter', null],
    ['Chain INPUT (policy ACCEPT)', null],
    ['TRACE: raw:PREROUTING:policy:2 IN=eth0 OUT= SRC=10.0.0.1 DST=10.0.0.2 LEN=40', null],
    ['Nov 24 07:00:00 node kernel: [12.3] default via something dev eth0', null],
    ['[{"a":1}]', null],
    ['[not json', null],
    ['', null],
  ])('%s: %s', (line, kind) => {
    expect(recogniseContext([line])).toBe(kind);
  });

  test.each(['rules.save', 'trace.log', 'packets.jsonl'])('%s of a capture is none', (name) => {
    const folder = join(
      import.meta.dirname,
      '../data/captures',
      name === 'packets.jsonl' ? 'fuzz' : 'service',
    );
    const path =
      name === 'packets.jsonl' ? join(folder, 'deterministic/case-0000', name) : join(folder, name);
    expect(recogniseContext(readFileSync(path, 'utf8').split('\n'))).toBeNull();
  });
});

describe('by name', () => {
  test.each([
    ['ipset.save', 'sets'],
    ['dir/ip-addr.txt', 'addresses'],
    ['ip_a.json', null],
    ['ip-route.txt', 'routes'],
    ['ip-6-route.txt', 'routes'],
    ['ip6-rules.txt', 'routing-rules'],
    ['ip-rule.txt', 'routing-rules'],
    ['conntrack.txt', 'connections'],
    ['nf_conntrack', 'connections'],
    ['sysctl.txt', 'settings'],
    ['notes.txt', null],
    ['routes/notes.txt', null],
  ])('%s: %s', (name, kind) => {
    expect(recogniseContextName(name)).toBe(kind);
  });

  test('an empty listing is a known one', () => {
    const { context, diagnostics } = parseContext([
      { file: 'conntrack.txt', lines: [''] },
      { file: 'ipset.save', lines: [] },
      { file: 'ip-route.json', lines: ['[]'] },
    ]);
    expect(diagnostics).toEqual([]);
    expect(context).toMatchObject({ connections: [], routes: [], routeFamilies: ['ipv4', 'ipv6'] });
    expect(context.sets?.size).toBe(0);
    expect(context.interfaces).toBeNull();
  });

  test('a listing of a table that holds nothing, footer and all', () => {
    const lines = ['conntrack v1.4.7 (conntrack-tools): 0 flow entries have been shown.'];
    expect(parseContext([{ file: 'x', lines }]).context.connections).toEqual([]);
  });
});
