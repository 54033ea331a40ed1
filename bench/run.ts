/**
 * Ours beside its peers over the same inputs, in turn and several times: cpu seconds (user and system, all
 * cores) and the ratio of the medians to the first of each group. Makes the inputs that are not there; the
 * program is the built one. A peer that is not installed is left out. usage: npm run bench [-- LINES [ROUNDS]]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';

const [lines = '1000000', rounds = '3'] = process.argv.slice(2);
const SERVICE = 'test/data/captures/service';
const TSX = 'node_modules/.bin/tsx';
const CLI = ['node', 'dist/cli/bin.js'];
const SAMPLE = 'samples/same-node-ping';
const log = `bench/data/trace-${lines}.log`;
const rulesOf = (services: number): string => `bench/data/rules-${services}.save`;
const SIZES = [100, 1000, 10_000];
const LOAD_SETS = `ipset restore < ${SERVICE}/ipset.save`;
const listing = 'bench/data/rules-10000.list';
/** The rules as the kernel lists them: in a network namespace of its own. */
const LIST = `${LOAD_SETS}; iptables-legacy-restore < ${rulesOf(10_000)} && for table in raw mangle nat filter; do
  iptables-legacy -t $table -nvL --line-numbers || exit 1; done > ${listing}.part && mv ${listing}.part ${listing}`;
const EXTRACT = '/TRACE: /{for(i=1;i<=NF;i++){split($i,a,"=");f[a[1]]=a[2]}n++}END{print n}';

interface Row {
  readonly name: string;
  readonly command: readonly string[];
  /** Prints its own cpu seconds, without what starting it costs. */
  readonly tells?: boolean;
}

interface Group {
  readonly title: string;
  /** The first is the yardstick. */
  readonly rows: readonly Row[];
}

function stage(name: string, ...rules: readonly string[]): readonly string[] {
  return [TSX, 'bench/stages.ts', name, log, ...rules];
}

const GROUPS: readonly Group[] = [
  {
    title: `a log of ${Number(lines).toLocaleString('en')} lines`,
    rows: [
      { name: 'perl, one regular expression', command: ['perl', 'bench/fields.pl', log] },
      { name: 'grep -c TRACE', command: ['grep', '-c', 'TRACE', log] },
      { name: 'mawk, key=value', command: ['mawk', EXTRACT, log] },
      { name: 'lnav, its index', command: ['lnav', '-n', '-c', ';select count(*) from syslog_log', log] },
      { name: 'ours: read and parse', command: stage('log'), tells: true },
      { name: 'ours: and assemble', command: stage('walk'), tells: true },
      { name: 'ours: and cross-check', command: stage('check'), tells: true },
      {
        name: 'ours: the whole program',
        command: [...CLI, log, '--rules', `${SERVICE}/rules.save`, '--context', SERVICE, '--quiet'],
      },
    ],
  },
  {
    title: 'a save of 110,174 rules, and their listing',
    rows: [
      {
        name: 'iptables-legacy-restore --test',
        command: [
          'unshare',
          '--net',
          'sh',
          '-c',
          `${LOAD_SETS}; iptables-legacy-restore --test < ${rulesOf(10_000)}`,
        ],
      },
      { name: 'ours: parse and link the save', command: stage('rules', rulesOf(10_000)), tells: true },
      { name: 'ours: parse and link the listing', command: stage('rules', listing), tells: true },
    ],
  },
  {
    title: 'the cross-check, log and all, by the number of services',
    rows: SIZES.map((services) => ({
      name: `ours: ${services.toLocaleString('en')} services`,
      command: stage('check', rulesOf(services)),
      tells: true,
    })),
  },
  {
    title: 'start-up',
    rows: [
      { name: 'node -e 0', command: ['node', '-e', '0'] },
      { name: 'ours: --version', command: [...CLI, '--version'] },
      {
        name: 'ours: 49 lines, with rules',
        command: [...CLI, `${SAMPLE}/syslog.log`, '--rules', `${SAMPLE}/iptables.txt`],
      },
    ],
  },
];

mkdirSync('bench/data', { recursive: true });
if (!existsSync(log)) secondsOf({ name: log, command: [TSX, 'bench/make-log.ts', lines, log] });
for (const services of SIZES) {
  const file = rulesOf(services);
  if (!existsSync(file))
    secondsOf({ name: file, command: [TSX, 'bench/make-rules.ts', `${services}`, file] });
}
if (!existsSync(listing)) secondsOf({ name: listing, command: ['unshare', '--net', 'sh', '-c', LIST] });
for (const { title, rows } of GROUPS) {
  const seconds = new Map<string, number[]>();
  for (let round = 0; round < Number(rounds); round++) {
    for (const row of rows) {
      const cpu = secondsOf(row);
      if (cpu !== null) seconds.set(row.name, [...(seconds.get(row.name) ?? []), cpu]);
    }
  }
  const [yardstick = 1] = [...seconds.values()].map(median);
  console.log(`\n${title}`);
  for (const [name, times] of seconds) {
    const cpu = median(times);
    console.log(`  ${name.padEnd(32)} ${cpu.toFixed(2).padStart(7)} s  ${(cpu / yardstick).toFixed(2)} ×`);
  }
}

/** Runs a command; @returns its cpu seconds; null: it is not there, or may not run here. */
function secondsOf({ name, command: [program = '', ...args], tells = false }: Row): number | null {
  const script = 'TIMEFORMAT="cpu %U %S"; time "$0" "$@"';
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script, program, ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) {
    console.error(`left out: ${name}: ${stderr.trim().split('\n').at(0)}`);
    return null;
  }
  if (tells) return Number.parseFloat(stdout);
  const [, user = '0', system = '0'] = /cpu (\S+) (\S+)/.exec(stderr) ?? [];
  return Number(user) + Number(system);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
