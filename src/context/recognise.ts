/**
 * Which part of a context a file holds: by its content, or, where it is empty, by its name. Looks at the
 * first lines only and never at both at once.
 */
import type { ContextKind } from '../model/context.ts';
import { CONNTRACK_FOOTER } from './connections.ts';
import { type JsonObject, parseObjects } from './json.ts';
import { SETTING } from './settings.ts';

/** How many lines that are not blank are looked at. */
const LOOKED_AT = 40;

const ROUTE_START =
  /^(?:(?:unicast|local|broadcast|anycast|multicast|throw|unreachable|prohibit|blackhole|nat)\s+)?(?:default|[0-9a-f.:]+(?:\/\d+)?)\s+(?:.*\s)?(?:dev|via|proto|scope|metric|table|nhid)\s/;
const BARE_ROUTE = /^(?:throw|unreachable|prohibit|blackhole)\s+(?:default|[0-9a-f.:]+(?:\/\d+)?)\s*$/;

const LINES: readonly (readonly [ContextKind, RegExp])[] = [
  ['sets', /^(?:create|-N) \S+ (?:hash|bitmap|list):[a-z,]+/],
  ['sets', /^Type: (?:hash|bitmap|list):/],
  ['addresses', /^\d+: \S+: <[A-Z0-9_,-]*>/],
  ['routing-rules', /^\d+:\s+(?:not )?from (?:all|[0-9a-f.:/]+)\s/],
  ['connections', CONNTRACK_FOOTER],
  ['connections', /^(?:ipv[46]\s+(?:2|10)\s+)?[a-z0-9]+\s+\d+\s.*\bsrc=\S+ dst=\S+ .*\bsrc=\S+ dst=/],
  ['settings', /^(?:net|kernel|fs|vm|dev|abi|user|crypto|debug)[./][a-z]/],
  ['settings', /^\/proc\/sys\//],
  ['routes', ROUTE_START],
  ['routes', BARE_ROUTE],
];

const NAMES: readonly (readonly [ContextKind, RegExp])[] = [
  ['sets', /ipset/i],
  ['addresses', /ip[-_.]?(?:addr|address|link)\b|addresses/i],
  ['routes', /ip[-_.]?6?[-_.]?routes?\b|routes?\b/i],
  ['routing-rules', /ip[-_.]?6?[-_.]?rules?\b/i],
  ['connections', /conntrack|connections/i],
  ['settings', /sysctl/i],
];

/** The kind of `ip -j` output. */
function kindOfJson(objects: readonly JsonObject[]): ContextKind | null {
  const first = objects.find((object) => Object.keys(object).length > 0);
  if (first === undefined) return null;
  if ('ifname' in first) return 'addresses';
  if ('priority' in first && ('src' in first || 'table' in first)) return 'routing-rules';
  return 'dst' in first && ('dev' in first || 'gateway' in first || 'type' in first || 'nexthops' in first)
    ? 'routes'
    : null;
}

/** What these lines are, or null: no part of a context. */
export function recogniseContext(lines: readonly string[]): ContextKind | null {
  const first = lines.find((line) => line.trim() !== '')?.trim();
  if (first === undefined) return null;
  if (first.startsWith('[')) {
    const objects = parseObjects(lines.join('\n'));
    return objects === null ? null : kindOfJson(objects);
  }
  let looked = 0;
  for (const line of lines) {
    const text = line.trim();
    if (text === '') continue;
    if (++looked > LOOKED_AT) break;
    const found = LINES.find(([, pattern]) => pattern.test(text));
    if (found !== undefined) return found[0] === 'settings' && !SETTING.test(text) ? null : found[0];
  }
  return null;
}

/** What a file that holds nothing would be by its name; null: it does not tell. */
export function recogniseContextName(file: string): ContextKind | null {
  const base = file.slice(file.lastIndexOf('/') + 1);
  return NAMES.find(([, pattern]) => pattern.test(base))?.[0] ?? null;
}
