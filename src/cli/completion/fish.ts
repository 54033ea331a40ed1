/** The command tree → a fish completion script. */
import type { CommandNode, OptionNode } from '../tree.ts';
import { shellsOf } from './bash.ts';

export function fishScript(root: CommandNode): string {
  const names = root.commands.map(({ name }) => name).join(' ');
  const none = `not __fish_seen_subcommand_from ${names}`;
  const lines = [
    `# fish completion for ${root.name}, made by "${root.name} complete fish"`,
    ...root.commands.map(
      ({ name, summary }) =>
        `complete -c ${root.name} -n '__fish_is_first_arg' -a ${name} -d ${quoted(summary)}`,
    ),
    ...root.options.map((option) => `complete -c ${root.name} -n '${none}' ${optionOf(option)}`),
  ];
  for (const command of root.commands) {
    const within = `__fish_seen_subcommand_from ${command.name}`;
    const words = shellsOf(command);
    if (words.length > 0) {
      lines.push(`complete -c ${root.name} -n '${within}' -f -a ${quoted(words.join(' '))}`);
    }
    for (const option of command.options) {
      lines.push(`complete -c ${root.name} -n '${within}' ${optionOf(option)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function optionOf({ long, short, value, choices, description }: OptionNode): string {
  const names = `-l ${long.replace(/^--/, '')}${short === null ? '' : ` -s ${short.replace(/^-/, '')}`}`;
  const takes =
    value === null
      ? ''
      : choices.length > 0
        ? ` -x -a ${quoted(choices.join(' '))}`
        : value === 'FILE'
          ? ' -r -F'
          : ' -x';
  return `${names}${takes} -d ${quoted(description)}`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
