/**
 * Diagnostic → the sentence that says it: the one place where diagnostics have words. The sentence holds
 * raw input text from `args`; every sink escapes it. One line, no full stop, begins in lower case.
 */
import type { Diagnostic, DiagnosticCode } from '../model/diagnostic.ts';
import type { Finding, FindingCode } from '../model/finding.ts';

type Args = Diagnostic['args'];

/** Table.settledBy → how a listing's table became known. */
const SETTLED_BY: Readonly<Record<string, string>> = {
  flag: 'as --rules says',
  heading: 'by the heading or command before it',
  chains: 'by its built-in chains',
  targets: 'by the targets in its rules',
  log: "by the log's table:chain pairs",
  elimination: 'because the other tables are taken',
};

/** How a listing's table became known. @param by its `settledBy` */
export function settledBy(by: string): string {
  return SETTLED_BY[by] ?? '';
}

export const DIAGNOSTIC_WORDING = {
  'io.missing': () => 'there is no such file',
  'io.forbidden': () => 'may not be read: permission denied',
  'io.directory': () => 'is a directory',
  'io.foreign': ({ name = '', command = '' }: Args) =>
    `is ${name} data, which is not read: pipe it in, \`${command} FILE | trace-analyze -\``,
  'io.failed': ({ why = '' }: Args) => `cannot be read any further: ${why}`,
  'io.too-long': ({ limit = 0 }: Args) =>
    `holds more than ${limit} bytes, unpacked: not used (--max-file reads longer ones)`,
  'io.twice': () => 'was given twice: read once',
  'io.long-line': ({ limit = 0, skipped = 0 }: Args) =>
    `line longer than ${limit} bytes: its last ${skipped} bytes are passed over`,
  'io.nul': ({ count = 0 }: Args) => `${count} NUL bytes here, as a crash leaves them: lines may be lost`,
  'log.refused': ({ expected = '' }: Args) =>
    expected === ''
      ? 'not a TRACE line as the kernel writes it'
      : `not a TRACE line: ${expected} expected here`,
  'log.cut': ({ expected = '' }: Args) =>
    `the line is cut off: ${expected} expected here; not used, for which packet it was is not certain`,
  'log.overflow': () => 'the kernel cut this line for its length: used as far as it goes',
  'log.torn': () => 'the end of a line whose beginning is missing: not used',
  'log.trailing': () => 'not understood, behind a TRACE line that is used',
  'log.blob': () => 'journalctl hides a message here: use `journalctl -k -a`, or `-o json` with `--all`',
  'log.imitation': () =>
    'a LOG rule whose prefix imitates TRACE: no SEQ=, which TRACE always prints; passed over',
  'log.monitor': ({ program = '' }: Args) =>
    `output of \`${program}\`: this host has iptables-nft, whose trace is not in the kernel log; it cannot be read yet`,
  'log.zone': ({ zone = '' }: Args) =>
    `time zone ${zone} is not known: its times are taken in the zone of --timezone`,
  'log.lost-messages': ({ count = 'some' }: Args) => `${count} messages of the log are lost here`,
  'log.lost-printk': ({ count = 'some' }: Args) => `the kernel dropped ${count} messages here`,
  'log.lost-sequence': ({ count = 'some' }: Args) =>
    `${count} kernel messages are missing before this one (lost, or filtered out): its number is not the next`,
  'log.lost-repeated': ({ count = 'some' }: Args) =>
    `the line before came ${count} more times: those lines are not in the log`,
  'log.lost-suppressed': ({ count = 'some' }: Args) => `the kernel suppressed ${count} messages here`,
  'walk.crowded': ({ limit = 0 }: Args) =>
    `more than ${limit} packets under way at once from here on: the oldest are given up unfinished`,
  'rule.damaged': () => 'this rule cannot be read: its number stands, what it does is unknown',
  'rule.value': ({ what = 'a value' }: Args) => `${what} cannot be read: the condition is unknown`,
  'rule.extension': ({ name = '' }: Args) =>
    `extension ${name} is not known: kept word for word, its outcome is unknown`,
  'rule.words': ({ words = '' }: Args) => `words left over in this rule: ${words}`,
  'rule.ambiguous': () => 'this rule can be read in more than one way',
  'ruleset.nothing': () => 'no rules here: neither iptables-save nor iptables -L nor -S output',
  'ruleset.empty': () => 'nothing in it: no table was loaded, or saving failed',
  'ruleset.nft-native': () =>
    'rules in the language of nft, which are not read: if iptables-nft made them, give the output of iptables-nft-save instead',
  'ruleset.ebtables': ({ tool = 'ebtables' }: Args) => `rules of ${tool}, which are not read`,
  'ruleset.half': ({ what = '' }: Args) =>
    `the host has rules of ${what} too, which are not in this text: give the output of ${what}-save as well`,
  'ruleset.incompatible-table': ({ what = '' }: Args) =>
    `table ${what} holds rules that only nft can show: they are missing here`,
  'ruleset.tool-failed': ({ what = 'the tool' }: Args) =>
    `${what} gave up here: the rules that would follow are missing`,
  'ruleset.no-commit': ({ table = '' }: Args) => `table ${table} has no COMMIT: its end may be cut off`,
  'ruleset.unknown-table': ({ table = '' }: Args) => `there is no table ${table}: passed over`,
  'ruleset.stray-rule': () =>
    'a rule without its chain: not used (list the whole chain, iptables -L CHAIN, for a heading)',
  'ruleset.bad-command': ({ why = '' }: Args) => `iptables-restore would refuse this line: ${why}`,
  'ruleset.duplicate-chain': ({ chain = '', table = '' }: Args) =>
    `chain ${chain} of table ${table} stands here a second time`,
  'ruleset.undeclared-chain': ({ chain = '', table = '' }: Args) =>
    `chain ${chain} of table ${table} is not declared: taken as if it were`,
  'ruleset.missing-rules': ({ chain = '', from = '', to = '' }: Args) =>
    `rules ${from} to ${to} of chain ${chain} are missing: what they do is unknown`,
  'ruleset.missing-chain': ({ chain = '', table = '' }: Args) =>
    `there is no chain ${chain} in table ${table}`,
  'ruleset.unknown-target': ({ target = '' }: Args) =>
    `target ${target} is neither a chain nor an extension that is known: it may continue or stop`,
  'ruleset.loop': ({ table = '', chains = '' }: Args) =>
    `chains of table ${table} jump in a circle, which the kernel refuses: ${chains}`,
  'ruleset.references': ({ chain = '', said = '', found = '' }: Args) =>
    `chain ${chain} is said to have ${said} references, ${found} are here: something is missing, or the tables are not told apart rightly`,
  'ruleset.no-interfaces': () =>
    'a listing without -v shows no interfaces: whether these rules ask for one is unknown (use iptables-save, or iptables -L -v -n)',
  'ruleset.ambiguous-table': ({ chains = '', tables = '', flag = '' }: Args) =>
    `which table are ${chains} of (${tables})? Nothing tells, so they are not used: say it with ${flag}`,
  'ruleset.guessed-order': ({ chains = '', table = '', flag = '' }: Args) =>
    `chains ${chains} are taken as table ${table} because of their order only; if that is wrong, give them in a file of their own with ${flag}`,
  'ruleset.wrong-table': ({ said = '', chains = '' }: Args) =>
    `named as table ${said}, which does not have such chains or rules (${chains}): the name is passed over`,
  'ruleset.wrong-family': ({ said = '', found = '' }: Args) =>
    `named as ${said}, but its rules are ${found}: taken as ${found}`,
  'ruleset.skipped': ({ count = 0 }: Args) =>
    count === 1
      ? 'this line is no rule: passed over'
      : `${count} lines that are no rules passed over, the first here`,
  'ruleset.settled': ({ table = '', by = '' }: Args) => `taken as table ${table} ${settledBy(`${by}`)}`,
  'ruleset.family-assumed': ({ family = '' }: Args) =>
    `nothing here tells IPv4 from IPv6: taken as ${family}`,
  'ruleset.part': ({ table = '', chains = '' }: Args) =>
    `only part of table ${table} is given${chains === '' ? '' : `: its rules jump to ${chains}, not among it`}`,
  'ruleset.passed-over': ({ table = '', by = '' }: Args) =>
    `table ${table} passed over for the one from ${by}`,
  'context.refused': ({ kind = '' }: Args) => `not understood in a listing of ${kind}: left out`,
  'context.repeated': ({ what = '' }: Args) => `${what} stands here a second time: this one counts`,
  'context.unrecognised': () => 'none of the listings that are read as context: passed over',
  'packet.refused': ({ why = '' }: Args) => `not a packet: ${why}`,
  'packet.field': ({ field = '', near = '' }: Args) =>
    `a packet has no field ${field}: passed over${near === '' ? '' : `; did you mean ${near}?`}`,
  'packet.interface': ({ name = '' }: Args) => `no interface ${name} is among the saved ones (ip addr)`,
  'packet.value': ({ field = '', wants = '' }: Args) =>
    `${field} is to be ${wants}: passed over, so it is unknown`,
  'expect.foreign': ({ what = 'this is something else', option = '' }: Args) =>
    `not an expectation file: ${what}${option === '' ? '' : `, which ${option} takes`}`,
  'expect.syntax': ({ message = '' }: Args) => `not YAML: ${lowerFirst(String(message))}`,
  'expect.field': ({ field = '', near = '' }: Args) =>
    `there is no such field: ${field}${near === '' ? '' : `; did you mean ${near}?`}`,
  'expect.value': ({ message = 'not a value that can stand here' }: Args) => lowerFirst(String(message)),
  'expect.no-chain': ({ name = '' }: Args) => `the rules given have no ${name}: is the name right?`,
} satisfies Record<DiagnosticCode, (args: Args) => string>;

/** The place after which packets lack lines, by what stands there. */
function lackPlace({ table = '', chain = '', number = 0, what = '' }: Args): string {
  const name = `${table} ${chain}`;
  return what === 'policy'
    ? `the policy of ${name}`
    : what === 'return'
      ? `the end of ${name}`
      : `${name}:${number}`;
}

const FINDING_WORDING = {
  'check.stale-context': ({ file = '', fact = '', command = '' }: Args) =>
    `${file} may be older than the log, which shows otherwise: ${fact} (save it anew: ${command})`,
  'check.late-snapshot': ({ file = '', fact = '' }: Args) =>
    `${file} was saved after the log had begun: it has ${fact}, which a packet of the log opens; so it does not tell what stood before, and counts as not given`,
  'check.setting': ({ fact = '' }: Args) => `the host is not set as a plain router is: ${fact}`,
  'check.all-end': ({ next = '', count = 0, ...place }: Args) =>
    `all ${count} packets that come to ${lackPlace(place)} end there, though by these rules they go on to ${next}: either what was traced is not what these rules have there, or the log lacks just the lines that follow`,
  'check.all-lack': ({ next = '', count = 0, what = '', ...place }: Args) =>
    `all ${count} packets ${what === 'begin' ? 'begin' : `that come to ${lackPlace({ what, ...place })} go on`} without ${next}, which by these rules they come to: either what was traced is not what these rules have there, or the log lacks just these lines`,
  'rules.foreign': ({ diverging = 0, checked = 0, chains = '' }: Args) =>
    `these are the rules of another host, or of quite another time: ${diverging} of ${checked} packets part from them, in ${listOf(String(chains), 4)}`,
  'rules.unknown-chain': ({ table = '', chain = '', count = 0 }: Args) =>
    `the log knows a chain ${chain} in table ${table} that these rules lack (${count} packets): they are not the rules that were traced`,
  'rules.past-end': ({ table = '', chain = '', number = 0, rules = 0 }: Args) =>
    `the log knows rule ${number} of chain ${chain} in table ${table}, which has ${rules} here: these are not the rules that were traced`,
  'rules.inserted': ({ table = '', chain = '', from = 0, to = 0, does = '', ...counts }: Args) =>
    `when it was traced, chain ${chain} of table ${table} had one rule more than in these rules, as number ${spanOf(from, to)}${does === '' ? '' : ` (${does})`}: ${explains(counts)}`,
  'rules.deleted': ({ table = '', chain = '', from = 0, to = 0, ...counts }: Args) =>
    `when it was traced, chain ${chain} of table ${table} did not have rule ${spanOf(from, to)} of these rules: ${explains(counts)}`,
  'rules.moved': ({ table = '', chain = '', from = 0, to = 0, ...counts }: Args) =>
    `when it was traced, rule ${from} of chain ${chain} in table ${table} stood as number ${to}: ${explains(counts)}`,
  'rules.changed': ({
    table = '',
    chain = '',
    from = 0,
    to = 0,
    does = '',
    asks,
    has = '',
    ...counts
  }: Args) => {
    const which = `rule ${spanOf(from, to)} of chain ${chain} in table ${table}`;
    const how =
      asks === undefined
        ? `was another than in these rules${does === '' ? '' : ` (${does})`}`
        : `asked something else than in these rules${asks === '' ? '' : ` (${asks}; the packets have ${has})`}`;
    return `when it was traced, ${which} ${how}: ${explains(counts)}`;
  },
  'check.order': ({ count = 0 }: Args) =>
    `${count} times too many packets were open at once to follow their connections in order`,
} satisfies Record<FindingCode, (args: Args) => string>;

function explains({ explained = 0, diverging = 0 }: Args): string {
  return `that explains ${explained} of ${diverging} diverging packets`;
}

/** The first few of a list, and how many more. */
function listOf(list: string, shown: number): string {
  const all = list.split(', ');
  const more = all.length - shown;
  return more > 0 ? `${all.slice(0, shown).join(', ')} and ${more} more` : all.join(', ');
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

/** `4`, `4 or 5`, `one of 4 to 9`. */
function spanOf(from: string | number, to: string | number): string {
  if (from === to) return String(from);
  return Number(to) - Number(from) === 1 ? `${from} or ${to}` : `one of ${from} to ${to}`;
}

/** What a finding says, without its place. */
export function findingText(found: Finding): string {
  return FINDING_WORDING[found.code](found.args);
}

/** What a diagnostic says, without its place. */
export function messageOf(diagnostic: Diagnostic): string {
  return DIAGNOSTIC_WORDING[diagnostic.code](diagnostic.args);
}
