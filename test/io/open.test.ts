/** Files, standard input, packed files and rotated sets: what comes out as lines, and what is said about the rest. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLogs, type Progress, readText } from '../../src/io/index.ts';
import type { Diagnostic } from '../../src/model/diagnostic.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-analyze-io-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function* chunksOf(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

interface Read {
  readonly lines: string[];
  readonly codes: string[];
  readonly diagnostics: Diagnostic[];
  readonly progress: Progress[];
}

async function read(
  paths: readonly string[],
  options: { stdin?: AsyncIterable<Uint8Array>; lineLimit?: number } = {},
): Promise<Read> {
  const diagnostics: Diagnostic[] = [];
  const progress: Progress[] = [];
  const lines: string[] = [];
  const sink = {
    diagnostic: (found: Diagnostic) => diagnostics.push(found),
    progress: (at: Progress) => progress.push(at),
  };
  const next = new Map<string, number>();
  for await (const batch of openLogs(paths, { stdin: chunksOf('', 1), ...options }, sink)) {
    expect(batch.firstLine).toBe(next.get(batch.file) ?? 1);
    next.set(batch.file, batch.firstLine + batch.lines.length);
    lines.push(...batch.lines);
  }
  return { lines, codes: diagnostics.map(({ code }) => code), diagnostics, progress };
}

describe('lines', () => {
  test.each<[string, string, string[]]>([
    ['LF', 'a\nb\n', ['a', 'b']],
    ['no newline at the end', 'a\nb', ['a', 'b']],
    ['CRLF', 'a\r\nb\r\n', ['a', 'b']],
    ['CRCRLF of a serial console', 'a\r\r\nb', ['a', 'b']],
    ['empty lines', '\n\na\n\n', ['', '', 'a', '']],
    ['nothing', '', []],
    ['one newline', '\n', ['']],
    ['UTF-8 of two, three and four bytes', 'chäin\n✓ 𝄞\n', ['chäin', '✓ 𝄞']],
  ])('%s', async (_, text, expected) => {
    expect((await read([put('lines', text)])).lines).toEqual(expected);
    for (const size of [1, 2, 3, 7]) {
      expect((await read(['-'], { stdin: chunksOf(text, size) })).lines).toEqual(expected);
    }
  });

  test('lines over the borders of pieces, as split would have them', async () => {
    const expected = Array.from({ length: 30_000 }, (_, i) => `${i} ${'ü'.repeat(i % 37)}`);
    const path = put('many', `${expected.join('\n')}\n`);
    expect((await read([path])).lines).toEqual(expected);
    for (const size of [4093, 65_536, 100_003]) {
      expect((await read(['-'], { stdin: chunksOf(expected.join('\n'), size) })).lines).toEqual(expected);
    }
  });

  test('invalid UTF-8 becomes the replacement character and loses nothing else', async () => {
    const path = put(
      'latin1',
      Buffer.concat([Buffer.from('ch'), Buffer.from([0xe4]), Buffer.from('in\nb\n')]),
    );
    expect((await read([path])).lines).toEqual(['ch\ufffdin', 'b']);
  });

  test.each<[string, Uint8Array]>([
    ['UTF-8 with byte order mark', Buffer.from('\ufeffä\r\nb\n')],
    ['UTF-16LE with byte order mark', Buffer.from('\ufeffä\r\nb\n', 'utf16le')],
    ['UTF-16BE with byte order mark', Buffer.from('\ufeffä\r\nb\n', 'utf16le').swap16()],
  ])('%s', async (_, bytes) => {
    expect((await read([put('bom', bytes)])).lines).toEqual(['ä', 'b']);
  });

  test('UTF-16 without byte order mark is recognised', async () => {
    const text = 'Jun 22 12:47:55 node1 kernel: x\r\nsecond\r\n';
    expect((await read([put('utf16', Buffer.from(text, 'utf16le'))])).lines).toEqual([
      'Jun 22 12:47:55 node1 kernel: x',
      'second',
    ]);
  });

  test('NUL bytes are taken out and reported where they are', async () => {
    const { lines, diagnostics } = await read([put('nul', `a\nb\n${'\0'.repeat(100)}c\n`)]);
    expect(lines).toEqual(['a', 'b', 'c']);
    expect(diagnostics).toMatchObject([{ code: 'io.nul', args: { count: 100 }, at: { line: 3 } }]);
  });

  test.each([1, 5, 1000])('a line over the limit, in pieces of %i bytes', async (size) => {
    const text = `a\n${'x'.repeat(50)}\n${'y'.repeat(10)}\n${'z'.repeat(11)}\nb`;
    const { lines, diagnostics } = await read(['-'], { stdin: chunksOf(text, size), lineLimit: 10 });
    expect(lines).toEqual(['a', 'x'.repeat(10), 'y'.repeat(10), 'z'.repeat(10), 'b']);
    expect(diagnostics).toMatchObject([
      { code: 'io.long-line', at: { line: 2, column: 11 }, args: { limit: 10, skipped: 40 } },
      { code: 'io.long-line', at: { line: 4, column: 11 }, args: { limit: 10, skipped: 1 } },
    ]);
  });

  test('a last line over the limit', async () => {
    const { lines, codes } = await read([put('long', 'x'.repeat(300_000))], { lineLimit: 1000 });
    expect(lines).toEqual(['x'.repeat(1000)]);
    expect(codes).toEqual(['io.long-line']);
  });
});

describe('packed files', () => {
  const text = Array.from({ length: 20_000 }, (_, i) => `line ${i}`).join('\n');
  const expected = text.split('\n');

  test('gzip, whatever its name is', async () => {
    expect((await read([put('packed.log', gzipSync(text))])).lines).toEqual(expected);
  });

  test('gzip of several members', async () => {
    const members = Buffer.concat([gzipSync('a\nb'), gzipSync('c\n'), gzipSync('d')]);
    expect((await read([put('members.gz', members)])).lines).toEqual(['a', 'bc', 'd']);
  });

  test('gzip that ends too early gives what is there, and says so', async () => {
    const packed = gzipSync(text);
    const { lines, diagnostics } = await read([put('cut.gz', packed.subarray(0, packed.length / 2))]);
    expect(lines.length).toBeGreaterThan(5000);
    expect(lines.slice(0, -1)).toEqual(expected.slice(0, lines.length - 1));
    expect(diagnostics).toMatchObject([{ code: 'io.failed', severity: 'error', at: { line: lines.length } }]);
  });

  test('gzip that is damaged', async () => {
    const packed = gzipSync(text);
    packed.fill(0xff, packed.length / 2);
    const { lines, codes } = await read([put('bad.gz', packed)]);
    expect(lines.slice(0, 1000)).toEqual(expected.slice(0, 1000));
    expect(codes).toEqual(['io.failed']);
  });

  /** What zstd makes of two lines. */
  const zstd = Buffer.from('KLUv/QRYIQAAYQpiCiVQsyM=', 'base64');

  test('zstd', async () => {
    expect((await read([put('small.zst', zstd)])).lines).toEqual(['a', 'b']);
    const { lines, codes } = await read([put('cut.zst', zstd.subarray(0, 12))]);
    expect([lines, codes]).toEqual([[], ['io.failed']]);
  });

  test.each<[string, number[]]>([
    ['xz -dc', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00]],
    ['bzip2 -dc', [...Buffer.from('BZh91AY')]],
  ])('%s is named', async (command, bytes) => {
    const { lines, diagnostics } = await read([put('foreign', Buffer.from(bytes))]);
    expect(lines).toEqual([]);
    expect(diagnostics).toMatchObject([{ code: 'io.foreign', severity: 'error', args: { command } }]);
  });
});

describe('several files', () => {
  test('a rotated set is read oldest first, wherever its files stand', async () => {
    mkdirSync(join(folder, 'set'));
    const names = ['kern.log', 'kern.log.1', 'kern.log.10.gz', 'kern.log.2.gz'];
    for (const name of names) put(`set/${name}`, name.endsWith('gz') ? gzipSync(`${name}\n`) : `${name}\n`);
    const oldestFirst = ['kern.log.10.gz', 'kern.log.2.gz', 'kern.log.1', 'kern.log'];
    expect((await read(names.map((name) => join(folder, 'set', name)))).lines).toEqual(oldestFirst);
    expect((await read([join(folder, 'set', 'kern.*')])).lines).toEqual(oldestFirst);
  });

  test('a file given twice is read once, and that is said', async () => {
    const path = put('once', 'a\n');
    const { lines, codes } = await read([path, join(folder, '.', 'once')]);
    expect([lines, codes]).toEqual([['a'], ['io.twice']]);
  });

  test('what cannot be read is reported, the others are read', async () => {
    const { lines, diagnostics } = await read([join(folder, 'none'), folder, put('there', 'a\n')]);
    expect(lines).toEqual(['a']);
    expect(diagnostics.map(({ code, severity, at }) => [code, severity, at.file])).toEqual([
      ['io.missing', 'error', join(folder, 'none')],
      ['io.directory', 'error', folder],
    ]);
  });

  test.skipIf(process.getuid?.() === 0)('a file that may not be read', async () => {
    const path = put('secret', 'a\n');
    chmodSync(path, 0);
    expect((await read([path])).codes).toEqual(['io.forbidden']);
  });

  test('a FIFO is read like a file', async () => {
    const path = join(folder, 'fifo');
    execFileSync('mkfifo', [path]);
    const writing = import('node:fs/promises').then(({ writeFile }) => writeFile(path, 'a\nb\n'));
    expect((await read([path])).lines).toEqual(['a', 'b']);
    await writing;
  });

  test('progress counts bytes on the disk over all files', async () => {
    const packed = gzipSync('a\n'.repeat(1000));
    const { progress } = await read([put('p1', packed), put('p2', 'b\n'.repeat(200_000))]);
    const total = packed.length + 400_000;
    expect(progress.every((at) => at.total === total)).toBe(true);
    expect(progress.at(-1)?.bytes).toBe(total);
    expect((await read(['-'], { stdin: chunksOf('abc', 1) })).progress.at(-1)).toEqual({
      file: '-',
      bytes: 3,
      total: null,
    });
  });
});

test('readText gives a whole file, or null after a diagnostic', async () => {
  const codes: string[] = [];
  const sink = { diagnostic: ({ code }: Diagnostic) => codes.push(code) };
  const options = { stdin: chunksOf('x\ny', 2) };
  const path = put('whole', gzipSync('a\nb'));
  expect(await readText(path, options, sink)).toEqual({ file: path, lines: ['a', 'b'] });
  expect(await readText('-', options, sink)).toEqual({ file: '-', lines: ['x', 'y'] });
  expect(await readText(put('empty', ''), options, sink)).toMatchObject({ lines: [] });
  expect(codes).toEqual([]);
  expect(await readText(join(folder, 'none'), options, sink)).toBe(null);
  expect(codes).toEqual(['io.missing']);
});
