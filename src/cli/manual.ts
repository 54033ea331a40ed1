/** The command tree → a manual page in roff (man(7)). No date: the same source gives the same page. */
import type { CommandNode, OptionNode } from './tree.ts';

export function manualPage(root: CommandNode, version: string): string {
  const parts = [
    `.TH TRACE-ANALYZE 1 "" "trace-analyze ${escaped(version)}" "User Commands"`,
    '.SH NAME',
    `trace-analyze \\- ${escaped('follow packets through iptables by their TRACE log')}`,
    '.SH SYNOPSIS',
    ...synopsis(root, root.name),
    ...root.commands.flatMap((command) => ['.br', ...synopsis(command, `${root.name} ${command.name}`)]),
    '.SH DESCRIPTION',
    escaped(root.description),
    ...root.arguments.flatMap(({ usage, description }) => [
      '.TP',
      `.I ${escaped(usage)}`,
      escaped(description),
    ]),
    '.SH OPTIONS',
    ...optionList(root.options),
    '.SH COMMANDS',
    ...root.commands.flatMap((command) => commandPart(command, `${root.name} ${command.name}`)),
    '.SH EXIT STATUS',
    ...EXIT_STATUS.flatMap(([code, meaning]) => ['.TP', `.B ${code}`, escaped(meaning)]),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.flatMap(([name, meaning]) => ['.TP', `.B ${name}`, escaped(meaning)]),
    '.SH EXAMPLES',
    ...EXAMPLES.flatMap(([command, meaning]) => ['.TP', `.B ${escaped(command)}`, escaped(meaning)]),
  ];
  return `${parts.join('\n')}\n`;
}

const EXIT_STATUS: readonly (readonly [string, string])[] = [
  [
    '0',
    'Nothing to object to: every packet agrees with the rules, or was not checked; or the reader went away.',
  ],
  ['1', 'Findings: a packet did not go as the rules say.'],
  ['2', 'Usage, or an input that cannot be read; the others are analysed.'],
  ['3', 'A defect of the program.'],
  ['130, 143', 'Interrupted by SIGINT, SIGTERM; what was done until then is shown and marked partial.'],
];

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['TRACE_ANALYZE_PAGER, PAGER', 'The pager for a terminal; empty or cat: none. Otherwise less.'],
  ['NO_COLOR, FORCE_COLOR, TERM', 'Whether there is colour, unless --color says so.'],
  ['COLUMNS', 'Width of text that goes to a file or a pipe; not wrapped otherwise.'],
];

const EXAMPLES: readonly (readonly [string, string])[] = [
  ['trace-analyze syslog.log --rules iptables.txt', 'Every packet’s way through the chains.'],
  ['trace-analyze DIR', 'Log, rules and context of one folder.'],
  [
    'journalctl -k -o short-precise | trace-analyze - --rules rules.save --disposition dropped',
    'What was dropped.',
  ],
];

function synopsis(command: CommandNode, name: string): string[] {
  const operands = command.arguments.map(({ usage }) => usage).join(' ');
  return [`.B ${escaped(name)}`, `${escaped(`[OPTION...] ${operands}`)}`];
}

function optionList(options: readonly OptionNode[]): string[] {
  let group = '';
  return options.flatMap((option) => {
    const heading = option.group === group ? [] : [`.SS ${escaped(option.group.replace(/:$/, ''))}`];
    group = option.group;
    const names = option.short === null ? option.long : `${option.short}, ${option.long}`;
    const value = option.value === null ? '' : ` \\fI${escaped(option.value)}\\fR`;
    return [...heading, '.TP', `\\fB${escaped(names)}\\fR${value}`, escaped(option.description)];
  });
}

function commandPart(command: CommandNode, name: string): string[] {
  return [
    `.SS ${escaped(name)}`,
    escaped(command.description),
    ...command.arguments.flatMap(({ usage, description }) => [
      '.TP',
      `.I ${escaped(usage)}`,
      escaped(description),
    ]),
    ...optionList(command.options).filter((line) => !line.startsWith('.SS ')),
  ];
}

/** Text that roff prints as it is: no escapes, no requests, hyphens that can be copied. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1')
    .replaceAll('’', "'");
}
