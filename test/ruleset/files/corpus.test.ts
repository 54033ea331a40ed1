/**
 * Real rule sets: every form of one says the same but for what it is known to lose; no rule of any is lost. Real
 * means printed by iptables, from the captures and from the public.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Ruleset } from '../../../src/model/ruleset.ts';
import { lossesOfRuleset, printRuleset } from '../../../src/ruleset/index.ts';
import { outlineOf, settleFile, settleText } from './settle-text.ts';

const DATA = new URL('../../data/', import.meta.url).pathname;

function under(folder: string): readonly string[] {
  return readdirSync(DATA + folder).map((name) => `${folder}/${name}`);
}

const CASES = ['deterministic', 'deterministic6', 'mixed', 'mixed6'].flatMap((kind) =>
  under(`captures/fuzz/${kind}`),
);
const PAIRS: readonly (readonly [save: string, other: string])[] = [
  ...under('corpus/paired')
    .filter((name) => name.endsWith('.save'))
    .flatMap((name) =>
      ['S', 'Lnv', 'Lnvx', 'Lv'].map((form) => [name, name.replace(/save$/, form)] as const),
    ),
  ...[...under('captures'), ...CASES, 'captures/ipip-ping/node1', 'captures/ipip-ping/node2']
    .filter((folder) => existsSync(`${DATA}${folder}/rules.save`))
    .map((folder) => [`${folder}/rules.save`, `${folder}/rules.list`] as const),
  ...under('captures/formats').flatMap((folder) =>
    ['iptables', 'ip6tables']
      .map((tool) => [`${folder}/${tool}-save-c.r.txt`, `${folder}/${tool}-L-v-n.r.txt`] as const)
      .filter(([save]) => existsSync(DATA + save)),
  ),
];

/** Rules that a form can't say as the other does: a save drops `-i +`, a listing joins two matches of one kind. */
const DOCUMENTED: readonly (readonly [save: string, list: string])[] = [
  ['-A Uiplus -j ACCEPT', '-A Uiplus -i + -j ACCEPT'],
  ['-A U3 -j ACCEPT', '-A U3 -i + -j ACCEPT'],
  ['-A X -p udp', '-A X -i + -p udp'],
  [
    '-A INPUT -s 10.81.2.0/25 -i v+ -m conntrack ! --ctstate DNAT -m conntrack --ctorigdst 10.96.0.0/24 -g cali-fil3',
    '-A INPUT -s 10.81.2.0/25 -i v+ -m conntrack ! --ctstate DNAT --ctorigdst 10.96.0.0/24 -g cali-fil3',
  ],
];

function rulesOf(ruleset: Ruleset): ReadonlyMap<string, string> {
  const rules = new Map<string, string>();
  for (const table of ruleset.tables) {
    for (const chain of table.chains.values()) {
      rules.set(`${table.family} ${table.name}:${chain.name}`, chain.policy ?? '-');
      for (const rule of chain.rules) {
        const list = DOCUMENTED.find(([, text]) => text === rule.text);
        rules.set(`${table.family} ${rule.table}:${rule.chain}:${rule.number}`, list?.[0] ?? rule.text);
      }
    }
  }
  return rules;
}

describe('all forms of a rule set are one', () => {
  test.each(PAIRS)('%s = %s', (save, other) => {
    const saved = settleFile(save);
    const told = settleFile(other);
    const expected = rulesOf(saved.ruleset);
    const found = rulesOf(told.ruleset);
    for (const [place, text] of found) expect(`${place} ${text}`).toBe(`${place} ${expected.get(place)}`);
    const tables = new Set(told.ruleset.tables.map(({ name }) => name));
    const absent = [...expected.keys()].filter((place) => !found.has(place) && tables.has(placeTable(place)));
    expect(absent).toEqual([]);
    expect(lossesOfRuleset(told.ruleset)).toEqual([]);
    expect(told.ruleset.tables.every(({ complete }) => complete)).toBe(true);
  });
});

type Name = Ruleset['tables'][number]['name'];
function placeTable(place: string): Name {
  return place.replace(/^\w+ (\w+):.*$/, '$1') as Name;
}

describe('a save', () => {
  const saves = [
    ...new Set([
      ...PAIRS.map(([save]) => save),
      ...under('corpus/rulesets').filter((name) => /\.(?:save|restore)$/.test(name)),
    ]),
  ];

  test.each(saves)('%s prints its rules to the letter', (name) => {
    const text = readFileSync(DATA + name, 'utf8');
    const { ruleset, diagnostics } = settleText(text);
    expect(diagnostics).toEqual([]);
    const printed = printRuleset(ruleset, ruleset.tables[0]?.family ?? 'ipv4');
    expect(ruleLines(printed)).toEqual(ruleLines(text));
  });
});

/** Tables and rules, each chain's rules in order: a save may mix the chains, printing does not. */
function ruleLines(text: string): readonly string[] {
  const lines = text.split('\n').filter((line) => /^(?:\*|\[|-A)/.test(line));
  let table = '';
  const keyed = lines.map((line) => {
    if (line.startsWith('*')) table = line;
    return `${table} ${/-A (\S+)/.exec(line)?.[1] ?? ''}\t${line.trimEnd()}`;
  });
  const chain = (line: string): string => line.slice(0, line.indexOf('\t'));
  return keyed.sort((a, b) => (chain(a) < chain(b) ? -1 : chain(a) > chain(b) ? 1 : 0));
}

describe('rule sets of the public', () => {
  test.each([
    ['centos7-firewalld-linenum.list', 51, 0],
    ['centos7-firewalld-nat.list', 21, 0],
    ['docker-new-daemon.list', 12, 0],
    ['docker-new-daemon.S', 12, 0],
    ['docker-noicc.list', 20, 0],
    ['docker-noicc.S', 20, 0],
    ['ubuntu1804-docker.list', 22, 0],
    ['ubuntu1804-docker-plain.list', 22, 0],
  ])('%s: %i rules, %i that nobody can read', (name, count, damaged) => {
    const { ruleset } = settleFile(`corpus/rulesets/${name}`);
    const rules = ruleset.tables.flatMap((table) =>
      [...table.chains.values()].flatMap((chain) => chain.rules),
    );
    expect([rules.length, rules.filter((rule) => rule.damaged).length]).toEqual([count, damaged]);
    expect(ruleset.tables.every(({ complete }) => complete)).toBe(true);
  });

  test('a listing without -v does not pretend to know interfaces', () => {
    const { ruleset, diagnostics } = settleFile('corpus/rulesets/ubuntu1804-docker-plain.list');
    const [first] = ruleset.tables[0]?.chains.get('INPUT')?.rules ?? [];
    expect(
      first?.matches.map((match) => (match.kind === 'unknown' ? `${match.name} ${match.why}` : match.kind)),
    ).toEqual(['in-interface lost', 'out-interface lost']);
    expect(diagnostics.map(({ code }) => code)).toContain('ruleset.no-interfaces');
  });

  test('a question on a web site: a save among logs, routes and prose', () => {
    const { ruleset } = settleFile('corpus/logs/serverfault-765855-save-iprule-and-LOG-kernlog.txt');
    expect(outlineOf(ruleset)).toEqual([
      'filter save: INPUT 4, FORWARD 7, OUTPUT 0',
      'nat save: PREROUTING 0, INPUT 0, OUTPUT 0, POSTROUTING 4',
      'mangle save: PREROUTING 9, INPUT 0, FORWARD 0, OUTPUT 0, POSTROUTING 0',
      'raw save: PREROUTING 0, OUTPUT 2',
    ]);
  });
});
