/** Commander's tree → plain data: what manual page and completion need of each command and option. */
import type { Command } from 'commander';

export interface OptionNode {
  /** `--rules`, and `-r` if there is one. */
  readonly long: string;
  readonly short: string | null;
  /** `FILE`; null if it takes no value. */
  readonly value: string | null;
  readonly choices: readonly string[];
  readonly description: string;
  readonly group: string;
}

export interface CommandNode {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  /** `[INPUT...]`, as usage shows it. */
  readonly arguments: readonly { readonly usage: string; readonly description: string }[];
  readonly options: readonly OptionNode[];
  readonly commands: readonly CommandNode[];
}

/** The tree from this command down, hidden commands left out. */
export function commandTree(command: Command): CommandNode {
  const help = command.createHelp();
  return {
    name: command.name(),
    summary: command.summary() || command.description(),
    description: command.description(),
    arguments: command.registeredArguments.map((argument) => {
      const name = argument.name() + (argument.variadic ? '...' : '');
      return { usage: argument.required ? `<${name}>` : `[${name}]`, description: argument.description };
    }),
    options: help.visibleOptions(command).map((option) => ({
      long: option.long ?? option.short ?? '',
      short: option.long === undefined ? null : (option.short ?? null),
      value: /[<[]([^>\]]+)[>\]]$/.exec(option.flags)?.[1] ?? null,
      choices: option.argChoices ?? [],
      description: help.optionDescription(option),
      group: option.helpGroupHeading ?? 'Options:',
    })),
    commands: help
      .visibleCommands(command)
      .filter((each) => each.name() !== 'help')
      .map(commandTree),
  };
}
