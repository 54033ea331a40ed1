/**
 * The door of `context`: the files that a person saved of the host → one `Context`. Each file is taken by
 * what it holds; files of the same kind add up (v4 and v6 routes). What is in none of them stays null.
 */
import type { Family } from '../model/address.ts';
import {
  type Context,
  type ContextKind,
  type Interface,
  type IpSet,
  NO_CONTEXT,
  type Route,
  type RoutingRule,
  type SavedConnection,
} from '../model/context.ts';
import { type Diagnostic, diagnostic } from '../model/diagnostic.ts';
import { readAddresses, readAddressesJson } from './addresses.ts';
import { readConnections } from './connections.ts';
import { parseObjects } from './json.ts';
import { type ContextFile, Reading } from './part.ts';
import { recogniseContext, recogniseContextName } from './recognise.ts';
import { readRoutes, readRoutesJson } from './routes.ts';
import { readRoutingRules, readRoutingRulesJson } from './routing-rules.ts';
import { readSets } from './sets.ts';
import { readSettings } from './settings.ts';

export type { ContextFile } from './part.ts';
export { recogniseContext, recogniseContextName } from './recognise.ts';

interface Parts {
  sets: Map<string, IpSet> | null;
  interfaces: Interface[] | null;
  routes: Route[] | null;
  routeFamilies: Set<Family>;
  routingRules: RoutingRule[] | null;
  connections: SavedConnection[] | null;
  settings: Map<string, string>;
}

/** A listing of routes without any route: there are none, of either family. */
const BOTH: readonly Family[] = ['ipv4', 'ipv6'];

/** Reads one file into the parts. JSON or text, as it comes. */
type Reader = (input: ContextFile, reading: Reading, parts: Parts) => void;

function objectsOf(input: ContextFile): ReturnType<typeof parseObjects> {
  const first = input.lines.find((line) => line.trim() !== '');
  return first?.trimStart().startsWith('[') === true ? parseObjects(input.lines.join('\n')) : null;
}

/** Interfaces of two listings (`ip -4 addr` and `ip -6 addr`) under one name are one. */
function mergeInterfaces(known: readonly Interface[], more: readonly Interface[]): Interface[] {
  const byName = new Map(known.map((item) => [item.name, item]));
  for (const item of more) {
    const before = byName.get(item.name);
    byName.set(
      item.name,
      before === undefined
        ? item
        : { ...before, ...item, addresses: [...before.addresses, ...newAddresses(before, item)] },
    );
  }
  return [...byName.values()];
}

function newAddresses(before: Interface, item: Interface): Interface['addresses'] {
  return item.addresses.filter(
    (address) => !before.addresses.some((known) => known.address.text === address.address.text),
  );
}

const READERS = {
  sets: (input, reading, parts) => {
    parts.sets ??= new Map();
    for (const set of readSets(input, reading)) {
      if (parts.sets.has(set.name)) {
        reading.diagnostics.push(diagnostic('context.repeated', set.source, { what: `set ${set.name}` }));
      }
      parts.sets.set(set.name, set);
    }
  },
  addresses: (input, reading, parts) => {
    const objects = objectsOf(input);
    const found = objects === null ? readAddresses(input, reading) : readAddressesJson(objects, reading);
    parts.interfaces = mergeInterfaces(parts.interfaces ?? [], found);
  },
  routes: (input, reading, parts) => {
    const objects = objectsOf(input);
    const found = objects === null ? readRoutes(input, reading) : readRoutesJson(objects, reading);
    parts.routes = [...(parts.routes ?? []), ...found];
    for (const family of found.length === 0 ? BOTH : found.map((route) => route.family)) {
      parts.routeFamilies.add(family);
    }
  },
  'routing-rules': (input, reading, parts) => {
    const objects = objectsOf(input);
    const found =
      objects === null ? readRoutingRules(input, reading) : readRoutingRulesJson(objects, reading);
    parts.routingRules = [...(parts.routingRules ?? []), ...found];
  },
  connections: (input, reading, parts) => {
    parts.connections = [...(parts.connections ?? []), ...readConnections(input, reading)];
  },
  settings: (input, reading, parts) => {
    for (const [name, value] of readSettings(input, reading)) parts.settings.set(name, value);
  },
} satisfies Record<ContextKind, Reader>;

/**
 * Reads all files. A file that is none of the known kinds is a diagnostic (`context.unrecognised`); a file
 * without any content is taken by its name.
 */
export function parseContext(files: readonly ContextFile[]): {
  readonly context: Context;
  readonly diagnostics: readonly Diagnostic[];
} {
  const parts: Parts = {
    sets: null,
    interfaces: null,
    routes: null,
    routeFamilies: new Set(),
    routingRules: null,
    connections: null,
    settings: new Map(),
  };
  const diagnostics: Diagnostic[] = [];
  for (const input of files) {
    const empty = input.lines.every((line) => line.trim() === '' || line.trim() === '[]');
    const kind = empty ? recogniseContextName(input.file) : recogniseContext(input.lines);
    if (kind === null) {
      const at = { file: input.file, line: 1, column: 1 };
      diagnostics.push(diagnostic('context.unrecognised', at, {}, input.lines[0] ?? null));
      continue;
    }
    const reading = new Reading(input.file, kind);
    READERS[kind](empty ? { file: input.file, lines: [] } : input, reading, parts);
    diagnostics.push(...reading.diagnostics);
  }
  return { context: { ...NO_CONTEXT, ...parts, routeFamilies: [...parts.routeFamilies] }, diagnostics };
}
