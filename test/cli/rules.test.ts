import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FileKind, kindOf } from '../../src/cli/folder.ts';
import { run } from '../make/stdio.ts';

const DATA = new URL('../data/', import.meta.url).pathname;
const SEED = join(DATA, 'captures/seed-same-node');
const SAVE = join(SEED, 'rules.save');
const FILTER = join(SEED, 'rules.filter.list');
const IPV6 = new URL('../../samples/ipv6-web-server/rules.save', import.meta.url).pathname;

function rulesIn(text: string): string[] {
  return text.split('\n').filter((line) => /^(?:\[\d+:\d+\] )?-A /.test(line));
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rules-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('--format save', () => {
  test('a save comes back to the letter', async () => {
    const { code, out } = await run(['rules', SAVE, '--format', 'save']);
    expect(code).toBe(0);
    expect(rulesIn(out)).toEqual(rulesIn(readFileSync(SAVE, 'utf8')));
  });

  test('a listing becomes the rules that a save would have, for one table', async () => {
    const { code, out, err } = await run(['rules', `filter=${FILTER}`, '-f', 'save']);
    expect(code).toBe(0);
    expect(out).toMatch(/^\*filter\n/m);
    expect(out).toContain(
      '-A cali-FORWARD -i cali+ -m comment --comment "cali:8ZoYfO5HKXWbB3pk" -j cali-from-wl-dispatch',
    );
    expect(err).not.toContain('error');
  });

  test('what a listing loses is said on standard error', async () => {
    const file = join(folder, 'plain.list');
    writeFileSync(
      file,
      'Chain INPUT (policy ACCEPT)\ntarget     prot opt source               destination\nDROP       tcp  --  0.0.0.0/0            0.0.0.0/0            tcp dpt:22\n',
    );
    const { out, err } = await run(['rules', `filter=${file}`, '-f', 'save']);
    expect(out).toContain('--dport 22 -j DROP');
    expect(err).toMatch(/filter INPUT:1: not known: .*interface/);
    expect((await run(['rules', `filter=${file}`, '-f', 'save', '--quiet'])).err).toBe('');
  });

  test('both families are told apart', async () => {
    const { out } = await run(['rules', SAVE, IPV6, '-f', 'save']);
    expect(out).toMatch(/^# for iptables-restore\n\*[\s\S]*^# for ip6tables-restore\n\*/m);
  });
});

test('--format json: typed rules with their place, and what was wrong', async () => {
  const { code, out } = await run(['rules', IPV6, '-f', 'json']);
  expect(code).toBe(0);
  const parsed = JSON.parse(out);
  const filter = parsed.tables.find((table: { name: string }) => table.name === 'filter');
  const services = filter.chains.find((chain: { name: string }) => chain.name === 'SERVICES');
  expect(services.rules[1]).toMatchObject({
    number: 2,
    target: 'ACCEPT',
    source: { file: IPV6, line: 12 },
    matches: expect.arrayContaining([{ kind: 'source', not: false, network: '2001:db8:99::/64' }]),
  });
  expect(parsed.diagnostics).toEqual([]);
});

test('text: tables, chains with policies, numbered rules', async () => {
  const { out } = await run(['rules', IPV6]);
  expect(out).toMatch(/^IPv6 filter\nfrom .*rules\.save, ip(?:6)?tables-save\n/m);
  expect(out).toMatch(/^Chain INPUT \(policy DROP\)\n {5}1 {2}-m conntrack/m);
});

test('text that holds no rules is an input that cannot be read', async () => {
  const file = join(folder, 'notes.txt');
  writeFileSync(file, 'dear diary\n');
  const { code, err } = await run(['rules', file]);
  expect(code).toBe(2);
  expect(err).toContain('notes.txt');
  expect((await run(['rules', join(folder, 'none')])).code).toBe(2);
});

describe('a folder’s files are taken by what they hold', () => {
  const lines = (path: string): string[] => readFileSync(join(DATA, path), 'utf8').split('\n');
  test.each<[string, readonly string[], FileKind | null]>([
    ['x', lines('captures/seed-same-node/syslog.log'), 'log'],
    ['x', lines('captures/seed-same-node/rules.save'), 'rules'],
    ['x', lines('captures/seed-same-node/rules.list'), 'rules'],
    ['x', lines('captures/seed-same-node/ipset.save'), 'context'],
    ['x', lines('captures/seed-same-node/ip-addr.txt'), 'context'],
    ['x', lines('captures/seed-same-node/ip-route.txt'), 'context'],
    ['x', lines('captures/seed-same-node/ip-rule.txt'), 'context'],
    ['x', lines('captures/seed-same-node/conntrack.txt'), 'context'],
    ['x', lines('captures/service/walks.jsonl').slice(0, 3), null],
    ['README.txt', lines('captures/docker-bridge/README.txt'), null],
    [
      'README.md',
      ['# A story', '', 'The log said `TRACE: raw:PREROUTING:policy:2`, once.', '', 'Nothing else.'],
      null,
    ],
    ['ipset.save', [''], 'context'],
    ['iptables.txt', [], 'rules'],
    ['syslog.log', [''], 'log'],
    ['notes', [], null],
    ['kern.log', ['Jun 22 12:47:55 node1 kernel: eth0: link up'], 'log'],
  ])('%s', (name, text, kind) => {
    expect(kindOf(`some/folder/${name}`, text)).toBe(kind);
  });
});
