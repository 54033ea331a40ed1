/** What sets rule sets apart: by meaning, so that numbers, spelling and the form they were saved in do not matter. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareRulesets } from '../../src/diff/index.ts';
import type { RuleChange } from '../../src/model/difference.ts';
import type { Ruleset } from '../../src/model/ruleset.ts';
import { parseRuleset, settleRuleset } from '../../src/ruleset/index.ts';

const DATA = new URL('../data', import.meta.url).pathname;

function rulesetOf(text: string, file = 'rules'): Ruleset {
  const source = { file, lines: text.split('\n'), table: null, family: null };
  return settleRuleset(parseRuleset([source]), []).ruleset;
}

function filterOf(rules: readonly string[], policy = 'ACCEPT', chains: readonly string[] = []): Ruleset {
  const declared = ['INPUT', 'FORWARD', 'OUTPUT'].map((name) => `:${name} ${policy} [0:0]`);
  const own = chains.map((name) => `:${name} - [0:0]`);
  return rulesetOf(['*filter', ...declared, ...own, ...rules, 'COMMIT'].join('\n'));
}

function told({ kind, a, b, parts }: RuleChange): string {
  const place = `${a === null ? '' : a.number}>${b === null ? '' : b.number}`;
  return [kind, place, ...(kind === 'changed' ? [`${parts.a.join(' ')} ⇒ ${parts.b.join(' ')}`] : [])].join(
    ' ',
  );
}

const WEB = '-A FORWARD -p tcp -m tcp --dport 80 -j ACCEPT';
const SSH = '-A FORWARD -s 10.0.0.0/8 -p tcp -m tcp --dport 22 -j ACCEPT';
const DNS = '-A FORWARD -p udp -m udp --dport 53 -j ACCEPT';
const LOG = '-A FORWARD -j LOG --log-prefix "end: "';

describe('two chains', () => {
  test.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ['the same', [WEB, SSH], [WEB, SSH], []],
    ['counters and spelling', [`[5:300] ${WEB}`], ['-A FORWARD -p 6 -m tcp --dport 80:80 -j ACCEPT'], []],
    ['another comment', [`${WEB} -m comment --comment old`], [`${WEB} -m comment --comment new`], []],
    ['one put in front', [WEB, SSH, DNS], [LOG, WEB, SSH, DNS], ['added >1']],
    ['one taken out', [WEB, SSH, DNS], [WEB, DNS], ['removed 2>']],
    ['one moved', [WEB, SSH, DNS, LOG], [SSH, DNS, WEB, LOG], ['moved 1>3']],
    [
      'a port edited',
      [WEB, SSH, DNS],
      [WEB, '-A FORWARD -s 10.0.0.0/8 -p tcp -m tcp --dport 2222 -j ACCEPT', DNS],
      ['changed 2>2 --dport 22 ⇒ --dport 2222'],
    ],
    [
      'a target edited, a rule before it',
      [WEB, SSH],
      [LOG, WEB, SSH.replace('ACCEPT', 'DROP')],
      ['added >1', 'changed 2>3 -j ACCEPT ⇒ -j DROP'],
    ],
    [
      'a negation',
      ['-A FORWARD -i eth0 -p tcp -j DROP'],
      ['-A FORWARD ! -i eth0 -p tcp -j DROP'],
      ['changed 1>1 -i eth0 ⇒ ! -i eth0'],
    ],
    ['nothing in common', [WEB], [LOG], ['removed 1>', 'added >1']],
    ['one of two equal ones', [WEB, WEB], [WEB], ['removed 2>']],
  ])('%s', (_, before, after, changes) => {
    const { difference } = compareRulesets(filterOf(before), filterOf(after));
    expect(difference.rules.map(told).sort()).toEqual([...changes].sort());
  });
});

test('a policy, a chain, a table that was not given', () => {
  const before = filterOf([WEB]);
  const after = filterOf([WEB, '-A own -j DROP'], 'DROP', ['own']);
  const { difference } = compareRulesets(before, after);
  expect(difference.chains.map(({ kind, a, b }) => `${kind} ${(b ?? a)?.name}`)).toEqual([
    'policy INPUT',
    'policy FORWARD',
    'policy OUTPUT',
    'added own',
  ]);
  const listing = rulesetOf(
    'Chain PREROUTING (policy ACCEPT)\ntarget prot opt source destination\n',
    'nat.txt',
  );
  expect(compareRulesets(listing, before).difference.tables.map(({ kind }) => kind)).toContain('ungiven');
});

/** Save file and listing of one rule set. */
const PAIRS = [
  ...['denied', 'service', 'docker-bridge'].map((name) => [
    join(DATA, 'captures', name, 'rules.save'),
    join(DATA, 'captures', name, 'rules.list'),
  ]),
  ...readdirSync(join(DATA, 'corpus/paired'))
    .filter((name) => name.endsWith('.save'))
    .map((name) => [
      join(DATA, 'corpus/paired', name),
      join(DATA, 'corpus/paired', name.replace('.save', '.Lnv')),
    ]),
] as const;

test.each(PAIRS)('%s is what its listing is', (save = '', list = '') => {
  const [a, b] = [save, list].map((path) => rulesetOf(readFileSync(path, 'utf8'), path));
  if (a === undefined || b === undefined) throw new Error('no rules');
  const { difference } = compareRulesets(a, b);
  expect(difference.rules.map(({ a, b }) => [a?.text, b?.text])).toEqual([]);
  expect(difference.chains).toEqual([]);
  expect(difference.same).toBeGreaterThan(0);
});

const anyRule = fc.tuple(
  fc.constantFrom('-i eth0', '-s 10.0.0.0/8', '-p tcp -m tcp --dport 80', '-p udp', '-m mark --mark 0x1'),
  fc.integer({ min: 1, max: 30 }),
  fc.constantFrom('ACCEPT', 'DROP', 'RETURN'),
);
const textOf = ([match, number, target]: [string, number, string]): string =>
  `-A FORWARD ${match} -m length --length ${number} -j ${target}`;

test('an edit is one change, whatever stands around it', () => {
  const chains = fc.uniqueArray(anyRule, {
    minLength: 2,
    maxLength: 20,
    selector: ([m, n, t]) => `${m} ${n} ${t}`,
  });
  fc.assert(
    fc.property(chains, fc.nat(), fc.constantFrom('insert', 'delete', 'move'), (rules, at, how) => {
      const before = rules.map(textOf);
      const i = at % before.length;
      const [taken = ''] = before.slice(i);
      const rest = before.filter((_, j) => j !== i);
      const target = (i + 1 + (at % (before.length - 1))) % before.length;
      const after =
        how === 'insert'
          ? before.toSpliced(i, 0, LOG)
          : how === 'delete'
            ? rest
            : rest.toSpliced(target, 0, taken);
      const { difference } = compareRulesets(filterOf(before), filterOf(after));
      const kinds = difference.rules.map(({ kind }) => kind);
      if (how === 'insert') expect(kinds).toEqual(['added']);
      if (how === 'delete') expect(kinds).toEqual(['removed']);
      if (how === 'move') expect(kinds).toEqual(['moved']);
    }),
  );
});

test('many rules, nearly all of them new, are done in time', () => {
  const rule = (i: number, port: number): string =>
    `-A FORWARD -s 10.${i >> 8}.${i & 255}.1/32 -p tcp -m tcp --dport ${port} -j ACCEPT`;
  const before = Array.from({ length: 6000 }, (_, i) => rule(i, 80));
  const after = Array.from({ length: 6000 }, (_, i) => rule(i, i % 100 === 0 ? 80 : 443));
  const { difference } = compareRulesets(filterOf(before), filterOf(after));
  expect(difference.same).toBe(60);
});
