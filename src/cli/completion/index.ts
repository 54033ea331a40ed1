/** Shell → the function that makes its completion script from the command tree. */
import type { CommandNode } from '../tree.ts';
import { bashScript } from './bash.ts';
import { fishScript } from './fish.ts';
import { zshScript } from './zsh.ts';

export const COMPLETIONS: ReadonlyMap<string, (root: CommandNode) => string> = new Map([
  ['bash', bashScript],
  ['zsh', zshScript],
  ['fish', fishScript],
]);
