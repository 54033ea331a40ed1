/**
 * Ours beside perl over the same log, one after the other, several times: cpu seconds (user and system, all
 * cores) and the ratio of the medians. Makes the log if it is not there. usage: npm run bench [-- LINES]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';

const ROUNDS = 3;
const [lines = '1000000'] = process.argv.slice(2);
const log = `bench/data/trace-${lines}.log`;
mkdirSync('bench/data', { recursive: true });
if (!existsSync(log)) run(['node_modules/.bin/tsx', 'bench/make-log.ts', lines, log]);

const peers: Readonly<Record<string, readonly string[]>> = {
  'perl, one regular expression': ['perl', 'bench/fields.pl', log],
  'ours: read and parse': ['node_modules/.bin/tsx', 'bench/stages.ts', 'log', log],
  'ours: and assemble': ['node_modules/.bin/tsx', 'bench/stages.ts', 'walk', log],
  'ours: and cross-check': ['node_modules/.bin/tsx', 'bench/stages.ts', 'check', log],
};
const seconds = new Map<string, number[]>();
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, command] of Object.entries(peers)) {
    seconds.set(name, [...(seconds.get(name) ?? []), run(command)]);
  }
}
const [yardstick = 1] = [...seconds.values()].map(median);
for (const [name, times] of seconds) {
  const cpu = median(times);
  console.log(`${name.padEnd(30)} ${cpu.toFixed(2).padStart(7)} s  ${(cpu / yardstick).toFixed(2)} ×`);
}

/** Runs a command; @returns its cpu seconds. */
function run([program = '', ...args]: readonly string[]): number {
  const script = 'TIMEFORMAT="%U %S"; time "$0" "$@" >/dev/null';
  const { stderr, status } = spawnSync('bash', ['-c', script, program, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
  const [user = 0, system = 0] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  return user + system;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
