/** Holds the import table of docs/architecture.md: who may import whom, and which packages where. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';

const SRC = new URL('../src', import.meta.url).pathname;

/** Folder (or top-level file) → what of ours it may import beside itself, and which packages. */
const TABLE: Readonly<
  Record<string, { readonly ours: readonly string[]; readonly packages: readonly RegExp[] }>
> = {
  model: { ours: [], packages: [/^ipaddr\.js$/] },
  text: { ours: ['model'], packages: [/^string-width$/] },
  log: { ours: ['model'], packages: [/^nearley$/, /^moo$/] },
  ruleset: { ours: ['model'], packages: [/^nearley$/, /^moo$/] },
  context: { ours: ['model'], packages: [] },
  walk: { ours: ['model'], packages: [] },
  simulate: { ours: ['model'], packages: [] },
  compare: { ours: ['model'], packages: [] },
  diff: { ours: ['model'], packages: [/^diff$/] },
  expect: { ours: ['model'], packages: [/^yaml$/, /^zod$/] },
  report: { ours: ['model', 'text'], packages: [/^zod$/] },
  io: { ours: ['model'], packages: [/^node:/, /^fzstd$/] },
  store: { ours: ['model'], packages: [/^node:/, /^better-sqlite3$/] },
  cli: { ours: ['*'], packages: [/^node:/, /^commander$/, /^zod$/, /^picocolors$/, /^cli-progress$/] },
  'analyze.ts': { ours: ['model', 'log', 'ruleset', 'context', 'walk', 'simulate', 'compare'], packages: [] },
  'index.ts': {
    ours: ['model', 'log', 'ruleset', 'context', 'walk', 'simulate', 'compare', 'report', 'analyze.ts'],
    packages: [],
  },
};

function filesUnder(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesUnder(path) : path.endsWith('.ts') ? [path] : [];
  });
}

function departmentOf(path: string): string {
  return relative(SRC, path).split('/')[0] ?? '';
}

test('imports follow the table', () => {
  const wrong: string[] = [];
  for (const file of filesUnder(SRC)) {
    const here = departmentOf(file);
    const row = TABLE[here];
    if (row === undefined) {
      wrong.push(`${relative(SRC, file)}: no row in the table`);
      continue;
    }
    const text = readFileSync(file, 'utf8');
    for (const [, name = ''] of text.matchAll(/(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+'([^']+)'/g)) {
      check(file, here, row, name);
    }
    for (const [, name = ''] of text.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g)) check(file, here, row, name);
  }
  expect(wrong).toEqual([]);

  function check(file: string, here: string, row: (typeof TABLE)[string], name: string): void {
    const from = relative(SRC, file);
    if (!name.startsWith('.')) {
      if (!row?.packages.some((allowed) => allowed.test(name))) wrong.push(`${from}: package ${name}`);
      return;
    }
    const target = join(file, '..', name);
    const there = departmentOf(target);
    if (there === here) return;
    if (!row?.ours.includes('*') && !row?.ours.includes(there)) wrong.push(`${from}: ${there}`);
    const door = relative(SRC, target).split('/').slice(1).join('/');
    if (there !== 'model' && there !== 'text' && door !== '' && door !== 'index.ts') {
      wrong.push(`${from}: ${name} is not the door of ${there}`);
    }
  }
});

test('only io, store and cli touch Node', () => {
  const touching = filesUnder(SRC)
    .filter((file) => !['io', 'store', 'cli'].includes(departmentOf(file)))
    .filter((file) => /\b(?:process\.\w|Buffer\.\w|require\()/.test(readFileSync(file, 'utf8')))
    .map((file) => relative(SRC, file));
  expect(touching).toEqual([]);
});
