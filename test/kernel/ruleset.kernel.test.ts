/**
 * What we print of a rule set, the kernel takes: a save printed again loads and comes back as the original does; a
 * listing turned into save text, loaded and listed again is the same listing. Over test/data, and over the
 * folders named in TRACE_ANALYZE_RULESETS (separated by colons).
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Family } from '../../src/model/address.ts';
import type { Match } from '../../src/model/match.ts';
import type { Ruleset, Table } from '../../src/model/ruleset.ts';
import { parseRuleset, printRuleset, settleRuleset } from '../../src/ruleset/index.ts';
import { run } from './lab/command.ts';
import { whyNoLab } from './lab/machine.ts';

const DATA = new URL('../data', import.meta.url).pathname;
const FOLDERS = [
  DATA,
  ...(process.env['TRACE_ANALYZE_RULESETS'] ?? '').split(':').filter((name) => name !== ''),
];

function filesUnder(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesUnder(path) : [path];
  });
}

interface File {
  readonly name: string;
  readonly path: string;
  readonly text: string;
  readonly ruleset: Ruleset;
  readonly family: Family;
}

function files(pattern: RegExp): readonly File[] {
  return FOLDERS.flatMap((folder) => filesUnder(folder).filter((path) => pattern.test(path))).map((path) => {
    const text = readFileSync(path, 'utf8');
    const source = { file: path, lines: text.split('\n'), table: null, family: null };
    const { ruleset } = settleRuleset(parseRuleset([source]), []);
    return { name: relative(DATA, path), path, text, ruleset, family: ruleset.tables[0]?.family ?? 'ipv4' };
  });
}

const TOOL = { ipv4: 'iptables-legacy', ipv6: 'ip6tables-legacy' } as const;

/** Loads `text` into a fresh network namespace and gives what `command` prints there. */
function ask(file: File, text: string, command: string): string {
  const script = `ipset restore <<'SETS'\n${setsOf(file)}\nSETS\n${TOOL[file.family]}-restore -c <<'RULES' &&\n${text}\nRULES\n${command}`;
  return run('unshare', ['-n', 'sh', '-s'], script);
}

/** The sets that the rules ask for: those saved beside them, else empty ones of a type that fits. */
function setsOf(file: File): string {
  const beside = join(dirname(file.path), 'ipset.save');
  const suffix = basename(file.path).includes('tables-') ? 'ipset-save.r.txt' : 'ipset.save';
  for (const path of [beside, join(dirname(file.path), suffix)]) {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      // none beside: made up below
    }
  }
  const sets = new Map<string, number>();
  for (const match of matchesOf(file.ruleset))
    if (match.kind === 'set') sets.set(match.set, match.directions.length);
  const inet = file.family === 'ipv4' ? 'inet' : 'inet6';
  return [...sets]
    .map(
      ([name, count]) => `create ${name} hash:${['ip', 'ip,port', 'ip,port,ip'][count - 1]} family ${inet}`,
    )
    .join('\n');
}

function* matchesOf(ruleset: Ruleset): Generator<Match> {
  for (const table of ruleset.tables) {
    for (const chain of table.chains.values()) for (const rule of chain.rules) yield* rule.matches;
  }
}

/** A save without the prose and line ends that people's files have. */
function bare(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => /^(?:[*:[-]|COMMIT)/.test(line)).join('\n');
}

/** A save without its comments, tables by name: their order is the kernel's. */
function saved(text: string): readonly string[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const tables = lines.join('\n').split(/(?=^\*)/m);
  return tables.sort().join('\n').split('\n');
}

const reason = whyNoLab();
if (reason !== null) console.warn(`kernel tests of rule sets skipped: ${reason}`);

describe.skipIf(reason !== null)('a save printed again', () => {
  const saves = files(/(?:(?<!ipset)\.save|\.restore|-save-c\.\w\.txt)$/).filter(isLoadable);

  test.each(saves.map((file) => [file.name, file] as const))('%s', (_, file) => {
    const command = `${TOOL[file.family]}-save -c`;
    const printed = saved(ask(file, printRuleset(file.ruleset, file.family), command));
    if (!/^(?:-A|\[).* <\w+>/m.test(file.text))
      expect(printed).toEqual(saved(ask(file, bare(file.text), command)));
  });
});

describe.skipIf(reason !== null)('a listing turned into save text, loaded and listed again', () => {
  const lists = files(/(?:\.list|\.Lnvx?|tables-L-v-n\.\w\.txt)$/).filter(
    (file) => isListedHere(file) && isLoadable(file),
  );

  test.each(lists.map((file) => [file.name, file] as const))('%s', (_, file) => {
    const text = printRuleset(file.ruleset, file.family);
    const options = [
      '-L -v -n',
      / {4}pkts {6}bytes/.test(file.text) ? '-x' : '',
      /^num /m.test(file.text) ? '--line-numbers' : '',
    ].join(' ');
    const command = file.ruleset.tables
      .map(({ name }) => `${TOOL[file.family]} -t ${name} ${options}`)
      .join('\n');
    expect(listed(ask(file, text, command))).toEqual(listed(file.text));
  });
});

/** iptables-restore takes a quote in a chain's name for a quote: not even what iptables-save prints of it loads. */
function isLoadable(file: File): boolean {
  return !file.ruleset.tables.some((table) => [...table.chains.keys()].some((name) => name.includes('"')));
}

/** Whether a file is a whole listing of iptables 1.8.9, as the tool here prints it. */
function isListedHere(file: File): boolean {
  const numeric = / (?:0|1|6|17|58) {4}-- {2}|policy ACCEPT 0 packets/.test(file.text);
  return numeric && !/ (?:all|tcp|udp|icmp) {2,}-- /.test(file.text) && file.ruleset.tables.every(isWhole);
}

function isWhole(table: Table): boolean {
  return table.complete && table.form === 'list';
}

function listed(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
}
