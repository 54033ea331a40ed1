/**
 * What the lab borrows from the machine, and gives back: one lab at a time, the sysctl that lets
 * namespaces log, a console that stays quiet, namespaces named after this process. A state file tells a later
 * lab what a crashed one left behind. Touches only namespaces of the name `taPID-…`.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { exists, run } from './command.ts';

const STATE = '/run/trace-analyze-lab.json';
const LOG_ALL = '/proc/sys/net/netfilter/nf_log_all_netns';
const CONSOLE = '/proc/sys/kernel/printk';
/** TRACE lines have level 4: a console that shows them makes every line as slow as the serial port. */
const QUIET = 4;

interface Borrowed {
  readonly pid: number;
  readonly logAll: string;
  readonly console: string;
}

const TOOLS = ['ip', 'iptables-legacy', 'ip6tables-legacy', 'ipset', 'conntrack', 'perl', 'setpriv'];

/** Why no lab can run here; null if one can. */
export function whyNoLab(): string | null {
  if (process.platform !== 'linux') return 'not Linux';
  if (process.getuid?.() !== 0) return 'not root';
  const missing = TOOLS.filter((tool) => !exists(tool));
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  const probe = `${prefix()}probe`;
  try {
    run('ip', ['netns', 'add', probe]);
    run('ip', ['netns', 'exec', probe, 'iptables-legacy', '-t', 'raw', '-A', 'PREROUTING', '-j', 'TRACE']);
  } catch (error) {
    return `no network namespaces or no legacy tables: ${String(error).split('\n')[0]}`;
  } finally {
    if (existsSync(`/run/netns/${probe}`)) run('ip', ['netns', 'del', probe]);
  }
  if (!existsSync(LOG_ALL)) return `no ${LOG_ALL}`;
  return existsSync('/dev/kmsg') ? null : 'no /dev/kmsg';
}

/** Beginning of the names of this process's namespaces. */
export function prefix(): string {
  return `ta${process.pid}-`;
}

/**
 * Takes the machine for this process and clears away what a crashed lab left.
 * @throws Error if another lab runs.
 */
export function borrow(): void {
  const left = readState();
  if (left !== null && left.pid !== process.pid && isAlive(left.pid)) {
    throw new Error(`another lab is running (process ${left.pid}); if not so, remove ${STATE}`);
  }
  removeLeftovers();
  const state: Borrowed = left
    ? { ...left, pid: process.pid }
    : { pid: process.pid, logAll: readFileSync(LOG_ALL, 'utf8'), console: readFileSync(CONSOLE, 'utf8') };
  writeFileSync(STATE, JSON.stringify(state));
  process.once('exit', giveBack);
  writeFileSync(LOG_ALL, '1');
  if (Number.parseInt(state.console, 10) > QUIET) writeFileSync(CONSOLE, String(QUIET));
}

/** Gives everything back. Harmless if nothing was borrowed. */
export function giveBack(): void {
  const state = readState();
  if (state === null || state.pid !== process.pid) return;
  removeNamespaces((pid) => pid === process.pid);
  writeFileSync(LOG_ALL, state.logAll.trim());
  writeFileSync(CONSOLE, state.console.trim());
  rmSync(STATE, { force: true });
}

function removeLeftovers(): void {
  removeNamespaces((pid) => !isAlive(pid));
}

function removeNamespaces(mine: (pid: number) => boolean): void {
  for (const line of run('ip', ['netns', 'list']).split('\n')) {
    const [, name = '', pid = ''] = /^(ta(\d+)-\S+)/.exec(line) ?? [];
    if (name !== '' && mine(Number(pid))) run('ip', ['netns', 'del', name]);
  }
}

function readState(): Borrowed | null {
  try {
    return JSON.parse(readFileSync(STATE, 'utf8'));
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}
