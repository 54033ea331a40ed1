/** The router whose rules hold mistakes (captures/router), checked against its rules or against stale ones. */
import { readFileSync } from 'node:fs';
import { type ContextFile, parseContext } from '../../src/context/index.ts';
import type { SavedConnection } from '../../src/model/context.ts';
import type { Ruleset } from '../../src/model/ruleset.ts';
import type { Walk } from '../../src/model/walk.ts';
import { assemble, readCapture, readRules, rulesText } from './capture.ts';
import { type Checked, check } from './check.ts';

const capture = readCapture('router', 'rules.save');

/** One piece of the rules and what stands in its place. */
export type Edit = readonly [from: string | RegExp, to: string];

export interface RouterOptions {
  readonly edits?: readonly Edit[];
  readonly connections?: readonly SavedConnection[] | null;
  /** Without it nothing is known of the host but its addresses and routes. */
  readonly context?: boolean;
}

/** What the check of the router tells, and the rules that it was held against. */
export function routerUnder({
  edits = [],
  connections = null,
  context = true,
}: RouterOptions = {}): Checked & { readonly ruleset: Ruleset } {
  let text = rulesText('router', 'rules.save');
  for (const [from, to] of edits) {
    const changed = text.replace(from, to);
    if (changed === text) throw new Error(`nothing to replace: ${from}`);
    text = changed;
  }
  const ruleset = readRules('rules.save', text, capture.events);
  const known = context ? capture.context : parseContext([]).context;
  return { ...check(assemble(capture.events, ruleset), ruleset, { ...known, connections }), ruleset };
}

export function checkRouter(options: RouterOptions = {}): Checked {
  const { walks, findings } = routerUnder(options);
  return { walks, findings };
}

/** What `conntrack -L` told when all was over. */
export function savedAfter(): readonly SavedConnection[] {
  const path = new URL('../data/captures/router/after/conntrack.txt', import.meta.url).pathname;
  const file: ContextFile = { file: 'conntrack.txt', lines: readFileSync(path, 'utf8').split('\n') };
  return parseContext([file]).context.connections ?? [];
}

export function walkAt({ walks }: Checked, line: number): Walk {
  const walk = walks.find(({ steps }) => steps[0]?.event.line === line);
  if (walk === undefined) throw new Error(`no packet begins at line ${line}`);
  return walk;
}
