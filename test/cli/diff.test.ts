/** `trace-analyze diff` on the command line: forms, exit codes, bad usage, hostile text, and rehearsals. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../make/stdio.ts';

const SAMPLES = new URL('../../samples', import.meta.url).pathname;
const BEFORE = join(SAMPLES, 'diff-inserted-rule/before');
const AFTER = join(SAMPLES, 'diff-inserted-rule/after');
const RULES = join(BEFORE, 'rules.save');

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'diff-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** The rules of side A, edited. */
function edited(name: string, edit: (text: string) => string): string {
  return fileOf(name, edit(readFileSync(RULES, 'utf8')));
}

async function rehearse(rules: string, ...more: readonly string[]) {
  const log = join(BEFORE, 'syslog.log');
  return run(['diff', '-q', '--rules-a', RULES, '--rules-b', rules, '-l', log, '-c', BEFORE, ...more]);
}

describe('usage', () => {
  test.each([
    [[], /nothing to compare/],
    [[BEFORE], /two captures/],
    [[BEFORE, AFTER, BEFORE], /two captures/],
    [[BEFORE, AFTER, '--log', 'x.log'], /--log goes with two rule sets/],
    [['--rules-a', RULES], /--rules-a OLD and --rules-b NEW/],
    [['--expected'], /--expected needs a log/],
    [['1', '--from', 'traces.db'], /two analyses/],
    [['--rules-a', RULES, '--rules-b', RULES, '--src', '10.0.0.1'], /no packets to choose from/],
    [[BEFORE, AFTER, '--timezone', 'Mars'], /no time zone/],
    [['one', 'two', '--from', 'traces.db'], /not the number/],
  ])('%j', async (args, message) => {
    const { code, err, out } = await run(['diff', ...args]);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(out).toBe('');
  });
});

test.each([
  ['the same twice', [BEFORE, BEFORE], 0],
  ['two captures', [BEFORE, AFTER], 1],
  ['the same rules', ['--rules-a', RULES, '--rules-b', RULES], 0],
  ['other rules', ['--rules-a', RULES, '--rules-b', join(AFTER, 'rules.save')], 1],
  ['a file that is not there', ['--rules-a', RULES, '--rules-b', '/no/such/file'], 2],
])('exit code of %s', async (_, args, code) => {
  expect((await run(['diff', '-q', ...args])).code).toBe(code);
});

describe('filters', () => {
  const both = async (...args: readonly string[]) => {
    const { out, code } = await run(['diff', '-q', BEFORE, AFTER, '-f', 'ndjson', ...args]);
    const records = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const flows = records.filter(({ type }) => type === 'flow-difference');
    return { flows, summary: records.at(-1), code };
  };

  test('flows are chosen whole, by any packet on either side', async () => {
    const all = await both();
    expect(all.summary.leftOut).toBeUndefined();
    const { flows, summary, code } = await both('--disposition', 'rejected');
    // Rejected on side B only: side A is told beside it.
    expect(flows.length).toBeGreaterThan(0);
    for (const { status, packets } of flows) {
      expect(status).toBe('changed');
      expect(packets.a).toBeGreaterThan(0);
    }
    const told = Object.values<number>(summary.flows).reduce((sum, count) => sum + count, 0);
    const before = Object.values<number>(all.summary.flows).reduce((sum, count) => sum + count, 0);
    expect(told + summary.leftOut).toBe(before);
    expect(code).toBe(1);
  });

  test('packets of another flow are left out, and rules that differ do not count', async () => {
    const { flows, summary, code } = await both('--src', '203.0.113.9');
    expect(flows).toEqual([]);
    expect(summary).toMatchObject({ differs: false, packets: { a: 0, b: 0 } });
    expect(summary.leftOut).toBeGreaterThan(0);
    expect(code).toBe(0);
  });

  test('a time leaves out packets, not flows', async () => {
    const { summary } = await both();
    const { summary: late } = await both('--since', '99999999');
    expect(summary.packets.a).toBeGreaterThan(0);
    expect(late.packets).toEqual({ a: 0, b: 0 });
    expect(late.leftOut).toBe(0);
  });

  test('what a filter leaves out of a rehearsal still counts for the connections', async () => {
    const other = join(AFTER, 'rules.save');
    const whole = await rehearse(other, '-f', 'json');
    const some = await rehearse(other, '-f', 'json', '--proto', 'tcp');
    const flowsOf = (text: string) =>
      JSON.parse(text).differences.filter(
        ({ type, flow }: { type: string; flow: { protocol: string } }) =>
          type === 'flow-difference' && flow.protocol === 'tcp',
      );
    expect(flowsOf(some.out)).toEqual(flowsOf(whole.out));
    expect(JSON.parse(some.out).summary.leftOut).toBeDefined();
  });
});

describe('a rehearsal', () => {
  test('rules that no packet meets change no way', async () => {
    const rules = edited('unmet.save', (text) =>
      text.replace(/^\[0:0\] -A FORWARD /m, '[0:0] -A FORWARD -s 203.0.113.0/24 -j DROP\n$&'),
    );
    const { out, code } = await rehearse(rules);
    expect(out).toContain('Rules: 1 added');
    expect(out).toContain('2 flows: no packet would go another way.');
    expect(code).toBe(1);
  });

  test('an endpoint that is taken out, and all its calls go to the other one', async () => {
    const rules = edited('one-endpoint.save', (text) =>
      text.replace(/^.*-A KUBE-SVC-2CMXP7HKUVJN7L6M .*--probability 0.5.*\n/m, ''),
    );
    const { out } = await rehearse(rules, '-f', 'ndjson');
    const flows = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ type }) => type === 'flow-difference');
    expect(flows).toHaveLength(1);
    const [way, ...others] = flows[0].ways;
    expect(others).toEqual([]);
    expect(way).toMatchObject({
      packet: 'TCP SYN',
      changed: ['path', 'endpoint', 'out'],
      why: 'rules',
      certain: true,
      a: { packets: 4, endpoint: { address: '10.200.77.216', port: 80 } },
      b: { packets: 4, endpoint: { address: '10.200.77.220', port: 80 } },
    });
  });

  test('what hangs on a set that nobody saved is not certain', async () => {
    const rules = edited('unknown-set.save', (text) =>
      text.replace(/^\[0:0\] -A FORWARD /m, '[0:0] -A FORWARD -m set --match-set blocked src -j DROP\n$&'),
    );
    const log = join(BEFORE, 'syslog.log');
    const context = ['ip-addr.txt', 'ip-route.txt', 'ip-rule.txt', 'conntrack.txt'].flatMap((name) => [
      '-c',
      join(BEFORE, name),
    ]);
    const { out } = await run(['diff', '-q', '--rules-a', RULES, '--rules-b', rules, '-l', log, ...context]);
    expect(out).toContain('not certain: it may also go as before');
    expect(out).toMatch(/B assumes: .*10\.200\.77\.209 is in blocked/);
  });
});

test('a set that lost the entry by which a packet was let through', async () => {
  const policy = join(SAMPLES, 'diff-calico-policy/after');
  const context = (name: string, edit: (text: string) => string): readonly string[] => [
    fileOf(name, edit(readFileSync(join(policy, 'ipset.save'), 'utf8'))),
  ];
  const common = ['ip-addr.txt', 'ip-route.txt', 'ip-rule.txt', 'conntrack.txt'].flatMap((name) => [
    '-c',
    join(policy, name),
  ]);
  const rules = join(policy, 'rules.save');
  const [a = ''] = context('a-ipset.save', (text) => text);
  const [b = ''] = context('b-ipset.save', (text) =>
    text.replace(/^add cali40s:web 10\.200\.77\.209.*\n/m, ''),
  );
  const args = [
    '--rules-a',
    rules,
    '--rules-b',
    rules,
    '-l',
    join(policy, 'syslog.log'),
    '--context-a',
    a,
    '--context-b',
    b,
  ];
  const { out, code } = await run(['diff', '-q', ...args, ...common]);
  expect(out).toMatch(/~ changed +cali40s:web +- 10\.200\.77\.209$/m);
  expect(out).toMatch(/TCP SYN: forwarded ⇒ dropped by filter cali-tw-cali5cb173fd42f:7/);
  expect(out).toContain('both sides have these rules: a set');
  expect(code).toBe(1);
});

test('chain names, comments and host names come out inert', async () => {
  const nasty = '</td><script>x</script>|`\u001b[31m';
  const rules = edited('nasty.save', (text) =>
    text.replace(/^\[0:0\] -A FORWARD /m, `[0:0] -A FORWARD -m comment --comment "${nasty}" -j DROP\n$&`),
  );
  for (const format of ['text', 'markdown', 'html', 'ndjson', 'json']) {
    const { out } = await rehearse(rules, '-f', format);
    expect(out).toContain('script');
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    if (format === 'html') expect(out).not.toContain('<script>x');
  }
});

test('connections that were saved after the log say nothing in a rehearsal, and that is said', async () => {
  const router = new URL('../data/captures/router', import.meta.url).pathname;
  const rules = join(router, 'rules.save');
  const text = readFileSync(rules, 'utf8');
  const fixed = fileOf(
    'fixed.save',
    text.replace('-A FORWARD -p tcp -m conntrack', '-A FORWARD -m conntrack'),
  );
  expect(readFileSync(fixed, 'utf8')).not.toBe(text);
  const files = ['ip-addr.txt', 'ip-route.txt', 'ip-rule.txt'].flatMap((name) => ['-c', join(router, name)]);
  const asked = ['diff', '--rules-a', rules, '--rules-b', fixed, '-l', join(router, 'trace.log'), ...files];
  const without = await run(asked);
  const late = await run([...asked, '-c', join(router, 'after/conntrack.txt')]);
  expect(late.err).toMatch(/conntrack\.txt was saved after the log had begun/);
  expect(without.err).not.toMatch(/saved after/);
  expect(late.out).toBe(without.out);
});
