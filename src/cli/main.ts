/** One run of the program: arguments in, exit code out. Nothing here touches the process. */
import { visible } from '../text/escape.ts';
import { EXIT, UsageError } from './exit.ts';
import type { Stdio } from './stdio.ts';
import { VERSION } from './version.ts';

/**
 * Runs a command line, without node and script.
 * @returns the exit code; errors are told on standard error, never thrown.
 */
export async function main(argv: readonly string[], stdio: Stdio): Promise<number> {
  // Asked by scripts and installers: worth not loading the command tree (30 ms) for.
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    stdio.out.write(`${VERSION}\n`);
    return EXIT.ok;
  }
  const { buildProgram, commandError } = await import('./program.ts');
  let code: number = EXIT.ok;
  const program = buildProgram(stdio, (of) => {
    code = of;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    const refused = commandError(error);
    if (refused !== null) return refused;
    if (error instanceof UsageError) {
      stdio.err.write(`trace-analyze: ${visible(error.message)}\n`);
      return EXIT.usage;
    }
    const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
    stdio.err.write(
      `trace-analyze: this is a defect of the program, please report it:\n${told.split('\n').map(visible).join('\n')}\n`,
    );
    return EXIT.defect;
  }
}
