/**
 * What the built program loads before it can work: files cost more than a short log. No time is measured; a bound
 * that is passed, or a department or package that is new here, wants a look: does the main job need it?
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;
const BIN = join(ROOT, 'dist/cli/bin.js');
const SAMPLE = join(ROOT, 'samples/same-node-ping');
const MAIN = [join(SAMPLE, 'syslog.log'), '--rules', join(SAMPLE, 'iptables.txt')];

/** Tells every module that is loaded. */
const WATCH = `
import { register } from 'node:module';
const hook = "import { appendFileSync } from 'node:fs';"
  + 'export const load = (url, context, next) => {'
  + "  appendFileSync(process.env.LOADED, url + '\\\\n');"
  + '  return next(url, context);'
  + '};';
register('data:text/javascript,' + encodeURIComponent(hook));
`;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-analyze-start-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Loaded {
  /** Files of the program and of packages. */
  readonly files: readonly string[];
  readonly bytes: number;
  /** Departments and single modules of ours that are in them, `report`, `analyze.js`. */
  readonly departments: readonly string[];
  readonly packages: readonly string[];
}

/** Runs the program behind another script. */
function run(script: string, args: readonly string[]) {
  const first = join(folder, 'first.mjs');
  writeFileSync(first, script);
  const env = { ...process.env, LOADED: join(folder, 'loaded') };
  return spawnSync(process.execPath, ['--import', first, BIN, ...args], { env, encoding: 'utf8' });
}

function loadedBy(args: readonly string[]): Loaded {
  rmSync(join(folder, 'loaded'), { force: true });
  const { status, stderr } = run(WATCH, args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const files = readFileSync(join(folder, 'loaded'), 'utf8')
    .split('\n')
    .filter((url) => url.startsWith('file:'))
    .map((url) => fileURLToPath(url));
  const modules = files.flatMap(modulesOf);
  const names = modules.map((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? null);
  const ours = modules.filter((_, i) => names[i] === null);
  return {
    files,
    bytes: files.reduce((sum, file) => sum + statSync(file).size, 0),
    departments: distinct(ours.map((path) => relative(join(ROOT, 'dist'), path).split('/')[0] ?? '')),
    packages: distinct(names.filter((name) => name !== null)),
  };
}

/** The modules that a file of the bundle was made of. */
function modulesOf(file: string): readonly string[] {
  const { sources }: { readonly sources: readonly string[] } = JSON.parse(
    readFileSync(`${file}.map`, 'utf8'),
  );
  // What the bundler wrote itself has no file.
  return sources.filter((source) => !source.includes(':')).map((source) => join(dirname(file), source));
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}

test('the program is bundled', () => {
  const text = readFileSync(BIN, 'utf8');
  expect(text, 'tsc alone leaves it in 500 files: npm run build').toContain('../bundle/');
});

test('--version loads the rim of the program only', () => {
  const { files, bytes, departments, packages } = loadedBy(['--version']);
  expect({ departments, packages }).toEqual({ departments: ['cli'], packages: [] });
  expect(files.length, files.join('\n')).toBeLessThanOrEqual(8);
  expect(bytes, files.join('\n')).toBeLessThan(20_000);
});

test('the main job loads what it needs, in a few files', () => {
  const { files, bytes, departments, packages } = loadedBy(MAIN);
  expect(departments).toEqual([
    ...['analyze.js', 'cli', 'compare', 'context', 'io', 'log', 'model', 'report', 'ruleset', 'simulate'],
    ...['text', 'walk'],
  ]);
  expect(packages).toEqual([
    ...['ansi-regex', 'commander', 'get-east-asian-width', 'ipaddr.js', 'moo', 'nearley', 'picocolors'],
    ...['string-width', 'strip-ansi'],
  ]);
  expect(files.length, files.join('\n')).toBeLessThanOrEqual(32);
  expect(bytes, files.join('\n')).toBeLessThan(1_600_000);
});

test('the main job asks neither for the tables of all characters nor for the lexer of refused lines', () => {
  const script = `
    Intl.Segmenter = class { constructor() { throw new Error('string-width was loaded'); } };
    const make = RegExp.prototype.exec;
    RegExp.prototype.exec = function (text) {
      if (this.source.includes('TRUNCATED')) throw new Error('the lexer of a TRACE line was made');
      return make.call(this, text);
    };
  `;
  const { status, stderr } = run(script, MAIN);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test('a defect is told with the modules where it happened, not with the bundle', () => {
  const script = `Array.prototype.flatMap = () => { throw new Error('sabotaged'); };`;
  const { status, stderr } = run(script, MAIN);
  expect(status).toBe(3);
  expect(stderr).toContain('sabotaged');
  expect(stderr).toMatch(/at async main \(file:\S*\/dist\/cli\/main\.js:\d+:\d+\)/);
  expect(stderr).not.toContain('/bundle/');
});

test('copies of packages go with their licences', () => {
  const licences = readFileSync(join(ROOT, 'dist/bundle/LICENSES.txt'), 'utf8');
  for (const name of loadedBy(MAIN).packages) expect(licences).toMatch(new RegExp(`^${name}$`, 'm'));
});
