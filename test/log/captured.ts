/** The captured kernel logs of test/data: every file that holds TRACE lines, and their messages. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export const CAPTURES = new URL('../data/captures/', import.meta.url).pathname;

function filesUnder(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      return statSync(path).isDirectory() ? filesUnder(path) : [path];
    });
}

/** Lines of a file, without the empty one behind the last newline. */
export function linesOf(path: string): string[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Logs in plain text: traces, dmesg, kmsg, envelopes. */
export const LOGS: readonly string[] = filesUnder(CAPTURES).filter((path) =>
  /\/(?:trace\.log|syslog\.log|dmesg\.txt|kmsg\.txt|60-envelopes\/(?!README).*\.txt)$/.test(path),
);

/** Every TRACE message of the logs once, with one blank at its end. */
export function capturedMessages(): string[] {
  const messages = new Set<string>();
  for (const path of LOGS) {
    for (const line of linesOf(path)) {
      const at = line.indexOf('TRACE: ');
      if (at >= 0) messages.add(`${line.slice(at).trimEnd()} `);
    }
  }
  return [...messages];
}
