/** Jumps, loops, references, gaps: what linking finds, and where. */
import { describe, expect, test } from 'vitest';
import { builtin, FILTER, listing, row, user } from './listing.ts';
import { codesOf, outlineOf, settle, settleText, sourceOf } from './settle-text.ts';

function save(...lines: readonly string[]): string {
  return [
    '*filter',
    ':INPUT ACCEPT [0:0]',
    ':FORWARD ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ...lines,
    'COMMIT',
  ].join('\n');
}

describe('targets', () => {
  test.each([
    ['a chain', '-j A', { kind: 'jump', chain: 'A', goto: false }, []],
    ['goto', '-g A', { kind: 'jump', chain: 'A', goto: true }, []],
    ['a verdict', '-j DROP', { kind: 'verdict', verdict: 'DROP' }, []],
    ['no target', '', { kind: 'none' }, []],
    [
      'a chain that is missing',
      '-j B',
      { kind: 'unknown', name: 'B', why: 'chain' },
      ['ruleset.missing-chain'],
    ],
    [
      'a chain that is missing, by goto',
      '-g TARPIT',
      { kind: 'unknown', name: 'TARPIT', why: 'chain' },
      ['ruleset.missing-chain'],
    ],
    [
      'an extension that others have',
      '-j TARPIT',
      { kind: 'unknown', name: 'TARPIT', why: 'extension' },
      ['ruleset.unknown-target'],
    ],
    [
      'a built-in chain is no place to go',
      '-j FORWARD',
      { kind: 'unknown', name: 'FORWARD', why: 'chain' },
      ['ruleset.missing-chain'],
    ],
  ])('%s', (_, target, expected, codes) => {
    const settled = settleText(save(':A - [0:0]', `-A INPUT ${target}`.trimEnd()));
    expect(settled.ruleset.tables[0]?.chains.get('INPUT')?.rules[0]?.target).toMatchObject(expected);
    expect(codesOf(settled)).toEqual(codes);
  });

  test('a chain that is called like an extension is a chain', () => {
    const { ruleset } = settleText(
      listing(builtin('INPUT', row('SYSRQ')), ...FILTER.slice(1), user('SYSRQ', 1)),
    );
    expect(ruleset.tables[0]?.chains.get('INPUT')?.rules[0]?.target).toEqual({
      kind: 'jump',
      chain: 'SYSRQ',
      goto: false,
    });
  });

  test('a missing chain is said once, where it stands', () => {
    const { diagnostics } = settleText(save('-A INPUT -j GONE', '-A INPUT -p tcp -j GONE'));
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]).toMatchObject({ at: { line: 5, column: 13 }, args: { chain: 'GONE' } });
    const { excerpt } = diagnostics[0] ?? {};
    expect(excerpt?.text.slice(excerpt.column - 1, excerpt.column - 1 + excerpt.length)).toBe('GONE');
  });

  test('part of a table: what its rules jump to is said once', () => {
    const rows = Array.from({ length: 9 }, (_, i) => row(`KUBE-SVC-${i}`));
    const settled = settleText(
      `# iptables -t nat -L KUBE-SERVICES\n${listing(user('KUBE-SERVICES', 2, ...rows))}`,
    );
    expect(codesOf(settled)).toEqual([]);
    expect(settled.notes.find(({ code }) => code === 'ruleset.part')?.args).toEqual({
      table: 'nat',
      chains: 'KUBE-SVC-0, KUBE-SVC-1, KUBE-SVC-2, KUBE-SVC-3, KUBE-SVC-4 and 4 more',
    });
  });

  test('a listing that lacks a chain is not complete', () => {
    const { ruleset } = settleText(listing(builtin('INPUT', row('GONE')), ...FILTER.slice(1)));
    expect(ruleset.tables[0]?.complete).toBe(false);
  });
});

describe('loops', () => {
  test.each([
    ['to itself', [':A -', '-A INPUT -j A', '-A A -j A'], 'A → A'],
    [
      'over three chains',
      [':A -', ':B -', ':C -', '-A INPUT -j A', '-A A -j B', '-A B -g C', '-A C -j A'],
      'A → B → C → A',
    ],
    ['that no hook leads to', [':A -', ':B -', '-A A -j B', '-A B -j A'], null],
    [
      'none: two ways to one chain',
      [':A -', ':B -', '-A INPUT -j A', '-A INPUT -j B', '-A A -j B', '-A FORWARD -j A'],
      null,
    ],
  ])('%s', (_, lines, chains) => {
    const { diagnostics } = settleText(save(...lines));
    expect(diagnostics.map(({ code, args }) => [code, args['chains']])).toEqual(
      chains === null ? [] : [['ruleset.loop', chains]],
    );
  });

  test('ten thousand chains in a row', () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `C${i}`);
    const rules = names.map((name, i) => `-A ${i === 0 ? 'INPUT' : `C${i - 1}`} -j ${name}`);
    expect(codesOf(settleText(save(...names.map((name) => `:${name} -`), ...rules)))).toEqual([]);
  });
});

describe('references', () => {
  test.each([
    ['as said', 1, []],
    ['one is missing', 2, ['ruleset.references']],
    ['one too many', 0, ['ruleset.references']],
  ])('%s', (_, references, codes) => {
    const text = listing(builtin('INPUT', row('A')), ...FILTER.slice(1), user('A', references));
    expect(codesOf(settleText(text))).toEqual(codes);
  });

  test('goto counts', () => {
    const text = listing(builtin('INPUT', row('A', '[goto] ')), ...FILTER.slice(1), user('A', 1));
    expect(codesOf(settleText(text))).toEqual([]);
  });

  test('part of a table says nothing', () => {
    expect(codesOf(settleText(`# iptables -L A\n${listing(user('A', 7, row('DROP')))}`))).toEqual([]);
  });
});

describe('numbers', () => {
  const numbered = (...rows: readonly (readonly [number, string])[]): string =>
    listing(
      [
        'Chain INPUT (policy ACCEPT 0 packets, 0 bytes)',
        'num   pkts bytes target     prot opt in     out     source               destination         ',
        ...rows.map(([n, target]) => `${String(n).padEnd(4)} ${row(target)}`),
      ].join('\n'),
      ...FILTER.slice(1),
    );

  test('rows that are missing keep their numbers', () => {
    const settled = settleText(numbered([1, 'ACCEPT'], [4, 'DROP']));
    const rules = settled.ruleset.tables[0]?.chains.get('INPUT')?.rules ?? [];
    expect(rules.map(({ number, damaged }) => [number, damaged])).toEqual([
      [1, false],
      [2, true],
      [3, true],
      [4, false],
    ]);
    expect(codesOf(settled)).toEqual(['ruleset.missing-rules']);
    expect(settled.diagnostics[0]?.args).toEqual({ chain: 'INPUT', from: 2, to: 3 });
  });

  test('a number out of all measure is no gap', () => {
    expect(outlineOf(settleText(numbered([4_000_000_000, 'ACCEPT'])).ruleset)).toEqual([
      'filter list by chains: INPUT 1, FORWARD 0, OUTPUT 0',
    ]);
  });

  test('a row that is damaged keeps its number', () => {
    const settled = settleText(
      listing(builtin('INPUT', row('ACCEPT'), '    0     0 ACC', row('DROP')), ...FILTER.slice(1)),
    );
    const rules = settled.ruleset.tables[0]?.chains.get('INPUT')?.rules ?? [];
    expect(rules.map(({ damaged }) => damaged)).toEqual([false, true, false]);
    expect(codesOf(settled)).toEqual(['rule.damaged']);
  });

  test('a redacted save line keeps its number', () => {
    const settled = settleText(save('-A INPUT -s <private_ip> -j ACCEPT', '-A INPUT -s 10.0.0.1/32 -j DROP'));
    const rules = settled.ruleset.tables[0]?.chains.get('INPUT')?.rules ?? [];
    expect(rules).toHaveLength(2);
    expect(settled.diagnostics.length).toBeGreaterThan(0);
  });
});

describe('several sources of one table', () => {
  const list = sourceOf(listing(builtin('INPUT', row('DROP')), ...FILTER.slice(1)), { file: 'list' });
  const saved = sourceOf(save('-A INPUT -s 10.0.0.1/32 -j ACCEPT'), { file: 'save' });
  const S = sourceOf('-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n', { file: 'S' });
  const part = sourceOf(`# iptables -L A\n${listing(user('A', 0))}`, { file: 'part' });
  const otherPart = sourceOf(`# iptables -L B\n${listing(user('B', 0, row('DROP')))}`, { file: 'other' });

  test.each([
    ['a save goes before a listing', [saved, list], 'save', 'list'],
    ['also when the listing comes later', [list, saved], 'save', 'list'],
    ['-S goes before a listing', [S, list], 'S', 'list'],
    ['a save goes before -S', [S, saved], 'save', 'S'],
    ['of two listings the later', [list, { ...list, file: 'later' }], 'later', 'list'],
    ['of two saves the later', [saved, { ...saved, file: 'later' }], 'later', 'save'],
    ['the whole goes before a part', [list, part], 'list', 'part'],
  ])('%s', (_, sources, file, over) => {
    const { ruleset, notes } = settle(sources);
    expect(ruleset.tables.map((table) => table.file)).toEqual([file]);
    const passed = notes.filter(({ code }) => code === 'ruleset.passed-over');
    expect(passed.map(({ at, args }) => [at.file, args['by']])).toEqual([[over, file]]);
  });

  test('parts of one table are put together', () => {
    expect(outlineOf(settle([part, otherPart]).ruleset)).toEqual(['filter list by heading (part): B 1, A 0']);
  });

  test('what is passed over is not complained about', () => {
    const bad = sourceOf(listing(builtin('INPUT', row('GONE')), ...FILTER.slice(1)), { file: 'bad' });
    expect(codesOf(settle([bad, saved]))).toEqual([]);
  });

  test('a part that could be of any table is no loss beside a whole save', () => {
    expect(codesOf(settle([sourceOf(listing(builtin('INPUT'))), saved]))).toEqual([]);
  });
});
