/**
 * The command tree: names, arguments, options, help. Actions load their command only when it runs, so that
 * help, version and completion start fast. Sets no exit code: a command's code is handed to `finish`.
 */
import { Command, CommanderError, type Option } from 'commander';
import { wantsColour } from './colour.ts';
import { addDiffCommand } from './diff-command.ts';
import { EXIT } from './exit.ts';
import {
  type AnalyzeOptions,
  addAnalyzeOptions,
  addExpectOptions,
  addOutputOptions,
  addSimulateOptions,
  type ExpectOptions,
  type OutputOptions,
  type SimulateOptions,
} from './options.ts';
import { askedWidth, type OutStream, type Stdio } from './stdio.ts';
import { addStoreCommands } from './store-commands.ts';
import { VERSION } from './version.ts';

/** Takes the exit code of the command that ran. */
export type Finish = (code: number) => void;

const EXAMPLES = `Examples:
  trace-analyze syslog.log --rules iptables.txt       every packet's way through the chains
  trace-analyze DIR                                   log, rules and context of one folder
`;

const RULES_EXAMPLES = `Examples:
  trace-analyze rules iptables.txt                    the rules as they were understood
  trace-analyze rules nat=list.txt --format save      a listing turned into iptables-restore input
`;

const SIMULATE_EXAMPLES = `Examples:
  trace-analyze simulate -r rules.save -c DIR -p 'in=eth0 src=10.0.0.1 dst=10.0.0.2 proto=tcp dport=80 flags=syn'
  trace-analyze simulate -r DIR -c DIR --packets packets.jsonl --why-not nat:KUBE-SERVICES:7
`;

const PACKET_FIELDS = `
Fields of a packet: in (left out: made on this host), src, dst, protocol or proto, sport, dport, flags,
seq, ack, icmpType, icmpCode, icmpId, icmpSeq, ttl, tos, length, id, df, fragment, flowLabel, mark, mac,
uid, gid. What is left out is unknown, but for the mark (0); conditions that ask for it fork the way.`;

const EXPECT_EXAMPLES = `Examples:
  trace-analyze expect suite.yaml -r rules.save -c DIR
  trace-analyze expect suite.yaml -r DIR -c DIR --log syslog.log --format junit -o report.xml
`;

const EXPECT_FILE = `
A file of expectations:
  cases:
    - name: the published port reaches the container
      packet: {in: eth0, src: 192.0.2.7, dst: 192.0.2.1, protocol: tcp, dport: 8080, flags: [SYN]}
      expect: {disposition: forwarded, passes: nat:DOCKER, final: {dst: 172.17.0.2, dport: 80}}
What may be expected: disposition, by (rule or chain that stopped it), passes, never (rules or chains),
final (src, dst, sport, dport, in, out, ttl, tos, length), endpoints (exactly these), masquerade, mark.
It must hold on every way that the packet may go. Exit code 1: a case is unmet or undecided.`;

const COMPLETE_EXAMPLES = `Examples:
  source <(trace-analyze complete bash)               in ~/.bashrc
  trace-analyze complete fish > ~/.config/fish/completions/trace-analyze.fish
`;

const SHELLS = ['bash', 'zsh', 'fish'] as const;
const SCHEMAS = ['analysis', 'difference', 'simulation', 'expectations'] as const;
const RULES_FORMATS = ['text', 'save', 'json'] as const;

/** The whole tree, writing to these streams. It throws CommanderError instead of leaving the process. */
export function buildProgram(stdio: Stdio, finish: Finish): Command {
  const program = new Command('trace-analyze');
  program
    .description(
      'Joins saved iptables TRACE logs with the rules: every packet’s walk through tables, chains and rules.',
    )
    .usage('[options] [INPUT...]')
    .helpCommand('help [command]', 'print the help of a command')
    .argument('[INPUT...]', 'kernel logs, - for standard input, or one folder with log, rules and context')
    .enablePositionalOptions()
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', AFTER)
    .action(async (inputs: readonly string[], options: AnalyzeOptions) => {
      const { analyzeCommand } = await import('./commands/analyze.ts');
      finish(await analyzeCommand(inputs, options, stdio, () => shortHelp(program)));
    });
  addAnalyzeOptions(program);
  program.optionsGroup('Other:').version(VERSION, '-V, --version', 'print the version');

  program.commandsGroup('Commands:');
  const rules = program
    .command('rules')
    .summary('print rules as they were understood')
    .description('Reads rule sets and prints them; what a listing cannot tell is said on standard error.')
    .argument('<FILE...>', 'as for --rules: FILE, TABLE=FILE, ipv6:FILE, ipv6:TABLE=FILE, or a folder')
    .addHelpText('before', RULES_EXAMPLES)
    .action(async (files: readonly string[], options: OutputOptions & { readonly format: RulesFormat }) => {
      const { rulesCommand } = await import('./commands/rules.ts');
      finish(await rulesCommand(files, options, stdio));
    });
  addOutputOptions(rules, RULES_FORMATS);

  const simulate = program
    .command('simulate')
    .summary('predict where packets go')
    .description(
      'Predicts the way of described packets through the rules, as the kernel would log it; the packets follow each other through one connection table.',
    )
    .addHelpText('before', SIMULATE_EXAMPLES)
    .addHelpText('after', PACKET_FIELDS)
    .action(async (options: SimulateOptions) => {
      const { simulateCommand } = await import('./commands/simulate.ts');
      finish(await simulateCommand(options, stdio));
    });
  addSimulateOptions(simulate);

  const expect = program
    .command('expect')
    .summary('check what packets are expected to do')
    .description('Holds named cases against the simulator and, where a log is given, against what it shows.')
    .argument('<FILE...>', 'expectations in YAML, - for standard input')
    .addHelpText('before', EXPECT_EXAMPLES)
    .addHelpText('after', EXPECT_FILE)
    .action(async (files: readonly string[], options: ExpectOptions) => {
      const { expectCommand } = await import('./commands/expect.ts');
      finish(await expectCommand(files, options, stdio));
    });
  addExpectOptions(expect);

  addDiffCommand(program, stdio, finish);
  addStoreCommands(program, stdio, finish);

  program
    .command('schema')
    .summary('print a JSON Schema')
    .description(
      'Prints the JSON Schema of --format json: of an analysis, of diff, of simulate; or of the files that expect reads.',
    )
    .argument(`<${SCHEMAS.join('|')}>`, 'of what')
    .action(async (name: string) => {
      const { schemaCommand } = await import('./commands/schema.ts');
      finish(await schemaCommand(name, stdio));
    });
  program
    .command('complete')
    .summary('print a completion script')
    .description('Prints the completion script of a shell.')
    .argument(`<${SHELLS.join('|')}>`, 'the shell')
    .addHelpText('before', COMPLETE_EXAMPLES)
    .action(async (shell: string) => {
      const { completeCommand } = await import('./commands/complete.ts');
      finish(await completeCommand(shell, program, stdio));
    });
  program
    .command('man', { hidden: true })
    .description('Prints the manual page.')
    .action(async () => {
      const { manCommand } = await import('./commands/man.ts');
      finish(await manCommand(program, stdio));
    });
  for (const command of [program, ...program.commands]) configure(command, stdio);
  return program;
}

/** Examples and usage: what helps someone who typed the bare name. */
function shortHelp(program: Command): string {
  return `${EXAMPLES}\nUsage: trace-analyze ${program.usage()}\n\n(trace-analyze --help tells all)\n`;
}

export type RulesFormat = (typeof RULES_FORMATS)[number];

const AFTER = `
Exit codes: 0 nothing to object to, 1 findings, 2 usage or an input that cannot be read,
3 a defect of this program, 130 and 143 interrupted.`;

function configure(command: Command, { out, err, env }: Stdio): void {
  command.exitOverride();
  command.showHelpAfterError(
    `(see trace-analyze ${command.parent === null ? '' : `${command.name()} `}--help)`,
  );
  command.configureOutput({
    writeOut: (text) => out.write(text),
    writeErr: (text) => err.write(text),
    getOutHelpWidth: () => helpWidth(out, env),
    getErrHelpWidth: () => helpWidth(err, env),
    getOutHasColors: () => wantsColour('auto', out, env),
    getErrHasColors: () => wantsColour('auto', err, env),
  });
  command.helpOption('-h, --help', 'print this help');
  command.configureHelp({ optionDescription: describe });
}

/** Description, choices, and the default where it is a word: an empty list is no news. */
function describe({ description, argChoices, defaultValue }: Option): string {
  const chosen = typeof defaultValue === 'string' && argChoices !== undefined ? ` (${defaultValue})` : '';
  const choices = argChoices === undefined ? '' : `: ${argChoices.join(', ')}`;
  return `${description}${choices}${chosen}`;
}

function helpWidth(stream: OutStream, env: Stdio['env']): number {
  return Math.min(stream.columns ?? askedWidth(env) ?? 100, 120);
}

/** The exit code of what commander throws, which it has told already: help asked for, or bad usage; else null. */
export function commandError(error: unknown): number | null {
  if (!(error instanceof CommanderError)) return null;
  return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
}
