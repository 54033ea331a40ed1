/**
 * kill -9 at random moments of an ingest: the store stays sound, holds nothing of the killed run, and the next
 * run completes it. TRACE_KILLS says how often (50 takes minutes); the moments are random, so a failing one is told.
 */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CAPTURES, reading } from './capture.ts';

const KILLS = Number(process.env['TRACE_KILLS'] ?? 6);
const TSX = createRequire(import.meta.url).resolve('tsx');
const INGEST = new URL('kill.ts', import.meta.url).pathname;
const LOG = join(CAPTURES, 'denied', 'trace.log');
const RULES = join(CAPTURES, 'denied', 'rules.save');
/** Times that the capture's 24 packets are stored: far more than the page cache of kill.ts holds, so the file is written all along. */
const TIMES = 400;
const WALKS = 24;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kill-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Ingests, and kills that after so many milliseconds; null: lets it finish. @returns how long it took. */
async function ingest(path: string, times: number, after: number | null): Promise<number> {
  const child = spawn(process.execPath, ['--import', TSX, INGEST, path, LOG, RULES, String(times)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  let begun = 0;
  for await (const text of child.stdout) {
    if (!String(text).includes('begun')) continue;
    begun = performance.now();
    if (after === null) continue;
    await setTimeout(after);
    child.kill('SIGKILL');
  }
  await ended;
  return performance.now() - begun;
}

/** What is in a store, and whether SQLite finds it sound. */
function contents(path: string) {
  return reading(path, (store) => {
    const only = (sql: string) => [...store.query(sql, {}).rows].map((row) => row.map(String).join());
    return {
      sound: only('PRAGMA integrity_check'),
      analyses: only('SELECT analysis, walks FROM analyses'),
      walks: only('SELECT analysis, count(*), count(DISTINCT n), max(n) FROM walk GROUP BY analysis'),
      orphans: only('SELECT count(*) FROM state WHERE walk NOT IN (SELECT id FROM walk)'),
      steps: only('SELECT analysis, sum(steps) FROM walks GROUP BY analysis'),
    };
  });
}

test(`${KILLS} ingests killed`, { timeout: KILLS * 60_000 + 60_000 }, async () => {
  const base = join(folder, 'base.db');
  const whole = join(folder, 'whole.db');
  const path = join(folder, 'killed.db');
  await ingest(base, 1, null);
  const before = await contents(base);
  expect(before.walks).toEqual([`1,${WALKS},${WALKS},${WALKS}`]);
  copyFileSync(base, whole);
  copyFileSync(base, path);
  const duration = await ingest(whole, TIMES, null);
  const complete = await contents(whole);
  expect(complete.walks).toContain(`2,${WALKS * TIMES},${WALKS * TIMES},${WALKS * TIMES}`);

  for (let kill = 0; kill < KILLS; kill++) {
    const after = Math.random() * duration * 1.1;
    await ingest(path, TIMES, after);
    const found = await contents(path);
    expect([before, complete], `killed after ${after} of ${duration} ms`).toContainEqual(found);
    if (found.analyses.length > 1) copyFileSync(base, path);
  }
  await ingest(path, TIMES, null);
  expect(await contents(path)).toEqual(complete);
  expect(existsSync(`${path}-journal`)).toBe(false);
});

test('a first ingest that is killed leaves nothing that stands in the way', { timeout: 60_000 }, async () => {
  const path = join(folder, 'first.db');
  await ingest(path, TIMES, 100);
  await ingest(path, 1, null);
  expect((await contents(path)).walks).toContain(`1,${WALKS},${WALKS},${WALKS}`);
});
