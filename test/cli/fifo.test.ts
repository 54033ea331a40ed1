/** The built program on pipes with a name: they are waited for without a thread, so that a signal ends it at once. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type FileHandle, open, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const BIN = new URL('../../dist/cli/bin.js', import.meta.url).pathname;
const SAMPLE = new URL('../../samples/service-two-endpoints', import.meta.url).pathname;
const LOG = readFileSync(join(SAMPLE, 'syslog.log'), 'utf8');
const RULES = ['--rules', join(SAMPLE, 'rules.save')];

let folder = '';
let fifo = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fifo-'));
  fifo = join(folder, 'log');
  execFileSync('mkfifo', [fifo]);
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  /** Milliseconds from the signal to the end. */
  readonly took: number;
}

/** Runs it; a signal is sent when `until` is done. */
async function running(args: readonly string[], until: Promise<unknown> | null): Promise<Ended> {
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const texts: string[] = [];
  child.stdout.on('data', (piece: Buffer) => texts.push(piece.toString()));
  let sent = performance.now();
  const signal = until?.then(() => {
    sent = performance.now();
    child.kill('SIGTERM');
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const took = performance.now() - sent;
  await signal;
  return { code, out: texts.join(''), took };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Generous for a busy machine; a process that lingers would do so for as long as nobody writes. */
const AT_ONCE = 8000;

test('the program is built', () => {
  expect(existsSync(BIN), 'npm run build').toBe(true);
});

test('a writer that never comes', { timeout: 30_000 }, async () => {
  const { code, out, took } = await running([fifo, ...RULES], pause(3000));
  expect(code).toBe(143);
  expect(out).toContain('PARTIAL');
  expect(took).toBeLessThan(AT_ONCE);
});

test('a writer that falls silent: what it said is told', { timeout: 30_000 }, async () => {
  let writer: FileHandle | null = null;
  const lines = LOG.split('\n').slice(0, 60);
  const said = open(fifo, 'w').then(async (handle) => {
    writer = handle;
    await handle.write(`${lines.join('\n')}\n`);
    await pause(3000);
  });
  const { code, out, took } = await running([fifo, ...RULES, '--format', 'ndjson'], said);
  await (writer as FileHandle | null)?.close();
  expect(code).toBe(143);
  const records = out
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text) as Record<string, unknown>);
  expect(records.at(-1)).toMatchObject({ type: 'summary', lines: 60, partial: true });
  expect(records.filter(({ type }) => type === 'walk')).toHaveLength(2);
  expect(took).toBeLessThan(AT_ONCE);
});

test.each(['text', 'html', 'ndjson'])('a whole log, as %s: nothing is read twice', async (format) => {
  const [{ code, out }] = await Promise.all([
    running([fifo, ...RULES, '--format', format], null),
    writeFile(fifo, LOG),
  ]);
  expect(code).toBe(0);
  expect(out.length).toBeGreaterThan(1000);
});

test('no TRACE lines in it', async () => {
  const [{ code, out }] = await Promise.all([running([fifo], null), writeFile(fifo, 'hello\n')]);
  expect([code, out]).toEqual([0, expect.stringContaining('no TRACE lines in 1 line')]);
});
