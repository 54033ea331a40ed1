/** `trace-analyze complete SHELL`: the script of that shell, made from the command tree. */
import type { Command } from 'commander';
import { COMPLETIONS } from '../completion/index.ts';
import { EXIT, UsageError } from '../exit.ts';
import { streamOutput } from '../output.ts';
import type { Stdio } from '../stdio.ts';
import { commandTree } from '../tree.ts';

/** @throws UsageError for an unknown shell. */
export async function completeCommand(shell: string, program: Command, stdio: Stdio): Promise<number> {
  const script = COMPLETIONS.get(shell);
  if (script === undefined) {
    throw new UsageError(`no completion for ${shell}: it is one of ${[...COMPLETIONS.keys()].join(', ')}`);
  }
  const output = streamOutput(stdio.out);
  await output.write(script(commandTree(program)));
  await output.end();
  return EXIT.ok;
}
