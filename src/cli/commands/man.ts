/** `trace-analyze man`: the manual page in roff, made from the command tree; the build writes it to man/. */
import type { Command } from 'commander';
import { EXIT } from '../exit.ts';
import { manualPage } from '../manual.ts';
import { streamOutput } from '../output.ts';
import type { Stdio } from '../stdio.ts';
import { commandTree } from '../tree.ts';
import { VERSION } from '../version.ts';

export async function manCommand(program: Command, stdio: Stdio): Promise<number> {
  const output = streamOutput(stdio.out);
  await output.write(manualPage(commandTree(program), VERSION));
  await output.end();
  return EXIT.ok;
}
