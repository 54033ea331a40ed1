import { EventEmitter } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { analysisSchema, recordSchema, walkSchema } from '../../src/report/schema.ts';
import { run } from '../make/stdio.ts';

const CAPTURES = new URL('../data/captures/', import.meta.url).pathname;
const SEED = join(CAPTURES, 'seed-same-node');
const SYSLOG = join(SEED, 'syslog.log');
const RULES = join(SEED, 'rules.save');
const DENIED = join(CAPTURES, 'denied');
const LINE =
  'Jun 22 12:47:55 node1 kernel: [ 1713.241250] TRACE: raw:PREROUTING:policy:2 IN=eth0 OUT= MAC= SRC=10.0.0.1 DST=10.0.0.2 LEN=30 TOS=0x00 PREC=0x00 TTL=64 ID=1 PROTO=UDP SPT=1 DPT=53 LEN=10 \n';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function objects(text: string): unknown[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Numbers and dispositions of the walks in ndjson. */
function walksIn(text: string) {
  return objects(text).flatMap((object) => {
    const parsed = walkSchema.safeParse(object);
    return parsed.success ? [parsed.data] : [];
  });
}

describe('what it reads', () => {
  test('a log and its rules', async () => {
    const { code, out, err } = await run([SYSLOG, '--rules', RULES]);
    expect(out).toMatch(
      /^#1 {2}10\.200\.77\.209 → 10\.200\.77\.216 .*: forwarded cali84b7d149337 → cali5cb173fd42f\n/,
    );
    expect(out).toContain('↳ mark 0x0 → 0x40000\n');
    expect([code, err]).toEqual([0, '']);
  });

  test('a folder with log, rules and context, and says what it passed over', async () => {
    const { code, out, err } = await run([DENIED, '--format', 'ndjson']);
    expect(walksIn(out)).toHaveLength(24);
    expect(walksIn(out).every(({ steps }) => steps.every(({ target }) => target !== null))).toBe(true);
    expect(err).toContain('walks.jsonl');
    expect(code).not.toBe(2);
  });

  test('a folder for rules and context is said in one line, and only what is none of ours', async () => {
    const log = join(DENIED, 'trace.log');
    const { err } = await run([log, '-r', DENIED, '-c', DENIED, '-f', 'ndjson']);
    expect(err).toBe('passed over, neither log nor rules nor context: walks.jsonl\n');
    const { err: named } = await run([log, '-r', join(DENIED, 'rules.save'), '-c', DENIED, '-f', 'ndjson']);
    expect(named).toBe(err);
    const { err: quiet } = await run([DENIED, '-q', '-f', 'ndjson']);
    expect(quiet).toBe('');
  });

  test('rules in a folder that was given for its context only', async () => {
    const { err } = await run([join(DENIED, 'trace.log'), '-c', DENIED, '-f', 'ndjson']);
    expect(err).toMatch(/^passed over[^\n]*\nrules\.[^\n]* would be rules: [^\n]*--rules\n$/);
  });

  test('a folder for context that holds none', async () => {
    const empty = mkdtempSync(join(folder, 'none-'));
    const { code, err } = await run([SYSLOG, '-r', RULES, '-c', empty, '-f', 'ndjson']);
    expect([code, err]).toEqual([0, `no context in ${empty}: it holds no files\n`]);
  });

  test.each([[['-']], [[]]])('standard input, named %j', async (inputs) => {
    const { out } = await run([...inputs, '--format', 'ndjson'], { stdin: readFileSync(SYSLOG, 'utf8') });
    expect(walksIn(out)).toMatchObject([{ start: { file: '-', line: 1 } }]);
  });

  test('a bare command on a terminal helps and does not wait', async () => {
    const { code, out, err } = await run([], { stdin: null });
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^Examples:\n/);
    expect(err.split('\n').length).toBeLessThan(20);
  });

  test('what can be read, if one input cannot', async () => {
    const { code, out, err } = await run([join(folder, 'none.log'), SYSLOG, '-f', 'ndjson', '-q']);
    expect(walksIn(out)).toHaveLength(1);
    expect(code).toBe(2);
    expect(err).toMatch(/none\.log: error: /);
  });

  test('rules that cannot be read are an input that cannot be read', async () => {
    const { code, out } = await run([SYSLOG, '--rules', join(folder, 'none.save'), '-f', 'ndjson']);
    expect([code, walksIn(out).length]).toEqual([2, 1]);
  });

  test('a folder without a log is told so', async () => {
    writeFileSync(join(folder, 'notes.txt'), 'nothing of ours\n');
    const { code, err } = await run([folder]);
    expect(code).toBe(2);
    expect(err).toContain('notes.txt');
  });

  test('a log without TRACE lines is said, and no objection', async () => {
    const { code, out } = await run(['-'], { stdin: 'Jun 22 12:47:55 node1 kernel: eth0: link up\n' });
    expect(code).toBe(0);
    expect(out).toContain('no TRACE lines in 1 line\n');
  });

  test('the year makes times', async () => {
    const { out } = await run(['-', '--year', '2020', '--timezone', '+08:00', '-f', 'ndjson'], {
      stdin: LINE,
    });
    expect(walksIn(out)[0]?.start.time).toMatch(/^2020-06-22T04:47:55/);
    const both = await run(['-', '--year', '2020', '--timezone', '+08:00'], { stdin: LINE });
    expect(both.out).toContain('Jun 22 12:47:55 = 2020-06-22 04:47:55 UTC');
  });
});

describe('what it writes', () => {
  test('ndjson: each line an object of the contract, the summary last', async () => {
    const { out } = await run([DENIED, '-f', 'ndjson']);
    const all = objects(out).map((object) => recordSchema.parse(object));
    expect(all.filter(({ type }) => type === 'summary')).toHaveLength(1);
    const summary = all.at(-1);
    expect(summary).toMatchObject({ type: 'summary', lines: 828, traceLines: 828, walks: 24 });
  });

  test('json: the same records in one object, the summary first', async () => {
    const { out } = await run([DENIED, '-f', 'json']);
    const lines = objects((await run([DENIED, '-f', 'ndjson'])).out);
    const one = analysisSchema.parse(JSON.parse(out));
    expect(Object.keys(JSON.parse(out))).toEqual(['summary', 'walks', 'diagnostics', 'findings']);
    expect([...one.walks, ...one.diagnostics, one.summary]).toEqual(
      ['walk', 'diagnostic', 'summary'].flatMap((type) =>
        lines.filter((object) => recordSchema.parse(object).type === type),
      ),
    );
  });

  test('the same bytes each time', async () => {
    for (const format of ['text', 'ndjson', 'json']) {
      const [once, again] = [await run([DENIED, '-f', format]), await run([DENIED, '-f', format])];
      expect(again.out).toBe(once.out);
    }
  });

  test('a file, replaced whole and with its mode', async () => {
    const file = join(folder, 'report.txt');
    writeFileSync(file, 'old', { mode: 0o640 });
    const { out } = await run([SYSLOG, '-o', file]);
    expect(out).toBe('');
    expect(readFileSync(file, 'utf8')).toMatch(/^#1 /);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(['report.txt']);
  });

  test('a file that cannot be written is said, and nothing is left behind', async () => {
    const { code, err } = await run([SYSLOG, '-o', join(folder, 'no', 'such')]);
    expect(code).toBe(2);
    expect(err).toMatch(/^trace-analyze: cannot write /);
    expect((await run([SYSLOG, '-o', folder])).code).toBe(2);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a reader that goes away ends the run without a word', async () => {
    const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    const { code, err } = await run([DENIED, '-f', 'ndjson', '-q'], {
      onWrite: () => {
        throw gone;
      },
    });
    expect([code, err]).toEqual([0, '']);
  });

  test('a device that is full is no reader that went away', async () => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const { code, err } = await run([DENIED, '-f', 'ndjson', '-q'], {
      onWrite: () => {
        throw full;
      },
    });
    expect(code).toBe(2);
    expect(err).toContain('no space left');
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s: what was done until then, marked partial, exit %i', async (signal, exit) => {
    const signals = new EventEmitter();
    async function* endless() {
      yield LINE;
      setTimeout(() => signals.emit('signal', signal), 20);
      await new Promise(() => {});
    }
    const { code, out } = await run(['-', '-f', 'ndjson'], { stdin: endless(), signals });
    expect(code).toBe(exit);
    expect(walksIn(out)).toHaveLength(1);
    expect(objects(out).at(-1)).toMatchObject({ type: 'summary', walks: 1, partial: true });
  });
});

describe('on a terminal', () => {
  const terminal = { columns: 90, rows: 24 };

  test('long output goes through the pager', async () => {
    const file = join(folder, 'paged');
    const env = { TRACE_ANALYZE_PAGER: `cat > '${file}'`, TERM: 'xterm' };
    const { code, out } = await run([DENIED], { terminal, env });
    expect([code === 2, out]).toEqual([false, '']);
    expect(readFileSync(file, 'utf8')).toContain('What stopped packets');
  });

  test.each([
    ['--no-pager', [DENIED, '--no-pager'], {}],
    ['an empty pager', [DENIED], { PAGER: '' }],
    ['what fits the screen', [SYSLOG, '--walk', '99'], { PAGER: 'false' }],
    ['a machine format', [SYSLOG, '-f', 'ndjson'], { PAGER: 'false' }],
  ])('%s: no pager', async (_, args, env) => {
    expect((await run(args, { terminal, env })).out).not.toBe('');
  });

  test('lines fit, and are coloured', async () => {
    const { out } = await run([DENIED, '--no-pager'], { terminal, env: { TERM: 'xterm' } });
    expect(out).toContain('\x1b[');
    const plain = await run([DENIED, '--no-pager'], { terminal, env: { NO_COLOR: '1' } });
    expect(Math.max(...plain.out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(90);
  });

  test('elsewhere nothing is wrapped or coloured, unless COLUMNS or --color asks for it', async () => {
    const { out } = await run([DENIED]);
    expect(out).not.toContain('\x1b');
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeGreaterThan(120);
    const narrow = await run([DENIED], { env: { COLUMNS: '80' } });
    expect(Math.max(...narrow.out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect((await run([DENIED, '--color', 'always'])).out).toContain('\x1b[');
  });
});

describe('filters choose and never renumber', () => {
  test.each([
    [['--walk', '3'], [3]],
    [
      ['--walk', '3,#5'],
      [3, 5],
    ],
    [
      ['--dport', '22'],
      [7, 8, 9],
    ],
    [
      ['--dport', 'ssh'],
      [7, 8, 9],
    ],
    [
      ['--rule', 'cali-tw-cali5cb173fd42f:7', '--dport', 'ftp:ssh'],
      [7, 8, 9],
    ],
    [
      ['--dst', '10.200.77.216', '--dport', '22', '--sport', '42001-42002'],
      [8, 9],
    ],
    [
      ['--disposition', 'dropped', '--src', '10.200.77.220', '--dport', '443'],
      [13, 14, 15],
    ],
    [
      ['--rule', 'filter:cali-tw-cali5cb173fd42f:7', '--dport', '22'],
      [7, 8, 9],
    ],
    [['--src', '10.9.0.0/16'], []],
  ])('%j', async (args, numbers) => {
    const { out } = await run([DENIED, '-f', 'ndjson', ...args]);
    expect(
      walksIn(out)
        .map(({ n }) => n)
        .sort((a, b) => a - b),
    ).toEqual(numbers);
    expect(objects(out).at(-1)).toMatchObject({ lines: 828, walks: numbers.length });
  });

  test('time without a year is said', async () => {
    const { out, err } = await run([DENIED, '-f', 'ndjson', '--since', '2024-05-01T00:00:00Z']);
    expect(walksIn(out)).toEqual([]);
    expect(err).toMatch(/24 packets left out .*--year/);
  });
});
