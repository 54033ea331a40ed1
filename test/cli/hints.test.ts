import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../make/stdio.ts';

const CAPTURES = new URL('../data/captures/', import.meta.url).pathname;
const DENIED = join(CAPTURES, 'denied');
const LOG = join(DENIED, 'trace.log');
const RULES = join(DENIED, 'rules.save');

describe('an empty answer says why', () => {
  test.each([
    [['--chain', 'NO-SUCH-CHAIN'], /^none of 24 packets is chosen: none fits --chain\n$/],
    [['--walk', '999', '--in', 'eth99'], /^none of 24 packets is chosen: none fits --walk, none --in\n$/],
    // Each fits some packet, none fits both.
    [['--walk', '1', '--walk', '2', '--disposition', 'sent'], /^none of 24 packets is chosen/],
  ])('filters that choose nothing: %j', async (filters, told) => {
    const { code, err } = await run([LOG, '--rules', RULES, ...filters]);
    expect([code, err]).toEqual([0, expect.stringMatching(told)]);
  });

  test('filters that choose a packet say nothing', async () => {
    const { err } = await run([LOG, '--rules', RULES, '--walk', '1']);
    expect(err).toBe('');
  });

  test.each([
    [RULES, 'rules.save holds rules and no log: give it by --rules\n'],
    [join(DENIED, 'ip-addr.txt'), 'ip-addr.txt holds context and no log: give it by --context\n'],
  ])('a file that is no log: %s', async (path, told) => {
    const { code, out, err } = await run([path]);
    expect(out).toContain('no TRACE lines in ');
    expect(err.endsWith(told)).toBe(true);
    expect(code).toBe(0);
  });

  test('Markdown that is longer than a comment on GitHub', async () => {
    const more = (n: number): string => 'packets '.repeat(n);
    const told = async (args: readonly string[]): Promise<string> =>
      (await run([LOG, '--rules', RULES, ...args])).err;
    const long = ['--format', 'markdown', '--notes', more(9000)];
    expect(await told(long)).toMatch(/^117,\d{3} characters, and a comment on GitHub holds 65,536: .*--walk/);
    expect(await told([...long, '--quiet'])).toBe('');
    expect(await told(['--format', 'markdown', '--notes', more(10)])).toBe('');
    expect(await told(['--format', 'html', '--notes', more(9000)])).toBe('');
  });

  test('packets without rules are told to be unchecked at the top', async () => {
    const { out } = await run([LOG]);
    expect(out.split('\n').slice(0, 4).join('\n')).toContain(
      'no rules of these tables were given (--rules FILE)',
    );
  });

  test('rules that cannot be read are told at the top', async () => {
    const { out } = await run([LOG, '--rules', '/nonexistent/rules']);
    expect(out.split('\n').slice(0, 5).join('\n')).toContain('/nonexistent/rules: there is no such file');
  });

  test('two folders are two captures', async () => {
    const { code, out, err } = await run([DENIED, join(CAPTURES, 'service')]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`trace-analyze diff ${DENIED} ${join(CAPTURES, 'service')}`);
  });
});
