/**
 * One run of the program: arguments in, exit code out. Nothing here touches the process. Loads the commands only
 * where one is to run: scripts and installers ask for the version, and that often.
 */
import { streamOutput } from './output.ts';
import type { Stdio } from './stdio.ts';
import { VERSION } from './version.ts';

/** Whether the arguments, without node and script, ask for the version and nothing else. */
export function asksVersion(argv: readonly string[]): boolean {
  return argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V');
}

/**
 * Runs a command line, without node and script.
 * @returns the exit code; errors are told on standard error, never thrown.
 */
export async function main(argv: readonly string[], stdio: Stdio): Promise<number> {
  // Talk that nobody reads any more is no reason to end.
  stdio.err.on('error', () => {});
  const output = streamOutput(stdio.out);
  try {
    if (asksVersion(argv)) {
      await output.write(`${VERSION}\n`);
      await output.end();
      return 0;
    }
    const { runCommand } = await import('./run.ts');
    return await runCommand(argv, stdio, output);
  } catch (error) {
    const { tellFailure } = await import('./failure.ts');
    return tellFailure(error, stdio);
  }
}
