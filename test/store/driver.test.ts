/** The optional driver: what is said where it is missing, who loads it, and which one is installed. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { run } from '../make/stdio.ts';
import { CAPTURES } from './capture.ts';

vi.mock('better-sqlite3', () => {
  throw new Error("Cannot find package 'better-sqlite3'");
});

const LOG = join(CAPTURES, 'seed-same-node', 'syslog.log');
const SRC = new URL('../../src/', import.meta.url).pathname;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'driver-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('without it, the store names the cure', async () => {
  const path = join(folder, 'traces.db');
  const { code, out, err } = await run([LOG, '--store', path]);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain('needs better-sqlite3');
  expect(err).toContain('npm install');
  expect(existsSync(path)).toBe(false);
});

test('without it, all else works', async () => {
  const { code, out, err } = await run([LOG]);
  expect([code, err]).toEqual([0, '']);
  expect(out).toContain('#1');
});

test('one file loads it, and only when asked', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const naming = files.filter((name) =>
    /(?:from|import\() ?'better-sqlite3'/.test(readFileSync(SRC + name, 'utf8')),
  );
  expect(naming).toEqual(['store/driver.ts']);
  expect(readFileSync(join(SRC, 'store/driver.ts'), 'utf8')).not.toMatch(/from 'better-sqlite3'/);
});

test('it is of the line that runs on every supported Node.js: 13 crashes on 20', () => {
  const manifest: unknown = createRequire(import.meta.url)('better-sqlite3/package.json');
  expect(manifest).toMatchObject({ version: expect.stringMatching(/^12\./) });
});
