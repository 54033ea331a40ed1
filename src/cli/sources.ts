/**
 * What the command line names → the inputs of an analysis: logs as paths, rules and context as text. A
 * folder stands for its files, each by what it holds.
 */
import { basename } from 'node:path';
import { type InputOptions, type InputSink, readText } from '../io/index.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { RulesetSource } from '../ruleset/index.ts';
import { UsageError } from './exit.ts';
import { isFolder, type Sorted, sortFolder } from './folder.ts';
import { parseRulesArgument, type RulesArgument } from './rules-argument.ts';

interface Named {
  readonly file: string;
  readonly lines: readonly string[];
}

export interface Sources {
  /** Paths, `-` among them. */
  readonly logs: readonly string[];
  readonly rules: readonly RulesetSource[];
  readonly contexts: readonly Named[];
  /** What went wrong while reading rules and context. */
  readonly diagnostics: readonly Diagnostic[];
  /** For standard error: files that were passed over. */
  readonly talk: readonly string[];
}

/** @throws UsageError if a folder holds nothing that it was given for. */
export async function openSources(
  args: {
    readonly inputs: readonly string[];
    readonly rules: readonly string[];
    readonly contexts: readonly string[];
  },
  options: InputOptions,
): Promise<Sources> {
  const diagnostics: Diagnostic[] = [];
  const sink: InputSink = { diagnostic: (found) => diagnostics.push(found) };
  const talk: string[] = [];
  const logs: string[] = [];
  const rules: RulesArgument[] = [];
  const contexts: string[] = [];
  /** None of ours, and rules of folders that were given for their context only. */
  const others: string[] = [];
  const idle: string[] = [];

  let folder: string | null = null;
  for (const input of args.inputs) {
    if (!(await isFolder(input))) {
      logs.push(input);
      continue;
    }
    if (folder !== null) throw new UsageError(twoFolders(folder, input));
    folder = input;
    const found = await sortFolder(input, options, sink);
    if (found.log.length === 0) throw new UsageError(`no log in ${input}: ${listed(found)}`);
    logs.push(...found.log);
    rules.push(...found.rules.map((path) => ({ path, table: null, family: null })));
    contexts.push(...found.context);
    others.push(...found.other);
  }
  for (const value of args.rules) {
    const named = parseRulesArgument(value);
    if (!(await isFolder(named.path))) {
      rules.push(named);
      continue;
    }
    const found = await sortFolder(named.path, options, sink);
    if (found.rules.length === 0) throw new UsageError(`no rules in ${named.path}: ${listed(found)}`);
    rules.push(...found.rules.map((path) => ({ ...named, path })));
    others.push(...found.other);
  }
  for (const value of args.contexts) {
    if (!(await isFolder(value))) {
      contexts.push(value);
      continue;
    }
    const found = await sortFolder(value, options, sink);
    contexts.push(...found.context);
    others.push(...found.other);
    idle.push(...found.rules);
    if (found.context.length === 0) talk.push(`no context in ${value}: ${listed(found)}`);
  }
  const named = new Set([...logs, ...rules.map(({ path }) => path), ...contexts]);
  const passed = [...new Set(others)].filter((path) => !named.has(path));
  if (passed.length > 0) talk.push(`passed over, neither log nor rules nor context: ${namesOf(passed)}`);
  if (rules.length === 0 && idle.length > 0) {
    talk.push(`${namesOf(idle)} would be rules: --context takes none, give them by --rules`);
  }

  const ruleTexts: RulesetSource[] = [];
  for (const { path, table, family } of unique(rules, ({ path }) => path)) {
    const text = await readText(path, options, sink);
    if (text !== null) ruleTexts.push({ ...text, table, family });
  }
  const contextTexts: Named[] = [];
  for (const path of unique(contexts, (each) => each)) {
    const text = await readText(path, options, sink);
    if (text !== null) contextTexts.push(text);
  }
  return { logs: unique(logs, (each) => each), rules: ruleTexts, contexts: contextTexts, diagnostics, talk };
}

/** The rules of one would be held against the packets of the other. */
function twoFolders(a: string, b: string): string {
  return `${a} and ${b} are two captures: compare them (trace-analyze diff ${a} ${b}), or name the files of one`;
}

/** The last of those with the same key, at the place of the first: a flag says more than a folder. */
function unique<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}

/** Files that a note names. */
const NAMED = 8;

function namesOf(paths: readonly string[]): string {
  const names = paths.slice(0, NAMED).map((path) => basename(path));
  return names.join(', ') + (paths.length > NAMED ? ` and ${paths.length - NAMED} more` : '');
}

function listed({ log, rules, context, other }: Sorted): string {
  const paths = [...log, ...rules, ...context, ...other].sort();
  if (paths.length === 0) return 'it holds no files';
  return `${namesOf(paths)} ${paths.length === 1 ? 'is' : 'are'} none`;
}
