/**
 * The samples, told by the built program in a bare environment. UPDATE_SAMPLES=1 writes what it says as
 * the new expectation: look at the difference before you commit it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { recordSchema } from '../../src/report/schema.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const BIN = join(ROOT, 'dist/cli/bin.js');
const SAMPLES = join(ROOT, 'samples');
const NAMES = readdirSync(SAMPLES).filter(
  (name) => statSync(join(SAMPLES, name)).isDirectory() && !/^(?:diff|expect)-/.test(name),
);

const published = JSON.parse(readFileSync(join(ROOT, 'schema/analysis.json'), 'utf8'));

function tell(name: string, args: readonly string[]) {
  const env = { PATH: process.env['PATH'] ?? '', NO_COLOR: '1', TZ: 'UTC', LC_ALL: 'C' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, '.', ...args], {
    cwd: join(SAMPLES, name),
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return { status, stdout, stderr };
}

test('the program is built', () => {
  expect(existsSync(BIN), 'npm run build').toBe(true);
});

describe.each(NAMES)('%s', (name) => {
  test.each([
    ['expected.txt', []],
    ['expected.ndjson', ['--format', 'ndjson']],
    ['expected.md', ['--format', 'markdown']],
    ['expected.html', ['--format', 'html']],
  ])('%s', (file, args) => {
    const { status, stdout, stderr } = tell(name, args);
    const path = join(SAMPLES, name, file);
    if (process.env['UPDATE_SAMPLES'] !== undefined) writeFileSync(path, stdout);
    expect(stdout).toBe(readFileSync(path, 'utf8'));
    expect(stderr).toMatch(/^passed over, neither log nor rules nor context: README\.md[^\n]*\n$/);
    // Only there do the packets go another way than the rules say.
    expect(status).toBe(name === 'stale-rules' ? 1 : 0);
  });

  test('every line of its ndjson is of the contract, and every line of the log is used', () => {
    const records = tell(name, ['--format', 'ndjson'])
      .stdout.trimEnd()
      .split('\n')
      .map((line) => recordSchema.parse(JSON.parse(line)));
    const steps = records.flatMap((record) => (record.type === 'walk' ? record.steps : []));
    const log = readFileSync(join(SAMPLES, name, 'syslog.log'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(steps.map(({ line }) => line).sort((a, b) => a - b)).toEqual(log.map((_, i) => i + 1));
    if (name === 'stale-rules') return;
    expect(steps.every(({ target, text }) => target !== null || text !== null)).toBe(true);
  });

  test('its json is of the published schema', async () => {
    const schema = z.fromJSONSchema(published);
    const { stdout } = tell(name, ['--format', 'json']);
    expect(schema.safeParse(JSON.parse(stdout)).error).toBeUndefined();
  });

  test('its README names every file of it', () => {
    const readme = readFileSync(join(SAMPLES, name, 'README.md'), 'utf8');
    for (const file of readdirSync(join(SAMPLES, name))) {
      if (file.startsWith('expected.') || file === 'README.md') continue;
      expect(readme).toMatch(file.startsWith('ip-') ? /`ip-\*\.txt`/ : new RegExp(`\`${file}\``));
    }
  });
});
