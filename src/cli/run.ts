/** Arguments → the command that they name, run. */
import { existsSync } from 'node:fs';
import { EXIT, UsageError } from './exit.ts';
import { meantBy } from './meant.ts';
import type { Output } from './output.ts';
import { buildProgram, commandError } from './program.ts';
import type { Stdio } from './stdio.ts';

/**
 * @param output Standard output: help is written without one of its own.
 * @returns the exit code. @throws UsageError, and what is a defect.
 */
export async function runCommand(argv: readonly string[], stdio: Stdio, output: Output): Promise<number> {
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
