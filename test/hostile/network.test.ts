/** Nothing asks the network: no module that could is loaded, but for pipes; and no command makes a connection. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;
const SRC = join(ROOT, 'src');
const BIN = join(ROOT, 'dist/cli/bin.js');
const SAMPLES = join(ROOT, 'samples');

function filesUnder(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesUnder(path) : [path];
  });
}

test('no source loads what could ask the network', () => {
  const loading = filesUnder(SRC)
    .filter((path) =>
      /['"]node:(?:net|http|https|http2|tls|dns|dns\/promises|dgram|inspector|cluster)['"]|\bfetch\(|\bWebSocket\b|\bXMLHttpRequest\b/.test(
        readFileSync(path, 'utf8'),
      ),
    )
    .map((path) => relative(SRC, path));
  // A FIFO is read through a Socket that is given its descriptor.
  expect(loading).toEqual(['io/open.ts']);
});

/** Loaded before the program: whatever would leave the machine is noted and refused. */
const GUARD = `
const { appendFileSync } = require('node:fs');
const refuse = (what) => function () {
  appendFileSync(process.env.ASKED, what + '\\n');
  throw new Error('asks the network: ' + what);
};
require('node:net').Socket.prototype.connect = refuse('connect');
require('node:dgram').Socket.prototype.send = refuse('send');
const dns = require('node:dns');
for (const each of [dns, dns.promises]) for (const name of ['lookup', 'resolve', 'reverse']) each[name] = refuse('dns.' + name);
globalThis.fetch = refuse('fetch');
`;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-analyze-network-'));
  writeFileSync(join(folder, 'guard.cjs'), GUARD);
});
afterAll(() => rmSync(folder, { recursive: true }));

function guarded(script: readonly string[]): { readonly status: number | null; readonly asked: string } {
  const asked = join(folder, 'asked');
  rmSync(asked, { force: true });
  const { status } = spawnSync(process.execPath, ['--require', join(folder, 'guard.cjs'), ...script], {
    env: { ...process.env, ASKED: asked },
    encoding: 'utf8',
  });
  return { status, asked: existsSync(asked) ? readFileSync(asked, 'utf8') : '' };
}

test('the guard would see it', () => {
  const { asked } = guarded([
    '-e',
    "fetch('http://example.invalid').catch(() => {}); require('net').connect(1)",
  ]);
  expect(asked).not.toBe('');
});

const SAMPLE = join(SAMPLES, 'service-two-endpoints');
const MAIN = [join(SAMPLE, 'syslog.log'), '--rules', join(SAMPLE, 'rules.save'), '--context', SAMPLE];

describe('no command asks the network', () => {
  const store = (): string => join(folder, 'traces.db');
  const commands: Readonly<Record<string, () => readonly string[]>> = {
    analyze: () => MAIN,
    html: () => [...MAIN, '--format', 'html', '-o', join(folder, 'report.html')],
    'a host by name': () => [...MAIN, '--src', 'localhost.example'],
    store: () => [...MAIN, '--store', store()],
    query: () => ['query', store(), 'select count(*) from walks'],
    rules: () => ['rules', join(SAMPLE, 'rules.save'), '--format', 'save'],
    simulate: () => [
      ...['simulate', '--rules', join(SAMPLE, 'rules.save'), '--context', SAMPLE],
      ...['--packet', 'in=eth0 src=10.0.0.1 dst=node1.example proto=tcp dport=80 flags=syn'],
    ],
    expect: () => {
      const suite = join(SAMPLES, 'expect-kube-proxy');
      return [
        'expect',
        join(suite, 'expectations.yaml'),
        '--rules',
        join(suite, 'rules.save'),
        '--context',
        suite,
      ];
    },
    diff: () => [
      'diff',
      join(SAMPLES, 'diff-inserted-rule/before'),
      join(SAMPLES, 'diff-inserted-rule/after'),
    ],
    help: () => ['--help'],
  };

  test.each(Object.entries(commands))('%s', (_, args) => {
    const { status, asked } = guarded([BIN, ...args()]);
    expect(asked).toBe('');
    expect([0, 1, 2]).toContain(status);
  });
});
