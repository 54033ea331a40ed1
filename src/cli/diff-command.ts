/** The command `diff`, as a part of the command tree. */
import { type Command, Option } from 'commander';
import type { DiffFormat } from '../report/index.ts';
import {
  addFilterOptions,
  addOutputOptions,
  addTimeOptions,
  type FilterOptions,
  type OutputOptions,
  redactOption,
  type TimeOptions,
} from './options.ts';
import type { Finish } from './program.ts';
import type { Stdio } from './stdio.ts';
import * as values from './values.ts';

const DIFF_FORMATS = ['text', 'markdown', 'html', 'ndjson', 'json'] as const satisfies readonly DiffFormat[];

export interface DiffOptions extends OutputOptions, FilterOptions, TimeOptions {
  readonly rules: readonly string[];
  readonly rulesA: readonly string[];
  readonly rulesB: readonly string[];
  readonly context: readonly string[];
  readonly contextA: readonly string[];
  readonly contextB: readonly string[];
  readonly log: readonly string[];
  readonly expected: boolean;
  /** A store: the inputs are numbers of its analyses. */
  readonly from?: string;
  readonly branches?: number;
  readonly format: DiffFormat;
  readonly redact: boolean;
}

const EXAMPLES = `Examples:
  trace-analyze diff before/ after/                   two folders with log, rules and context
  trace-analyze diff --rules-a old.save --rules-b new.save
                                                      which rules differ, renumbering aside
  trace-analyze diff --rules-a old.save --rules-b new.save --log syslog.log -c DIR
                                                      whose packets would go another way
  trace-analyze diff DIR --expected                   what was observed against what the rules say
  trace-analyze diff 1 2 --from traces.db             two analyses of a store
`;

const AFTER = `
Packets are matched by flow: ids, chosen ports and times differ anyway. Exit code 1: the sides differ;
what a rule leaves to chance (--probability, --limit) and what cannot be told for certain do not count.
A flow is chosen if one of its packets is, on either side; then rules that differ do not count either.`;

/** Adds it to the tree. */
export function addDiffCommand(program: Command, stdio: Stdio, finish: Finish): void {
  const diff = program
    .command('diff')
    .summary('compare two captures, or two rule sets')
    .description(
      'Compares two captures flow by flow, or two rule sets by meaning and rehearses a log under the new one.',
    )
    .argument('[INPUT...]', 'A and B: kernel logs, or folders with log, rules and context')
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', AFTER)
    .action(async (inputs: readonly string[], options: DiffOptions) => {
      const { diffCommand } = await import('./commands/diff.ts');
      finish(await diffCommand(inputs, options, stdio));
    });
  diff.optionsGroup('Input:');
  diff
    .addOption(files('-r, --rules <FILE>', 'rules of both sides, as for the analysis'))
    .addOption(files('--rules-a <FILE>', 'rules of side A, the old ones'))
    .addOption(files('--rules-b <FILE>', 'rules of side B, the new ones'))
    .addOption(files('-c, --context <FILE>', 'context of both sides'))
    .addOption(files('--context-a <FILE>', 'context of side A'))
    .addOption(files('--context-b <FILE>', 'context of side B'))
    .addOption(files('-l, --log <FILE>', 'a log taken under the old rules: its packets under the new ones'))
    .addOption(
      new Option('--expected', 'one capture: what was observed against what its rules say').default(false),
    )
    .addOption(
      new Option('--from <FILE>', 'a store; A and B are numbers of its analyses, as list shows them'),
    )
    .addOption(
      new Option('--branches <N>', 'most ways that one packet is followed along (256)').argParser(
        values.branchCount,
      ),
    );
  addTimeOptions(diff);
  diff.optionsGroup('Output:');
  addOutputOptions(diff, DIFF_FORMATS).addOption(redactOption());
  addFilterOptions(diff);
}

/** An option that takes a file or a folder, and repeats. */
function files(flags: string, description: string): Option {
  return new Option(flags, `${description} (repeatable)`)
    .argParser<readonly string[]>(values.eachOf(values.plainText))
    .default([]);
}
