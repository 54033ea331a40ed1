/**
 * Output for a terminal: shown as it is while it fits the screen, through the pager from there on. The
 * pager is $TRACE_ANALYZE_PAGER, else $PAGER, else less; an empty one or `cat` means none.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Output, streamOutput } from './output.ts';
import type { OutStream } from './stdio.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The command, or null for none. */
export function pagerCommand(env: Env): string | null {
  const command = (env['TRACE_ANALYZE_PAGER'] ?? env['PAGER'] ?? 'less -FRX').trim();
  return command === '' || command === 'cat' ? null : command;
}

/** @param command As a shell would take it. */
export function pagedOutput(screen: OutStream, command: string, env: Env): Output {
  const plain = streamOutput(screen);
  const rows = screen.rows ?? 24;
  let held = '';
  let lines = 0;
  let pager: ChildProcess | null = null;
  let target: Output = plain;

  async function start(): Promise<void> {
    const child = spawn(command, {
      shell: true,
      stdio: ['pipe', 'inherit', 'inherit'],
      // less: quit if it fits, keep colours, leave the text on the screen. What the person set stays.
      env: { ...env, LESS: env['LESS'] ?? 'FRX' },
    });
    const started = await Promise.race([
      once(child, 'spawn').then(() => true),
      once(child, 'error').then(() => false),
    ]);
    const input = child.stdin;
    if (!started || input === null) return;
    pager = child;
    target = streamOutput(input);
  }

  return {
    get closed() {
      return target.closed;
    },
    async write(text) {
      if (pager !== null) return target.write(text);
      held += text;
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1;
      if (lines < rows) return;
      await start();
      const ready = held;
      held = '';
      await target.write(ready);
    },
    async end() {
      await target.write(held);
      await target.end();
      if (pager === null) return;
      const done = once(pager, 'exit');
      pager.stdin?.end();
      await done;
    },
    async abandon() {
      pager?.stdin?.end();
    },
  };
}
