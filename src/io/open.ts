/**
 * Paths into text: files, `-` for standard input, gzip and zstd by content, several files in rotation order.
 * What cannot be read is a diagnostic of severity error, and the other inputs are still read; nothing throws.
 * Folders are for the caller to list.
 */
import { Buffer } from 'node:buffer';
import { constants, open as openFd } from 'node:fs';
import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Diagnostic, type DiagnosticCode, diagnostic } from '../model/diagnostic.ts';
import type { LineBatch } from '../model/source.ts';
import { type Content, inflate, recogniseContent, SNIFF_LENGTH } from './inflate.ts';
import { LineSplitter } from './lines.ts';
import { orderByAge } from './rotate.ts';

/** How far the reading has come: bytes as they lie on the disk, over all inputs. */
export interface Progress {
  readonly file: string;
  readonly bytes: number;
  /** Null if the length of an input is not known. */
  readonly total: number | null;
}

export interface InputSink {
  diagnostic(diagnostic: Diagnostic): void;
  /** Called after every piece of input that was read. */
  progress?(progress: Progress): void;
}

export interface InputOptions {
  /** What `-` is. */
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Bytes of a line that are read; the rest of a longer one is skipped and reported. */
  readonly lineLimit?: number;
  /** Bytes, unpacked, that `readText` keeps of an input; a longer one is refused. */
  readonly textLimit?: number;
}

const LINE_LIMIT = 1 << 20;
/** Ten times the 110,125 rules of 10,000 services. */
const TEXT_LIMIT = 1 << 28;
const READ_SIZE = 1 << 18;

/** An input that is there: its bytes, in pieces that may be overwritten once the next is asked for. */
interface Source {
  readonly path: string;
  bytes(): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

/**
 * Reads logs, each file's lines in batches, files of one rotated set oldest first. A pattern (`kern.log*`) that
 * names no file stands for the files of its folder that fit it; a file given twice is read once.
 */
export async function* openLogs(
  paths: readonly string[],
  options: InputOptions,
  sink: InputSink,
): AsyncGenerator<LineBatch> {
  const files = await distinct(await expand(paths), sink);
  const sizes = await Promise.all(files.map(sizeOf));
  const total = sizes.includes(null) ? null : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  let bytes = 0;
  for (const file of files) {
    const source = file === '-' ? standardInput(options) : await openFile(file, sink);
    if (source === null) continue;
    const count = (more: number): void => {
      bytes += more;
      sink.progress?.({ file, bytes, total });
    };
    try {
      yield* readLines(source, options, sink, count);
    } finally {
      await source.close();
    }
  }
}

/** All lines of one input; null, after a diagnostic, if it cannot be read at all. */
export async function readText(
  path: string,
  options: InputOptions,
  sink: InputSink,
): Promise<{ readonly file: string; readonly lines: readonly string[] } | null> {
  const source = path === '-' ? standardInput(options) : await openFile(path, sink);
  if (source === null) return null;
  let failed = false;
  const watch: InputSink = {
    diagnostic: (found) => {
      failed ||= found.severity === 'error';
      sink.diagnostic(found);
    },
  };
  const lines: string[] = [];
  const limit = options.textLimit ?? TEXT_LIMIT;
  let left = limit;
  try {
    for await (const batch of readLines(source, options, watch, () => {})) {
      for (const line of batch.lines) {
        left -= line.length + 1;
        lines.push(line);
      }
      if (left >= 0) continue;
      sink.diagnostic(about('io.too-long', path, { limit }));
      return null;
    }
  } finally {
    await source.close();
  }
  return failed && lines.length === 0 ? null : { file: path, lines };
}

/** The files that a pattern means, where there is no file of that name. */
async function expand(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const pattern = basename(path);
    if (path === '-' || !/[*?]/.test(pattern) || (await exists(path))) {
      found.push(path);
      continue;
    }
    const shape = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    const names = await readdir(dirname(path)).catch(() => []);
    const fitting = names.filter((name) => new RegExp(`^${shape}$`).test(name)).sort();
    if (fitting.length === 0) found.push(path);
    for (const name of fitting) found.push(dirname(path) === '.' ? name : join(dirname(path), name));
  }
  return orderByAge(found);
}

async function exists(path: string): Promise<boolean> {
  return realpath(path).then(
    () => true,
    () => false,
  );
}

/** Length in bytes; null if that is not known beforehand. What is not there counts for nothing. */
async function sizeOf(path: string): Promise<number | null> {
  if (path === '-') return null;
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : found.isDirectory() ? 0 : null;
  } catch {
    return 0;
  }
}

async function distinct(paths: readonly string[], sink: InputSink): Promise<string[]> {
  const seen = new Set<string>();
  const result: string[] = [];
  for (const path of paths) {
    const real = path === '-' ? path : await realpath(path).catch(() => path);
    if (seen.has(real)) sink.diagnostic(about('io.twice', path));
    else result.push(path);
    seen.add(real);
  }
  return result;
}

function about(code: DiagnosticCode, path: string, args: Diagnostic['args'] = {}, line = 1): Diagnostic {
  return diagnostic(code, { file: path, line, column: 1 }, args);
}

function standardInput({ stdin }: InputOptions): Source {
  async function* bytes(): AsyncGenerator<Buffer> {
    for await (const chunk of stdin) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
  return { path: '-', bytes, close: async () => {} };
}

/** Words for the errors that people meet; others are named by the system's own code. */
const FAILURES: Readonly<Record<string, DiagnosticCode>> = {
  ENOENT: 'io.missing',
  EACCES: 'io.forbidden',
  EPERM: 'io.forbidden',
  EISDIR: 'io.directory',
};

function failureOf(error: unknown, path: string, line = 1): Diagnostic {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = FAILURES[code];
  if (known !== undefined) return about(known, path, {}, line);
  return about('io.failed', path, { why: error instanceof Error ? error.message : String(error) }, line);
}

async function openFile(path: string, sink: InputSink): Promise<Source | null> {
  let handle: FileHandle | null = null;
  try {
    if ((await stat(path)).isFIFO()) return await pipeSource(path);
    handle = await open(path, 'r');
    if ((await handle.stat()).isDirectory())
      throw Object.assign(new Error('is a directory'), { code: 'EISDIR' });
    return fileSource(path, handle);
  } catch (error) {
    await handle?.close();
    sink.diagnostic(failureOf(error, path));
    return null;
  }
}

/**
 * A FIFO, waited for by the event loop: opened and read as a file it would keep a thread of libuv's pool until
 * its writer spoke, and the process could not end before.
 */
async function pipeSource(path: string): Promise<Source> {
  const fd = await promisify(openFd)(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const socket = new Socket({ fd, readable: true, writable: false });
  return {
    path,
    bytes: () => socket.iterator({ destroyOnReturn: false }),
    close: async () => void socket.destroy(),
  };
}

function fileSource(path: string, handle: FileHandle): Source {
  async function* bytes(): AsyncGenerator<Buffer> {
    const buffer = Buffer.allocUnsafe(READ_SIZE);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  }
  return { path, bytes, close: () => handle.close() };
}

async function* readLines(
  source: Source,
  options: InputOptions,
  sink: InputSink,
  count: (bytes: number) => void,
): AsyncGenerator<LineBatch> {
  const report = (found: Diagnostic): void => sink.diagnostic(found);
  const splitter = new LineSplitter(source.path, options.lineLimit ?? LINE_LIMIT, report);
  try {
    const { content, bytes } = await sniff(counted(source.bytes(), count));
    if (content.kind === 'foreign') {
      const { name, command } = content;
      report(about('io.foreign', source.path, { name, command }));
      return;
    }
    const plain = content.kind === 'text' ? { content, bytes } : await sniff(inflate(content.kind, bytes));
    const text = plain.content.kind === 'text' ? transcode(plain.content, plain.bytes) : plain.bytes;
    for await (const chunk of text) yield* splitter.push(chunk);
  } catch (error) {
    report(failureOf(error, source.path, splitter.line));
  }
  yield* splitter.end();
}

async function* counted(
  bytes: AsyncIterable<Buffer>,
  count: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    yield chunk;
    count(chunk.length);
  }
}

/** Looks at the first bytes, and gives them back in front of the others; damage comes after what was before it. */
async function sniff(
  bytes: AsyncIterable<Buffer>,
): Promise<{ content: Content; bytes: AsyncIterable<Buffer> }> {
  const iterator = bytes[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let damage: { readonly error: unknown } | null = null;
  try {
    while (head.length < SNIFF_LENGTH) {
      const next = await iterator.next();
      if (next.done === true) break;
      head = Buffer.concat([head, next.value]);
    }
  } catch (error) {
    damage = { error };
  }
  async function* all(): AsyncGenerator<Buffer> {
    if (head.length > 0) yield head;
    if (damage !== null) throw damage.error;
    for (;;) {
      const next = await iterator.next();
      if (next.done === true) return;
      yield next.value;
    }
  }
  return { content: recogniseContent(head), bytes: all() };
}

/** Text into UTF-8 without byte order mark. */
async function* transcode(
  content: Content & { kind: 'text' },
  bytes: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const decoder = content.encoding === 'utf-8' ? null : new TextDecoder(content.encoding);
  let bom = decoder === null ? content.bom : 0;
  for await (const chunk of bytes) {
    yield decoder === null ? chunk.subarray(bom) : Buffer.from(decoder.decode(chunk, { stream: true }));
    bom = 0;
  }
}
