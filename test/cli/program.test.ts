import { spawnSync } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { type ColourChoice, wantsColour } from '../../src/cli/colour.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { parseRulesArgument } from '../../src/cli/rules-argument.ts';
import { type CommandNode, commandTree } from '../../src/cli/tree.ts';
import { run } from '../make/stdio.ts';

function tree(): CommandNode {
  const stream = new PassThrough();
  const stdio = { in: stream, out: stream, err: stream, env: {}, onSignal: () => () => {} };
  return commandTree(buildProgram(stdio, () => {}));
}

describe('help', () => {
  test.each([[['--help']], [['rules', '--help']], [['help', 'complete']]])(
    '%j begins with two examples',
    async (args) => {
      const { code, out, err } = await run(args);
      expect([code, err]).toEqual([0, '']);
      expect(out.split('\n').slice(0, 4)).toEqual([
        'Examples:',
        expect.stringContaining('trace-analyze'),
        expect.stringContaining('trace-analyze'),
        '',
      ]);
    },
  );

  test('groups the options', async () => {
    const { out } = await run(['--help']);
    const heads = ['Input:', 'Output:', 'Which packets', 'Other:', 'Commands:'].map((head) =>
      out.indexOf(head),
    );
    expect(heads.every((at) => at > 0)).toBe(true);
    expect([...heads].sort((a, b) => a - b)).toEqual(heads);
  });

  test('the version alone', async () => {
    expect(await run(['--version'])).toEqual({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      err: '',
    });
  });
});

describe('usage errors are exit code 2 and name the cure', () => {
  test.each([
    [['--ruls', 'x'], /Did you mean .*--rules/],
    [['--format', 'xml'], /text, .*ndjson, json/],
    [['--disposition', 'lost'], /forwarded, delivered/],
    [['--sport', '70000'], /8000-8080/],
    [['--dport', 'htpp'], /http/],
    [['--dport', '90-80'], /8000-8080/],
    [['--dport', '1:2:3'], /8000-8080/],
    [['--src', 'nowhere'], /10\.0\.0\.0\/8/],
    [['--rule', 'KUBE-SERVICES'], /nat:KUBE-SERVICES:7/],
    [['--since', 'yesterday'], /12:47:55/],
    [['--year', '20'], /2024/],
    [['--walk', '0'], /17/],
    [['--timezone', 'Mars/Olympus', '-'], /Europe\/Berlin/],
    [['complete', 'ksh'], /bash, zsh, fish/],
    [['complete'], /missing required argument/],
    [['rules'], /missing required argument/],
  ])('%j', async (args, said) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(said);
  });

  test.each([
    ['simulat', 'simulate'],
    ['ruels', 'rules'],
    ['Diff', 'diff'],
    ['expct', 'expect'],
    ['qurey', 'query'],
    ['hlep', 'help'],
  ])('%s: did you mean %s?', async (word, meant) => {
    for (const rest of [[], ['--packet', 'in=eth0'], ['--rules', 'x']]) {
      const { code, out, err } = await run([word, ...rest]);
      expect([code, out]).toEqual([2, '']);
      expect(err).toContain(`no command ${word}`);
      expect(err).toContain(`did you mean ${meant}?`);
    }
  });

  test.each(['syslog', 'messages', 'kern', 'a-rules', './simulat', 'simulat.log'])(
    '%s is a file that is missing, and no command',
    async (word) => {
      const { code, out } = await run([word]);
      expect([code, out]).toEqual([2, expect.stringContaining('there is no such file')]);
    },
  );
});

describe('made from the command tree', () => {
  const nodes = (): CommandNode[] => [tree(), ...tree().commands];

  test('the manual names every option, choice and command', async () => {
    const { out } = await run(['man']);
    for (const { name, options } of nodes()) {
      expect(out).toContain(name.replaceAll('-', '\\-'));
      for (const { long, choices } of options) {
        expect(out).toContain(long.replaceAll('-', '\\-'));
        for (const choice of choices) expect(out).toContain(choice);
      }
    }
    expect(out).not.toMatch(/^(?!\.(?:[A-Z]{1,2}|br)\b)[.']/m);
  });

  test.each(['bash', 'zsh', 'fish'])('the %s completion names every option and choice', async (shell) => {
    const { code, out } = await run(['complete', shell]);
    expect(code).toBe(0);
    for (const { options } of nodes()) {
      for (const { long, choices } of options) {
        expect(out).toContain(shell === 'fish' ? `-l ${long.slice(2)}` : long);
        for (const choice of choices) expect(out).toContain(choice);
      }
    }
  });

  test.each([
    [['tr', '--fo'], ['--format']],
    [['tr', '--format', 'nd'], ['ndjson']],
    [['tr', '-f', 'js'], ['json']],
    [['tr', 'comp'], ['complete']],
    [
      ['tr', 'complete', ''],
      ['bash', 'fish', 'zsh'],
    ],
    [
      ['tr', 'rules', '--format', ''],
      ['json', 'save', 'text'],
    ],
    [['tr', 'x.log', '--status', 'div'], ['diverges']],
    [['tr', '--rules', 'package.js'], ['package.json']],
  ])('bash completes %j', async (words, replies) => {
    const { out } = await run(['complete', 'bash']);
    const script = `${out}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _trace_analyze; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const result = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
    expect(result.stderr).toBe('');
    expect(result.stdout.trim().split('\n').sort()).toEqual(replies);
  });
});

test.each<[ColourChoice, boolean, Record<string, string>, boolean]>([
  ['auto', true, {}, true],
  ['auto', false, {}, false],
  ['auto', true, { NO_COLOR: '1' }, false],
  ['auto', true, { NO_COLOR: '' }, true],
  ['auto', true, { TERM: 'dumb' }, false],
  ['auto', false, { FORCE_COLOR: '1' }, true],
  ['auto', true, { FORCE_COLOR: '0' }, false],
  ['auto', false, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ['always', false, { NO_COLOR: '1' }, true],
  ['never', true, { FORCE_COLOR: '1' }, false],
])('colour %s, terminal %s, %j: %s', (choice, isTTY, env, wanted) => {
  expect(wantsColour(choice, { isTTY }, env)).toBe(wanted);
});

test.each([
  ['rules.save', { path: 'rules.save', table: null, family: null }],
  ['nat=list.txt', { path: 'list.txt', table: 'nat', family: null }],
  ['ipv6:rules.save', { path: 'rules.save', table: null, family: 'ipv6' }],
  ['ipv6:nat=a=b', { path: 'a=b', table: 'nat', family: 'ipv6' }],
  ['bat=list.txt', { path: 'bat=list.txt', table: null, family: null }],
  ['./nat=list.txt', { path: './nat=list.txt', table: null, family: null }],
  ['c:/rules', { path: 'c:/rules', table: null, family: null }],
  ['nat=', { path: 'nat=', table: null, family: null }],
  ['-', { path: '-', table: null, family: null }],
])('--rules %s', (text, meaning) => {
  expect(parseRulesArgument(text)).toEqual(meaning);
});
