/**
 * The samples of expectations, told by the built program. UPDATE_SAMPLES=1 writes what it says as the new
 * expectation: look at the difference before you commit it.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;
const BIN = join(ROOT, 'dist/cli/bin.js');

const KUBE = '../service-two-endpoints/syslog.log';
const DOCKER = '../docker-bridge/syslog.log';

test.each([
  ['expect-kube-proxy', 'expectations.yaml', KUBE, 'text', 'expected.txt', 0],
  ['expect-docker', 'expectations.yaml', DOCKER, 'text', 'expected.txt', 0],
  ['expect-docker', 'planned.yaml', DOCKER, 'text', 'expected-planned.txt', 1],
  ['expect-docker', 'planned.yaml', DOCKER, 'ndjson', 'expected-planned.ndjson', 1],
  ['expect-docker', 'planned.yaml', DOCKER, 'junit', 'expected-planned.xml', 1],
  ['expect-docker', 'planned.yaml', DOCKER, 'sarif', 'expected-planned.sarif', 1],
])('%s/%s against %s as %s', (sample, file, log, format, golden, code) => {
  const cwd = join(ROOT, 'samples', sample);
  const env = { PATH: process.env['PATH'] ?? '', NO_COLOR: '1', TZ: 'UTC', LC_ALL: 'C' };
  const args = [BIN, 'expect', file, '-r', 'rules.save', '-c', '.', '-l', log, '-f', format, '-q'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, env, encoding: 'utf8' });
  const path = join(cwd, golden);
  if (process.env['UPDATE_SAMPLES'] !== undefined) writeFileSync(path, stdout);
  expect([stdout, stderr, status]).toEqual([readFileSync(path, 'utf8'), '', code]);
});
