/**
 * A rule set → its outline: tables, chains with policies, numbered rules as they were understood (save
 * form), and under a rule what of it is not known. And the same as objects for machines.
 */
import { networkText } from '../model/address.ts';
import type { Chain, CounterRange, Rule, Ruleset, Table } from '../model/ruleset.ts';
import { targetName } from '../model/target.ts';
import { counted } from './count.ts';
import { type Block, type Line, line, span } from './outline.ts';

const FORM_NAMES = { save: 'iptables-save', list: 'iptables -L', S: 'iptables -S' } as const;

/** The blocks of a rule set; a sentence if it is empty. */
export function rulesetOutline(ruleset: Ruleset): readonly Block[] {
  if (ruleset.tables.length === 0) return [{ kind: 'paragraph', text: line('no tables') }];
  return ruleset.tables.flatMap(tableBlocks);
}

function tableBlocks(table: Table): readonly Block[] {
  const family = table.family === 'ipv4' ? 'IPv4' : 'IPv6';
  const settled = table.settledBy === null ? '' : `, table settled by ${table.settledBy}`;
  const complete = table.complete ? '' : ', not complete';
  const source = `from ${table.file}, ${FORM_NAMES[table.form]}${settled}${complete}`;
  return [
    { kind: 'heading', text: line(`${family} ${table.name}`) },
    { kind: 'paragraph', text: [span('muted', source)] },
    ...[...table.chains.values()].flatMap(chainBlocks),
  ];
}

function chainBlocks(chain: Chain): readonly Block[] {
  const what = chain.builtin
    ? `policy ${chain.policy ?? 'not known'}`
    : chain.references === null
      ? ''
      : counted(chain.references, 'reference');
  const title = line(`Chain ${chain.name}`, what === '' ? '' : ` (${what})`);
  return [
    { kind: 'heading', text: title },
    { kind: 'list', items: chain.rules.map(ruleLine) },
  ];
}

function ruleLine(rule: Rule): Line {
  const head = `-A ${rule.chain} `;
  const text = rule.text.startsWith(head) ? rule.text.slice(head.length) : rule.text;
  const unknown = rule.matches.flatMap((match) =>
    match.kind === 'unknown' ? [match.why === 'lost' ? `${match.name} (not in a listing)` : match.name] : [],
  );
  const notes = [
    ...(rule.damaged ? ['could not be read'] : []),
    ...(unknown.length > 0 ? [`not known: ${unknown.join(', ')}`] : []),
  ];
  return line(
    span('muted', `${String(rule.number).padStart(4)}  `),
    span('code', rule.damaged ? rule.source.text.trim() : text),
    ...notes.map((note) => span('warn', `  (${note})`)),
  );
}

/** The rule set as objects for JSON: addresses as text, counters as numbers. */
export function rulesetRecord(ruleset: Ruleset): object {
  return {
    tables: ruleset.tables.map((table) => ({
      family: table.family,
      name: table.name,
      file: table.file,
      form: table.form,
      settledBy: table.settledBy,
      complete: table.complete,
      chains: [...table.chains.values()].map((chain) => ({
        name: chain.name,
        builtin: chain.builtin,
        policy: chain.policy,
        references: chain.references,
        rules: chain.rules.map(ruleRecord),
      })),
    })),
  };
}

function ruleRecord(rule: Rule): object {
  return {
    number: rule.number,
    text: rule.text,
    source: { file: rule.source.file, line: rule.source.line, text: rule.source.text },
    target: targetName(rule.target),
    matches: rule.matches.map(plain),
    counters:
      rule.counters === null
        ? null
        : { packets: bounds(rule.counters.packets), bytes: bounds(rule.counters.bytes) },
    damaged: rule.damaged,
  };
}

function bounds({ from, to }: CounterRange): object {
  return { from: Number(from), to: Number(to) };
}

/** A value with addresses and networks as text. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  if (isNetwork(value)) return networkText(value);
  if ('words' in value && 'text' in value) return value.text;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

function isNetwork(value: object): value is Parameters<typeof networkText>[0] {
  return 'family' in value && 'address' in value && 'mask' in value && Array.isArray(value.mask);
}
