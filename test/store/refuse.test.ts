/** What a store says when it cannot be used, and that it leaves alone what is not its own. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { APPLICATION_ID, MIGRATIONS, SCHEMA } from '../../src/store/migrations.ts';
import { run } from '../make/stdio.ts';
import { analysed, CAPTURES, OPTIONS, reading, store } from './capture.ts';

const LOG = join(CAPTURES, 'seed-same-node', 'syslog.log');
const RULES = join(CAPTURES, 'seed-same-node', 'rules.save');

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'refuse-'));
  path = join(folder, 'traces.db');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function make(sql: string): void {
  const database = new Sqlite(path);
  database.exec(sql);
  database.close();
}

test.each([
  [
    'a newer one',
    () => make(`PRAGMA application_id=${APPLICATION_ID}; PRAGMA user_version=99`),
    /newer.*update trace-analyze/,
  ],
  ['a database of another program', () => make('CREATE TABLE t (x)'), /another program/],
  ['one that only looks foreign', () => make('PRAGMA user_version=1'), /another program/],
  [
    'a text',
    () => writeFileSync(path, 'hello world, this is no database at all\n'.repeat(100)),
    /no SQLite database/,
  ],
])('%s is refused, and left as it is', async (_, prepare, message) => {
  prepare();
  const before = readFileSync(path);
  for (const args of [
    [LOG, '--rules', RULES, '--store', path],
    ['list', '--from', path],
    ['query', path, 'select 1'],
  ]) {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
    expect(err).toContain(path);
  }
  expect(readFileSync(path).equals(before)).toBe(true);
});

test('one that is not there, and an empty one', async () => {
  expect(await run(['list', '--from', path])).toMatchObject({
    code: 2,
    err: expect.stringContaining('there is no'),
  });
  writeFileSync(path, '');
  expect(await run(['list', '--from', path])).toMatchObject({
    code: 2,
    err: expect.stringContaining('is empty'),
  });
  expect((await run([LOG, '--store', path])).code).toBe(0);
  expect((await run(['list', '--from', path])).code).toBe(0);
});

test('one that another run writes', { timeout: 30_000 }, async () => {
  await store(path, await analysed([LOG], [RULES]));
  const other = new Sqlite(path);
  other.exec('BEGIN EXCLUSIVE');
  const { code, err } = await run(['list', '--from', path]);
  other.close();
  expect(code).toBe(2);
  expect(err).toContain('being written by another run');
});

test('a folder that is not there', async () => {
  const { code, err } = await run([LOG, '--store', join(folder, 'none', 'traces.db')]);
  expect(code).toBe(2);
  expect(err).toContain('there is no folder');
});

test('a store of an older version is brought up to date by reading it', async () => {
  make(`${MIGRATIONS[0]}; PRAGMA user_version=1; PRAGMA application_id=${APPLICATION_ID}`);
  const versions = await reading(path, (opened) => [...opened.query('PRAGMA user_version', {}).rows]);
  expect(versions).toEqual([[BigInt(SCHEMA)]]);
});

test.skipIf(process.getuid?.() === 0)('a read-only file', async () => {
  await store(path, await analysed([LOG], [RULES]));
  chmodSync(path, 0o400);
  chmodSync(folder, 0o500);
  expect((await run(['list', '--from', path])).code).toBe(0);
  const { code, err } = await run([LOG, '--store', path]);
  chmodSync(folder, 0o700);
  expect([code, err]).toEqual([2, expect.stringContaining('read-only')]);
});

test('a disk that is full: the analysis is printed, the store is as it was', async () => {
  await store(path, await analysed([LOG], []));
  const before = readFileSync(path);
  const limited = `ulimit -f ${Math.ceil(before.length / 1024) + 4}; trap '' XFSZ; exec "$0" "$@"`;
  const bin = new URL('../../src/cli/bin.ts', import.meta.url).pathname;
  const args = [
    '-c',
    limited,
    process.execPath,
    '--import',
    'tsx',
    bin,
    join(CAPTURES, 'denied'),
    '--store',
    path,
  ];
  const { status, stdout, stderr } = spawnSync('sh', args, { encoding: 'utf8' });
  expect(stdout).toContain('#1');
  expect(stderr).toMatch(/nothing of this analysis is kept/);
  expect(status).toBe(2);
  expect(await reading(path, (opened) => opened.list().length)).toBe(1);
});

test('the same input is stored once; another version of the program replaces what was stored', async () => {
  const first = await store(path, await analysed([LOG], [RULES]));
  expect(first).toEqual({ analysis: 1, as: 'new' });
  expect(await store(path, await analysed([LOG], [RULES]))).toEqual({ analysis: 1, as: 'known' });
  expect(await store(path, await analysed([LOG], []))).toEqual({ analysis: 2, as: 'new' });
  const newer = { ...OPTIONS, version: '1.1.0' };
  expect(await store(path, await analysed([LOG], [RULES]), newer)).toEqual({ analysis: 3, as: 'replaced' });
  const left = await reading(path, (opened) =>
    opened.list().map(({ analysis, version }) => [analysis, version]),
  );
  expect(left).toEqual([
    [2, '1.0.0'],
    [3, '1.1.0'],
  ]);
  const walks = await reading(path, (opened) => [
    ...opened.query('SELECT analysis, walk FROM walks ORDER BY 1', {}).rows,
  ]);
  expect(walks).toEqual([
    [2n, 1n],
    [3n, 1n],
  ]);
});
