/** The commands that read a store, as a part of the command tree: `list`, `show`, `report`, `query`. */
import { type Command, Option } from 'commander';
import { addOutputOptions, addSelectOptions, type OutputOptions, type SelectOptions } from './options.ts';
import type { Finish } from './program.ts';
import { ROW_FORMATS, type RowFormat } from './rows.ts';
import type { Stdio } from './stdio.ts';
import * as values from './values.ts';

export interface ListOptions extends OutputOptions {
  readonly from: string;
  readonly format: RowFormat;
}

export interface ShowOptions extends SelectOptions {
  readonly from: string;
  readonly analysis?: number;
}

export interface QueryOptions extends OutputOptions {
  readonly format: RowFormat;
  /** True: which there are. */
  readonly named?: string | true;
  readonly analysis?: number;
}

const LIST_EXAMPLES = `Examples:
  trace-analyze syslog.log --rules iptables.txt --store traces.db
  trace-analyze list --from traces.db                 what is kept there
`;

const SHOW_EXAMPLES = `Examples:
  trace-analyze show --from traces.db                 the last analysis, as it was printed
  trace-analyze show 17 --from traces.db --analysis 2 one of its packets
`;

const REPORT_EXAMPLES = `Examples:
  trace-analyze report --from traces.db
  trace-analyze report --from traces.db --format html --redact -o report.html
`;

const QUERY_EXAMPLES = `Examples:
  trace-analyze query traces.db "select dst, dport, count(*) from walks where disposition = 'dropped' group by 1, 2"
  trace-analyze query traces.db --named top-drops     a ready-made question; --named alone lists them
`;

const QUERY_AFTER = `
Views: analyses, inputs, walks, steps, packets, rules, findings, diagnostics (docs/store.md tells their columns).
:analysis in a query stands for the analysis that --analysis names, else the last one.`;

const FROM = '--from <FILE>';
const ANALYSIS = '--analysis <N>';

/** Adds them to the tree. */
export function addStoreCommands(program: Command, stdio: Stdio, finish: Finish): void {
  const list = program
    .command('list')
    .summary('list the analyses of a store')
    .description('Lists the analyses that --store kept in a file.')
    .requiredOption(FROM, 'the store')
    .addHelpText('before', LIST_EXAMPLES)
    .action(async (options: ListOptions) => {
      const { listCommand } = await import('./commands/list.ts');
      finish(await listCommand(options, stdio));
    });
  addOutputOptions(list, ROW_FORMATS);

  const show = program
    .command('show')
    .summary('print an analysis of a store')
    .description('Prints what --store kept, as the run that made it would: whole, or some of its packets.')
    .argument('[WALK...]', 'numbers of packets; none: all')
    .requiredOption(FROM, 'the store')
    .addOption(analysisOption())
    .addHelpText('before', SHOW_EXAMPLES)
    .action(async (walks: readonly string[], options: ShowOptions) => {
      const { showCommand } = await import('./commands/show.ts');
      finish(await showCommand(walks, options, stdio));
    });
  addSelectOptions(show);

  const report = program
    .command('report')
    .summary('tell a stored analysis as a postmortem')
    .description('Prints the postmortem of what --store kept (a run tells its own with --format report).')
    .requiredOption(FROM, 'the store')
    .addOption(analysisOption())
    .addHelpText('before', REPORT_EXAMPLES)
    .action(async (options: ShowOptions) => {
      const { showCommand } = await import('./commands/show.ts');
      finish(await showCommand([], options, stdio));
    });
  addSelectOptions(report, ['report', 'markdown', 'html']);

  const query = program
    .command('query')
    .summary('ask a store in SQL')
    .description('Runs one SQL query that only reads, over the views of a store.')
    .argument('[FILE]', 'the store')
    .argument('[SQL]', 'the query, - for standard input')
    .addOption(new Option('--named [NAME]', 'a ready-made query; without a name: which there are'))
    .addOption(analysisOption())
    .addHelpText('before', QUERY_EXAMPLES)
    .addHelpText('after', QUERY_AFTER)
    .action(async (file: string | undefined, sql: string | undefined, options: QueryOptions) => {
      const { queryCommand } = await import('./commands/query.ts');
      finish(await queryCommand(file ?? null, sql ?? null, options, stdio));
    });
  addOutputOptions(query, ROW_FORMATS);
}

function analysisOption(): Option {
  return new Option(ANALYSIS, 'the number of an analysis, as list shows it (the last one)').argParser(
    values.walkNumber,
  );
}
