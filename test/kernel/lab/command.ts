/**
 * Runs a system tool and gives its output. Its failure is an error that says which tool, with what, and
 * what it said: a lab that half works is worse than none.
 */
import { spawnSync } from 'node:child_process';

/** Longest part of a tool's input that an error quotes, in UTF-16 units. */
const QUOTED = 200;

/** Runs `command` with `input` on its standard input. @throws Error if it does not end with 0. */
export function run(command: string, args: readonly string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  });
  if (error === undefined && status === 0) return stdout;
  const why = error?.message ?? `${stderr.trim()} (status ${status})`;
  throw new Error(`${[command, ...args].join(' ')}: ${why}\n${input.slice(0, QUOTED)}`);
}

/** Whether a tool can be started at all. */
export function exists(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;
}
