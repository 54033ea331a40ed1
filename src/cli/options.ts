/**
 * The options of the commands: one table that help, man page, completion and parsing share. Their
 * values arrive typed; nothing else of the command line is read anywhere.
 */
import { type Command, Option } from 'commander';
import type { Network } from '../model/address.ts';
import { CHECK_STATUSES, type CheckStatus } from '../model/check.ts';
import type { Range } from '../model/match.ts';
import type { Moment } from '../model/moment.ts';
import { DISPOSITIONS, type Disposition } from '../model/walk.ts';
import type {
  ExpectationFormat,
  Filter,
  Format,
  IncidentEdge,
  PredictionFormat,
  RuleName,
} from '../report/index.ts';
import { COLOUR_CHOICES, type ColourChoice } from './colour.ts';
import * as values from './values.ts';

const FORMATS = [
  'text',
  'report',
  'markdown',
  'html',
  'ndjson',
  'json',
  'junit',
  'sarif',
  'mermaid',
  'dot',
  'perfetto',
] as const satisfies readonly Format[];
const EXPECTATION_FORMATS = [
  'text',
  'ndjson',
  'junit',
  'sarif',
] as const satisfies readonly ExpectationFormat[];
const PREDICTION_FORMATS = ['text', 'ndjson', 'json'] as const satisfies readonly PredictionFormat[];

export interface OutputOptions {
  readonly output?: string;
  readonly color: ColourChoice;
  /** False by `--no-pager`. */
  readonly pager: boolean;
  readonly quiet: boolean;
}

/** How the times of a log are read. */
export interface TimeOptions {
  readonly year?: number;
  readonly timezone?: string;
}

/** Bounds of what hostile input may cost. */
interface LimitOptions {
  readonly maxLine?: number;
  readonly maxFile?: number;
  readonly maxOpen?: number;
}

export interface AnalyzeOptions extends SelectOptions, TimeOptions, LimitOptions {
  readonly rules: readonly string[];
  readonly context: readonly string[];
  readonly store?: string;
}

/** Which packets, and in which form. */
export interface SelectOptions extends OutputOptions, FilterOptions {
  readonly format: Format;
  readonly all: boolean;
  readonly redact: boolean;
  readonly title?: string;
  readonly incidentFrom?: IncidentEdge;
  readonly incidentTo?: IncidentEdge;
  readonly notes: readonly string[];
}

/** Which packets. */
export interface FilterOptions {
  readonly src: readonly Network[];
  readonly dst: readonly Network[];
  readonly sport: readonly Range[];
  readonly dport: readonly Range[];
  readonly proto: readonly number[];
  readonly id: readonly number[];
  readonly in: readonly string[];
  readonly out: readonly string[];
  readonly host: readonly string[];
  readonly chain: readonly RuleName[];
  readonly rule: readonly RuleName[];
  readonly since?: Moment;
  readonly until?: Moment;
  readonly disposition: readonly Disposition[];
  readonly status: readonly CheckStatus[];
  readonly walk: readonly number[];
}

export interface SimulateOptions extends OutputOptions {
  readonly rules: readonly string[];
  readonly context: readonly string[];
  readonly packet: readonly string[];
  readonly packets: readonly string[];
  readonly branches?: number;
  readonly whyNot: readonly RuleName[];
  readonly format: PredictionFormat;
  readonly all: boolean;
}

export interface ExpectOptions extends OutputOptions, TimeOptions {
  readonly rules: readonly string[];
  readonly context: readonly string[];
  readonly log: readonly string[];
  readonly branches?: number;
  readonly format: ExpectationFormat;
}

/** The filter that the options ask for. */
export function filterOf(options: FilterOptions): Filter {
  const { src, dst, sport, dport, id, host, disposition, status, walk } = options;
  return {
    src,
    dst,
    sport,
    dport,
    protocol: options.proto,
    id,
    in: options.in,
    out: options.out,
    host,
    chain: options.chain,
    rule: options.rule,
    since: options.since ?? null,
    until: options.until ?? null,
    disposition,
    status,
    walk,
  };
}

/** An option that repeats. */
function repeated<T>(
  flags: string,
  description: string,
  parse: (text: string, before: readonly T[]) => readonly T[],
): Option {
  return new Option(flags, description).argParser(parse).default([]);
}

/** A repeated option that takes words of a list; `choices` feeds help and completion. */
function choices<T extends string>(flags: string, description: string, words: readonly T[]): Option {
  const option = repeated(flags, description, values.listOf(values.choiceOf(words)));
  option.argChoices = [...words];
  return option;
}

/** One word of a list. */
function choice(flags: string, description: string, words: readonly string[], initial: string): Option {
  return new Option(flags, description).choices([...words]).default(initial);
}

/** Adds what `analyze` takes. */
export function addAnalyzeOptions(command: Command): Command {
  command.optionsGroup('Input:');
  addTimeOptions(addHostOptions(command));
  addLimitOptions(command);
  command.optionsGroup('Output:');
  command.addOption(
    new Option('--store <FILE>', 'keep the whole analysis in this database too (list, show, query read it)'),
  );
  return addSelectOptions(command, FORMATS);
}

/** Adds the bounds of what hostile input may cost. */
function addLimitOptions(command: Command): void {
  command.optionsGroup('Limits:');
  const limit = (flags: string, description: string): Option =>
    new Option(flags, description).argParser(values.limit);
  command
    .addOption(
      limit('--max-line <BYTES>', 'bytes of a line that are read, the rest is passed over (1048576)'),
    )
    .addOption(limit('--max-file <BYTES>', 'most that a file of rules or context may hold (268435456)'))
    .addOption(limit('--max-open <N>', 'packets followed at a time, beyond the oldest are given up (4096)'));
}

/** Adds what every command takes that prints walks. */
export function addSelectOptions(command: Command, formats: readonly Format[] = FORMATS): Command {
  addOutputOptions(command, formats).addOption(
    new Option('-a, --all', 'every packet by itself, instead of groups of equal ones').default(false),
  );
  command.addOption(redactOption());
  addReportOptions(command);
  return addFilterOptions(command);
}

/** Names in place of what must not leave a company. */
export function redactOption(): Option {
  return new Option(
    '--redact',
    'names (ipv4-1, mac-1, host-1) in place of addresses, link addresses and hosts, the same all through',
  ).default(false);
}

/** Adds how the times of logs are read. */
export function addTimeOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--year <YYYY>', 'year of the first line, where the log does not say').argParser(
        values.year,
      ),
    )
    .addOption(
      new Option('--timezone <ZONE>', 'zone of times that have none: UTC, +02:00, Europe/Berlin, local'),
    );
}

/** Adds which packets are meant. */
export function addFilterOptions(command: Command): Command {
  command.optionsGroup('Which packets (values of one option are alternatives, options add up):');
  return command
    .addOption(
      repeated(
        '--src <ADDR>',
        'source address or prefix, before or after NAT',
        values.listOf(values.network),
      ),
    )
    .addOption(
      repeated(
        '--dst <ADDR>',
        'destination address or prefix, before or after NAT',
        values.listOf(values.network),
      ),
    )
    .addOption(repeated('--sport <PORT>', 'source port, service or range', values.listOf(values.ports)))
    .addOption(repeated('--dport <PORT>', 'destination port, service or range', values.listOf(values.ports)))
    .addOption(
      repeated('--proto <NAME>', 'protocol: tcp, udp, icmp, … or a number', values.listOf(values.protocol)),
    )
    .addOption(repeated('--id <ID>', 'IPv4 identification (ID=)', values.listOf(values.identification)))
    .addOption(
      repeated(
        '--in <DEV>',
        'input interface; cali+ means all that begin so',
        values.listOf(values.plainText),
      ),
    )
    .addOption(repeated('--out <DEV>', 'output interface', values.listOf(values.plainText)))
    .addOption(repeated('--host <NAME>', 'host that logged', values.listOf(values.plainText)))
    .addOption(
      repeated(
        '--chain <CHAIN>',
        'passed through this chain: KUBE-SERVICES or nat:KUBE-SERVICES',
        values.eachOf(values.chainName),
      ),
    )
    .addOption(
      repeated(
        '--rule <RULE>',
        'matched this rule: nat:KUBE-SERVICES:7, or KUBE-SERVICES:7 of any table',
        values.eachOf(values.ruleName),
      ),
    )
    .addOption(
      new Option(
        '--since <TIME>',
        'not before: 2024-05-01T08:00:16Z, Jun 22 12:47:55, 12:47:55, or uptime 1713.24',
      ).argParser(values.moment('start')),
    )
    .addOption(new Option('--until <TIME>', 'not after').argParser(values.moment('end')))
    .addOption(choices('--disposition <HOW>', 'how it ended', DISPOSITIONS))
    .addOption(choices('--status <STATUS>', 'what the check against the rules says', CHECK_STATUSES))
    .addOption(repeated('--walk <N>', 'the packet with this number', values.listOf(values.walkNumber)));
}

/** Adds what `simulate` takes. */
export function addSimulateOptions(command: Command): Command {
  command.optionsGroup('Input:');
  addHostOptions(command)
    .addOption(
      repeated(
        '-p, --packet <FIELDS>',
        'a packet, as in=eth0 src=10.0.0.1 dst=10.0.0.2 proto=tcp dport=80 flags=syn (repeatable)',
        values.eachOf(values.plainText),
      ),
    )
    .addOption(
      repeated(
        '--packets <FILE>',
        'packets, one JSON object a line, - for standard input; they go before --packet (repeatable)',
        values.eachOf(values.plainText),
      ),
    );
  command.optionsGroup('Question:');
  command
    .addOption(
      repeated(
        '--why-not <RULE>',
        'why a packet did not match this rule: nat:KUBE-SERVICES:7, or KUBE-SERVICES:7 if one table has the chain (repeatable)',
        values.eachOf(values.ruleName),
      ),
    )
    .addOption(branchesOption());
  command.optionsGroup('Output:');
  return addOutputOptions(command, PREDICTION_FORMATS).addOption(
    new Option('-a, --all', 'the steps of every way and every packet, also if told before').default(false),
  );
}

function branchesOption(): Option {
  return new Option(
    '--branches <N>',
    'most ways that one packet is followed along where chance or ignorance forks (256)',
  ).argParser(values.branchCount);
}

/** Adds what `expect` takes. */
export function addExpectOptions(command: Command): Command {
  command.optionsGroup('Input:');
  addHostOptions(command).addOption(
    repeated(
      '-l, --log <FILE>',
      'a kernel log whose packets are to do as expected too, - for standard input (repeatable)',
      values.eachOf(values.plainText),
    ),
  );
  addTimeOptions(command).addOption(branchesOption());
  command.optionsGroup('Output:');
  return addOutputOptions(command, EXPECTATION_FORMATS);
}

/** Adds what tells of the host: its rules and its context. */
function addHostOptions(command: Command): Command {
  return command
    .addOption(
      repeated(
        '-r, --rules <FILE>',
        'iptables-save or iptables -L -v output, or a folder of them; also TABLE=FILE, ipv6:FILE (repeatable)',
        values.eachOf(values.plainText),
      ),
    )
    .addOption(
      repeated(
        '-c, --context <FILE>',
        'ipset save, ip addr, ip route, ip rule, conntrack -L, sysctl -a, or a folder of them (repeatable)',
        values.eachOf(values.plainText),
      ),
    );
}

/** Adds what the postmortem formats (report, markdown, html) take. */
function addReportOptions(command: Command): void {
  command.optionsGroup('Postmortem (--format report, markdown or html):');
  command
    .addOption(new Option('--title <TEXT>', 'its title'))
    .addOption(
      new Option('--incident-from <TIME>', 'when the incident began, as for --since').argParser(
        values.incidentEdge('start'),
      ),
    )
    .addOption(new Option('--incident-to <TIME>', 'when it ended').argParser(values.incidentEdge('end')))
    .addOption(
      repeated(
        '--notes <TEXT>',
        'your own words; @FILE: those of a file (repeatable)',
        values.eachOf(values.plainText),
      ),
    );
}

/** Adds what every command that prints data takes; the first format is the usual one. */
export function addOutputOptions(command: Command, formats: readonly string[]): Command {
  return command
    .addOption(choice('-f, --format <FORMAT>', 'form of the output', formats, formats[0] ?? 'text'))
    .addOption(
      new Option('-o, --output <FILE>', 'write there; the file is replaced only once all is written'),
    )
    .addOption(choice('--color <WHEN>', 'colour', COLOUR_CHOICES, 'auto'))
    .addOption(new Option('--no-pager', 'never page on a terminal'))
    .addOption(new Option('-q, --quiet', 'say nothing on standard error but errors').default(false));
}
