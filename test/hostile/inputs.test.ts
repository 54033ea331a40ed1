/**
 * Files that are not what a log should be: each is a diagnostic, and everything sound in it is read. Through the door of
 * io and through the whole program.
 */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLogs, readText } from '../../src/io/index.ts';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import { run } from '../make/stdio.ts';

const LOG = readFileSync(new URL('../data/captures/seed-same-node/syslog.log', import.meta.url), 'utf8');
const LINES = LOG.trimEnd().split('\n');
const MIB = 1 << 20;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-analyze-hostile-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function* none(): AsyncGenerator<Uint8Array> {}

async function read(stdin: AsyncIterable<Uint8Array>, paths: readonly string[] = ['-']) {
  const diagnostics: Diagnostic[] = [];
  const lines: string[] = [];
  const sink = { diagnostic: (found: Diagnostic) => void diagnostics.push(found) };
  for await (const batch of openLogs(paths, { stdin }, sink)) lines.push(...batch.lines);
  return { lines, told: diagnostics.map(({ code, at, args }) => ({ code, line: at.line, ...args })) };
}

/** Bytes of a kind between two copies of a log, in pieces, never all at once. */
async function* between(size: number, byte: number, ended = true): AsyncGenerator<Uint8Array> {
  yield Buffer.from(LOG);
  const piece = Buffer.alloc(MIB, byte);
  for (let at = 0; at < size; at += MIB) yield piece;
  if (ended) yield Buffer.from(`\n${LOG}`);
}

describe('bytes without end', () => {
  test('a line of a gigabyte: its beginning is read, the rest counted', async () => {
    const before = process.memoryUsage.rss();
    const { lines, told } = await read(between(1024 * MIB, 65));
    expect(lines).toHaveLength(99);
    expect(lines[49]).toHaveLength(MIB);
    expect(told).toEqual([{ code: 'io.long-line', line: 50, limit: MIB, skipped: 1023 * MIB }]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(128 * MIB);
  });

  test('NUL as a crash leaves it: one run is one diagnostic', async () => {
    const { lines, told } = await read(between(64 * MIB, 0));
    expect(told).toEqual([{ code: 'io.nul', line: 50, count: 64 * MIB }]);
    expect(lines.filter((line) => line !== '')).toEqual([...LINES, ...LINES]);
  });

  test('a file of nothing but NUL', async () => {
    const path = join(folder, 'nul.log');
    writeFileSync(path, Buffer.alloc(3 * MIB + 5));
    const { code, out } = await run([path, '--format', 'json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      summary: { lines: 0, walks: 0 },
      diagnostics: [
        {
          code: 'io.nul',
          message: `${3 * MIB + 5} NUL bytes here, as a crash leaves them: lines may be lost`,
        },
      ],
    });
  });

  test('bytes that are no UTF-8 stand for U+FFFD, their lines are read', async () => {
    const bytes = Buffer.from(LOG);
    for (let at = LOG.indexOf('\n') + 5; at < bytes.length; at += 4001) bytes[at] = 0xff;
    const path = join(folder, 'utf8.log');
    writeFileSync(path, bytes);
    const { code, out } = await run([path, '--format', 'json']);
    const { summary } = JSON.parse(out);
    expect(code).toBe(0);
    expect(summary.lines).toBe(49);
    expect(summary.traceLines).toBeGreaterThan(44);
  });
});

describe('what is packed', () => {
  test('a gzip bomb as a log is a stream like any other', async () => {
    const path = join(folder, 'bomb.log.gz');
    writeFileSync(path, Buffer.concat([gzipSync(Buffer.alloc(256 * MIB, 65)), gzipSync(`\n${LOG}`)]));
    const before = process.memoryUsage.rss();
    const { lines, told } = await read(none(), [path]);
    expect(lines.slice(1)).toEqual(LINES);
    expect(told).toEqual([{ code: 'io.long-line', line: 1, limit: MIB, skipped: 255 * MIB }]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(128 * MIB);
  });

  test('a zstd bomb as a log', async () => {
    const plain = join(folder, 'bomb');
    writeFileSync(plain, Buffer.concat([Buffer.alloc(4 * MIB, 10), Buffer.from(LOG)]));
    execFileSync('zstd', ['-q', '-f', plain]);
    const { lines, told } = await read(none(), [`${plain}.zst`]);
    expect(told).toEqual([]);
    expect(lines).toHaveLength(4 * MIB + 49);
  });

  test.each(['rules', 'context'])('a bomb as %s is refused once it holds too much', async (role) => {
    const path = join(folder, `${role}.gz`);
    writeFileSync(path, gzipSync(Buffer.alloc(32 * MIB, 10)));
    const log = join(folder, 'sound.log');
    writeFileSync(log, LOG);
    const { code, out } = await run([log, `--${role}`, path, '--max-file', String(MIB), '--format', 'json']);
    expect(code).toBe(2);
    const { summary, diagnostics } = JSON.parse(out);
    expect(summary).toMatchObject({ walks: 1, traceLines: 49 });
    expect(diagnostics).toContainEqual(
      expect.objectContaining({ code: 'io.too-long', severity: 'error', file: path }),
    );
  });

  test('text that is not packed is refused alike, and the rest of it not read', async () => {
    const diagnostics: Diagnostic[] = [];
    const sink = { diagnostic: (found: Diagnostic) => void diagnostics.push(found) };
    const text = await readText('-', { stdin: between(8 * MIB, 10), textLimit: 2 * MIB }, sink);
    expect(text).toBe(null);
    expect(diagnostics.map(({ code }) => code)).toEqual(['io.too-long']);
  });

  test('a byte order mark inside is none of the first line', async () => {
    const path = join(folder, 'marked.gz');
    writeFileSync(path, gzipSync(`\ufeff${LOG}`));
    expect((await read(none(), [path])).lines).toEqual(LINES);
  });

  test('what breaks off is used as far as it goes', async () => {
    const path = join(folder, 'broken.gz');
    const packed = gzipSync(LOG);
    writeFileSync(path, packed.subarray(0, packed.length - 200));
    const { code, out } = await run([path, '--format', 'json']);
    const { summary, diagnostics } = JSON.parse(out);
    expect(code).toBe(2);
    expect(summary.traceLines).toBeGreaterThan(20);
    expect(diagnostics).toContainEqual(expect.objectContaining({ code: 'io.failed', severity: 'error' }));
  });
});

describe('what is no file', () => {
  test('a directory, a missing file and one of another kind: the others are analysed', async () => {
    const log = join(folder, 'good.log');
    writeFileSync(log, LOG);
    writeFileSync(join(folder, 'x.zip'), 'PK\x03\x04 and so on');
    mkdirSync(join(folder, 'empty'), { recursive: true });
    const { code, out } = await run([
      log,
      join(folder, 'none.log'),
      join(folder, 'x.zip'),
      '--format',
      'json',
    ]);
    const { summary, diagnostics } = JSON.parse(out);
    expect(code).toBe(2);
    expect(summary.walks).toBe(1);
    const codes = diagnostics.map((each: { readonly code: string }) => each.code);
    expect(codes).toEqual(expect.arrayContaining(['io.missing', 'io.foreign']));
    const { code: alone, err } = await run([join(folder, 'empty')]);
    expect(alone).toBe(2);
    expect(err).toContain('no log in');
    const asRules = await run([log, '--rules', join(folder, 'empty')]);
    expect(asRules.code).toBe(2);
  });
});

describe('a file that changes while it is read', () => {
  test('that grows is read to where it ends then', async () => {
    const path = join(folder, 'growing.log');
    writeFileSync(path, LOG.repeat(200));
    let lines = 0;
    const diagnostics: Diagnostic[] = [];
    for await (const batch of openLogs(
      [path],
      { stdin: none() },
      { diagnostic: (found) => void diagnostics.push(found) },
    )) {
      if (lines === 0) appendFileSync(path, LOG);
      lines += batch.lines.length;
    }
    expect(diagnostics).toEqual([]);
    expect(lines).toBe(201 * 49);
  });

  test('that is truncated ends there', async () => {
    const path = join(folder, 'truncated.log');
    writeFileSync(path, LOG.repeat(200));
    let lines = 0;
    for await (const batch of openLogs([path], { stdin: none() }, { diagnostic: () => {} })) {
      if (lines === 0) truncateSync(path, 0);
      lines += batch.lines.length;
    }
    expect(lines).toBeGreaterThan(49);
    expect(lines).toBeLessThan(200 * 49);
  });

  test('that is rotated away is read to its end', async () => {
    const path = join(folder, 'rotated.log');
    writeFileSync(path, LOG.repeat(200));
    let lines = 0;
    for await (const batch of openLogs([path], { stdin: none() }, { diagnostic: () => {} })) {
      if (lines === 0) {
        rmSync(path);
        writeFileSync(path, 'another file\n');
      }
      lines += batch.lines.length;
    }
    expect(lines).toBe(200 * 49);
  });
});
