/** The built program where writing fails or is interrupted: a good file stays, a partial result says that it is one. */
import { execFileSync, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

const BIN = new URL('../../dist/cli/bin.js', import.meta.url).pathname;
const DATA = new URL('../data/captures', import.meta.url).pathname;
const SMALL = join(DATA, 'seed-same-node/syslog.log');
const LARGE = join(DATA, 'whole-connection/trace.log');
const LINES = readFileSync(SMALL, 'utf8');

function program(...args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [BIN, ...args], { encoding: 'utf8' });
}

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-analyze-output-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Only root may mount a disk that is full. */
describe.skipIf(process.getuid?.() !== 0)('a disk that is full', () => {
  let disk = '';
  beforeAll(() => {
    disk = mkdtempSync(join(tmpdir(), 'trace-analyze-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=192k', 'tmpfs', disk]);
  });
  afterAll(() => {
    execFileSync('umount', [disk]);
    rmSync(disk, { recursive: true });
  });

  test('a report: the good one stays, nothing is left beside it, exit 2', () => {
    const report = join(disk, 'report.html');
    writeFileSync(report, 'the good one');
    writeFileSync(join(disk, 'filler'), Buffer.alloc(160 << 10));
    const { status, stderr } = program(LARGE, '--format', 'html', '-o', report);
    expect(stderr).toMatch(/^trace-analyze: cannot write .*report\.html: .*no space left/m);
    expect(status).toBe(2);
    expect(readFileSync(report, 'utf8')).toBe('the good one');
    expect(readdirSync(disk).sort()).toEqual(['filler', 'report.html']);
    rmSync(join(disk, 'filler'));
    rmSync(report);
  });

  test('a store: the analysis is shown, what was kept before is sound, exit 2', () => {
    const store = join(disk, 'traces.db');
    expect(program(SMALL, '--store', store).status).toBe(0);
    const { status, stdout, stderr } = program(LARGE, '--store', store, '--format', 'json');
    expect(stderr).toContain('nothing of this analysis is kept there');
    expect(status).toBe(2);
    expect(JSON.parse(stdout).summary.walks).toBeGreaterThan(0);
    const listed = program('query', store, 'select count(*) as walks from walks', '--format', 'json');
    expect(JSON.parse(listed.stdout)).toEqual([{ walks: 1 }]);
    rmSync(store);
  });
});

test('standard output that is full is said, exit 2', () => {
  const command = `'${process.execPath}' '${BIN}' '${LARGE}' --format ndjson > /dev/full`;
  const { status, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
  expect(stderr).toContain('no space left');
  expect(status).toBe(2);
});

test('a reader that goes away is no error', () => {
  const command = `{ '${process.execPath}' '${BIN}' '${LARGE}' --format ndjson; echo "exit $?" >&2; } | head -1`;
  const { stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
  expect(JSON.parse(stdout)).toMatchObject({ type: 'walk' });
  expect(stderr).toBe('exit 0\n');
});

describe.each(['--help', '--version', 'schema analysis'])('%s, which no analysis writes', (args) => {
  test('to what is full: said, exit 2', () => {
    const { status, stderr } = spawnSync('sh', ['-c', `'${process.execPath}' '${BIN}' ${args} > /dev/full`], {
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/^trace-analyze: cannot write: .*no space left.*\n$/);
    expect(status).toBe(2);
  });

  test('to a reader that went away: no error', () => expect(toNobody(args)).toBe('exit 0\n'));
});

test('talk that nobody reads is no error', () => {
  expect(toNobody(`rules '${join(DATA, 'seed-same-node/rules.list')}'`)).toBe('exit 0\n');
});

/** Writes data and talk into a pipe whose reader is gone. */
function toNobody(args: string): string {
  const command = `{ sleep 0.3; '${process.execPath}' '${BIN}' ${args} 2>&1; echo "exit $?" >&2; } | true`;
  return spawnSync('sh', ['-c', command], { encoding: 'utf8' }).stderr;
}

/** More than any pipe holds: the program has read some of it. */
const WELL_FED = 1 << 20;

/** Feeds the program a log that does not end, until some of it is read; then sends the signal. */
async function interrupted(signal: NodeJS.Signals, args: readonly string[]): Promise<number | null> {
  const child = spawn(process.execPath, [BIN, '-', ...args], { stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.on('error', () => {});
  let taken = 0;
  const feed = (): void => {
    child.stdin.write(LINES, (error) => {
      if (error != null) return;
      taken += LINES.length;
      if (taken >= WELL_FED && !child.killed) child.kill(signal);
      feed();
    });
  };
  feed();
  return new Promise((resolve) => child.once('exit', resolve));
}

describe('a signal in mid-run', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s: the file holds a whole document that says it is partial', async (signal, code) => {
    const file = join(folder, 'result.json');
    expect(await interrupted(signal, ['--format', 'json', '-o', file])).toBe(code);
    const { summary, walks } = JSON.parse(readFileSync(file, 'utf8'));
    expect(summary.partial).toBe(true);
    expect(walks.length).toBe(summary.walks);
    expect(readdirSync(folder)).toEqual(['result.json']);
  });

  test('SIGKILL: the good file is as it was', async () => {
    const file = join(folder, 'result.json');
    writeFileSync(file, 'the good one');
    await interrupted('SIGKILL', ['--format', 'json', '-o', file]);
    expect(readFileSync(file, 'utf8')).toBe('the good one');
  });
});
