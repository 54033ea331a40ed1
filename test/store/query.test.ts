/** `list`, `show`, `report` and `query` over a store of two analyses; hostile text in it stays inert. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderRows } from '../../src/cli/rows.ts';
import { NAMED_QUERIES } from '../../src/store/index.ts';
import { run } from '../make/stdio.ts';
import { CAPTURES } from './capture.ts';

const DENIED = join(CAPTURES, 'denied');
const SERVICE = join(CAPTURES, 'service');
const RUN = [join(DENIED, 'trace.log'), '--rules', join(DENIED, 'rules.save')];

let folder = '';
let path = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'query-'));
  path = join(folder, 'traces.db');
  for (const from of [SERVICE, DENIED]) {
    const rules = join(from, 'rules.save');
    const { err } = await run([join(from, 'trace.log'), '--rules', rules, '--store', path, '-f', 'json']);
    expect(err).toMatch(/kept in .* as analysis/);
  }
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function query(...args: string[]): Promise<unknown[]> {
  const { code, out, err } = await run(['query', path, ...args, '-f', 'json']);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out);
}

describe('what is kept is printed as the run printed it', () => {
  test.each([['text'], ['ndjson'], ['json'], ['markdown'], ['html'], ['sarif']])('%s', async (format) => {
    const now = await run([...RUN, '-f', format]);
    const kept = await run(['show', '--from', path, '-f', format]);
    expect(kept.out).toBe(now.out);
    expect(kept.code).toBe(now.code);
  });

  test('one packet, filtered packets, another analysis, redacted', async () => {
    const one = await run(['show', '7', '--from', path]);
    expect(one.out).toBe((await run([...RUN, '--walk', '7'])).out);
    const dropped = await run(['show', '--from', path, '--disposition', 'dropped', '-f', 'ndjson']);
    expect(dropped.out).toBe((await run([...RUN, '--disposition', 'dropped', '-f', 'ndjson'])).out);
    const first = await run(['show', '--from', path, '--analysis', '1', '-f', 'ndjson']);
    expect(first.out).toContain('"file":');
    expect(first.out).toContain(SERVICE);
    const redacted = await run(['report', '--from', path, '--redact']);
    expect(redacted.out).toBe((await run([...RUN, '-f', 'report', '--redact'])).out);
    expect(redacted.out).not.toContain('10.200.77');
  });

  test('an analysis that is not there', async () => {
    const { code, err } = await run(['show', '--from', path, '--analysis', '9']);
    expect([code, err]).toEqual([2, expect.stringContaining('holds no analysis 9')]);
  });
});

test('the list', async () => {
  const { out } = await run(['list', '--from', path]);
  expect(out).toMatch(
    /^analysis +stored +walks .*\n-+ .*\n +1 +\d{4}-.*service\/trace\.log\n +2 .*denied\/trace\.log\n$/,
  );
});

describe('queries', () => {
  test('the views say what ndjson says', async () => {
    const { out } = await run([...RUN, '-f', 'ndjson']);
    const walks = out
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text))
      .filter(({ type }) => type === 'walk')
      .sort((a, b) => a.n - b.n);
    expect(
      await query(
        'select walk, src, dst, sport, dport, protocol, disposition, status, steps, decided_by, file, line, uptime from walks where analysis = 2 order by walk',
      ),
    ).toEqual(
      walks.map(({ n, packet, disposition, check, steps, by, start }) => ({
        walk: n,
        src: packet.src,
        dst: packet.dst,
        sport: packet.sport,
        dport: packet.dport,
        protocol: packet.protocol,
        disposition,
        status: check.status,
        steps: steps.length,
        decided_by: by,
        file: start.file,
        line: start.line,
        uptime: start.uptime,
      })),
    );
    expect(
      await query(
        'select walk, file, line, hook, table_name, chain, type, rule, depth, uptime, text, target from steps where analysis = 2 order by walk, step',
      ),
    ).toEqual(
      walks.flatMap(({ n, steps }) =>
        steps.map(
          ({
            file,
            line,
            hook,
            table,
            chain,
            type,
            rule,
            depth,
            uptime,
            text,
            target,
          }: Record<string, unknown>) => ({
            walk: n,
            file,
            line,
            hook,
            table_name: table,
            chain,
            type,
            rule,
            depth,
            uptime,
            text,
            target,
          }),
        ),
      ),
    );
  });

  test.each(NAMED_QUERIES)('$name can be asked, of every analysis', async ({ name, sql }) => {
    for (const analysis of ['1', '2']) await query('--named', name, '--analysis', analysis);
    expect(sql).toContain(':analysis');
  });

  test('who dropped', async () => {
    expect(await query('--named', 'top-drops')).toEqual([
      {
        packets: 12,
        disposition: 'dropped',
        decided_by: 'filter:cali-tw-cali5cb173fd42f:7',
        text: '-A cali-tw-cali5cb173fd42f -m comment --comment "Drop if no policies passed packet" -m mark --mark 0x0/0x20000 -j DROP',
        file: join(DENIED, 'rules.save'),
        line: 118,
      },
    ]);
    expect(await query('--named', 'top-drops', '--analysis', '1')).toEqual([]);
    expect(await query('--named', 'nat', '--analysis', '1')).toHaveLength(2);
  });

  test('nothing found is said, and of which analysis', async () => {
    const none = await run(['query', path, '--named', 'top-drops', '--analysis', '1']);
    expect(none.err).toContain('no rows in analysis 1');
    expect((await run(['query', path, 'select 1 where 0'])).err).toBe('no rows\n');
    expect((await run(['query', path, 'select 1 where 0', '-f', 'json'])).err).toBe('');
    expect((await run(['query', path, 'select 1'])).err).toBe('');
  });

  test('--named alone lists them', async () => {
    const { out } = await run(['query', '--named']);
    for (const { name, title } of NAMED_QUERIES) expect(out).toMatch(new RegExp(`^${name} +${title}$`, 'm'));
    expect(out).toContain('top-drops');
  });

  test.each([
    ['delete from walk', /only reads/],
    ["attach 'other.db' as other", /only reads/],
    ['select 1; select 2', /more than one/],
    ['selec 1', /syntax error/],
    ['select * from nowhere', /no such table/],
    ['', /no statement/],
    ['select abs(-9223372036854775807 - 1)', /overflow/],
  ])('%s is refused', async (sql, message) => {
    const before = readFileSync(path);
    const { code, out, err } = await run(['query', path, sql]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('a query from standard input', async () => {
    const { out } = await run(['query', path, '-', '-f', 'csv'], {
      stdin: 'select count(*) as walks from walks',
    });
    expect(out).toBe('walks\r\n104\r\n');
  });
});

describe('cells are inert', () => {
  const cell = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '=1+1',
      '@SUM(A1)',
      '+1',
      '-1',
      '\u001b[2J',
      'a\nb',
      ' =x',
      '\t=x',
      '\u202e',
      'a"b,c',
      '|calc',
    ),
  );

  test('no control character, no formula, no broken row, in no format', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 5 }), (rows) => {
        const stream = { columns: ['a', '=b\u001b'], rows };
        for (const format of ['table', 'csv'] as const) {
          const text = [...renderRows(format, stream, 80)].join('');
          expect(text.replace(/\r?\n/g, '')).not.toMatch(/[\p{Cc}\u202e]/u);
          expect(text.split('\n')).toHaveLength(rows.length + (format === 'table' ? 3 : 2));
          if (format === 'csv') expect(text).not.toMatch(/(?:^|,|")\s*[=+@|]/m);
        }
        const objects = JSON.parse([...renderRows('json', stream, 80)].join(''));
        expect(objects).toEqual(rows.map(([a, b]) => ({ a, '=b\u001b': b })));
      }),
    );
  });

  test('a hostile log', async () => {
    const log = join(folder, 'hostile.log');
    writeFileSync(
      log,
      'Jun 22 12:47:55 node1 kernel: [    1.500000] TRACE: raw:=HYPERLINK(1):rule:1 IN=eth0 OUT= MAC= SRC=10.0.0.1 DST=10.0.0.2 LEN=30 TOS=0x00 PREC=0x00 TTL=64 ID=1 PROTO=UDP SPT=1 DPT=53 LEN=10 \n',
    );
    const store = join(folder, 'hostile.db');
    await run([log, '--store', store]);
    const { out } = await run(['query', store, 'select chain from steps', '-f', 'csv']);
    expect(out).toBe('chain\r\n"\'=HYPERLINK(1)"\r\n');
  });
});
