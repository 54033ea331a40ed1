/** One run of the program: arguments in, exit code out. Nothing here touches the process. */
import { existsSync } from 'node:fs';
import { visible } from '../text/escape.ts';
import { EXIT, UsageError } from './exit.ts';
import { meantBy } from './meant.ts';
import { streamOutput } from './output.ts';
import type { Stdio } from './stdio.ts';
import { VERSION } from './version.ts';

/**
 * Runs a command line, without node and script.
 * @returns the exit code; errors are told on standard error, never thrown.
 */
export async function main(argv: readonly string[], stdio: Stdio): Promise<number> {
  // Talk that nobody reads any more is no reason to end.
  stdio.err.on('error', () => {});
  try {
    return await run(argv, stdio);
  } catch (error) {
    if (error instanceof UsageError) {
      stdio.err.write(`trace-analyze: ${visible(error.message)}\n`);
      return EXIT.usage;
    }
    const { readableStack } = await import('./defect.ts');
    const told = error instanceof Error ? readableStack(error.stack ?? error.message) : String(error);
    stdio.err.write(
      `trace-analyze: this is a defect of the program, please report it:\n${told.split('\n').map(visible).join('\n')}\n`,
    );
    return EXIT.defect;
  }
}

/** @throws UsageError, and what is a defect. */
async function run(argv: readonly string[], stdio: Stdio): Promise<number> {
  const output = streamOutput(stdio.out);
  // Asked by scripts and installers: worth not loading the command tree (30 ms) for.
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    await output.write(`${VERSION}\n`);
    await output.end();
    return EXIT.ok;
  }
  const { buildProgram, commandError } = await import('./program.ts');
  let code: number = EXIT.ok;
  const program = buildProgram(stdio, (of) => {
    code = of;
  });
  try {
    checkCommand(
      argv[0] ?? '',
      program.commands.map((command) => command.name()),
    );
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    const refused = commandError(error);
    if (refused === null) throw error;
    code = refused;
    // Help, which commander wrote.
    if (refused === EXIT.ok) await output.end();
  }
  return code;
}

/** A mistyped command would count as a log. @throws UsageError if `word` comes near a command and no file is called so. */
function checkCommand(word: string, commands: readonly string[]): void {
  if (!/^[a-z]{3,}$/i.test(word) || commands.includes(word) || existsSync(word)) return;
  const meant = meantBy(word.toLowerCase(), [...commands, 'help']);
  if (meant === null || meant === word) return;
  throw new UsageError(`there is no command ${word}, nor a file of that name: did you mean ${meant}?`);
}
