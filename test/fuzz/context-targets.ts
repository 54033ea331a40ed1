/** What is saved of a host: every line of a file is an item of the context, part of one, or refused aloud. */
import { parseContext, recogniseContext } from '../../src/context/index.ts';
import type { Context, ContextKind } from '../../src/model/context.ts';
import { messageOf } from '../../src/report/index.ts';
import type { Dice } from '../kernel/generate/dice.ts';
import { reshape, reshapeJson } from './made.ts';
import { excerpt } from './mangle.ts';
import { type MaterialKind, material } from './material.ts';
import { demand, type Target } from './target.ts';

/** How many items of a context a text came to. */
const ITEMS = {
  sets: ({ sets }) => [...(sets?.values() ?? [])].reduce((sum, set) => sum + 1 + set.entries.length, 0),
  addresses: ({ interfaces }) =>
    (interfaces ?? []).reduce((sum, { addresses }) => sum + 1 + addresses.length, 0),
  routes: ({ routes }) => (routes ?? []).reduce((sum, { nexthops }) => sum + 1 + nexthops.length, 0),
  'routing-rules': ({ routingRules }) => routingRules?.length ?? 0,
  connections: ({ connections }) => connections?.length ?? 0,
  settings: ({ settings }) => settings.size,
} satisfies Record<ContextKind, (context: Context) => number>;

/** Kinds of which every line that holds anything is an item or refused. */
const A_LINE_EACH: ReadonlySet<ContextKind> = new Set(['routes', 'routing-rules', 'connections']);

function run(text: string): void {
  const lines = text.split('\n');
  const { context, diagnostics } = parseContext([{ file: 'context', lines }]);
  for (const found of diagnostics) {
    demand(messageOf(found) !== '', `${found.code} has no words`);
    demand(found.at.line >= 1 && found.at.line <= lines.length, `${found.code} in line ${found.at.line}`);
  }
  const kind = recogniseContext(lines);
  if (kind === null) return;
  // conntrack ends with what it has to say of itself
  const filled = lines.filter((line) => !/^\s*(?:$|#)|^conntrack v/.test(line)).length;
  const items = ITEMS[kind](context);
  demand(filled === 0 || items + diagnostics.length > 0, `${kind}: nothing came of ${filled} lines`);
  if (!A_LINE_EACH.has(kind) || text.trimStart().startsWith('[')) return;
  demand(
    items + diagnostics.length >= filled,
    `${kind}: ${filled} lines, ${items} items and ${diagnostics.length} diagnostics`,
  );
}

function makeLines(kind: MaterialKind): (dice: Dice) => string {
  return (dice) =>
    excerpt(dice.pick(material(kind)), dice)
      .split('\n')
      .map((line) => reshape(line, dice))
      .join('\n');
}

function makeJson(kind: MaterialKind): (dice: Dice) => string {
  return (dice) =>
    JSON.stringify(
      reshapeJson(JSON.parse(dice.pick(material(kind).filter(isJson))), dice),
      null,
      dice.below(2),
    );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const TEXT_KINDS = ['sets', 'addresses', 'routes', 'routing-rules', 'connections', 'settings'] as const;
const JSON_KINDS = ['addresses-json', 'routes-json', 'routing-rules-json'] as const;

export const contextTargets: readonly Target[] = [
  ...TEXT_KINDS.map((kind): Target => ({ name: kind, kinds: [kind], make: makeLines(kind), run })),
  ...JSON_KINDS.map((kind): Target => ({ name: kind, kinds: [kind], make: makeJson(kind), run })),
];
