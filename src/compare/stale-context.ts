/**
 * Which saved file a divergence speaks against: the responsible condition → the file that tells what it asks,
 * and the command that saves it anew. Only what can change while rules stay is meant: sets, addresses,
 * routes, connections.
 */
import type { Divergence } from '../model/check.ts';
import { CONTEXT_FILES, type Context, type ContextKind } from '../model/context.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { Walk } from '../model/walk.ts';

/** Conditions by the part of the context that decides them. */
const ASKS: readonly (readonly [RegExp, ContextKind])[] = [
  [/--match-set /, 'sets'],
  [/-m addrtype /, 'addresses'],
  [/-m rpfilter /, 'routes'],
  [/-m (?:conntrack|state|connmark|connbytes|connlimit|helper) /, 'connections'],
];

export class StaleContext {
  readonly #context: Context;
  readonly #said = new Set<string>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** Whether saved context, and not a rule, may be what the divergence is about. */
  isAbout({ check: { divergence } }: Walk): boolean {
    const kind = divergence === null ? null : this.#kindOf(divergence);
    return kind !== null && this.#isGiven(kind);
  }

  /** The finding, once for each file. */
  diverged(walk: Walk): Finding | null {
    const { divergence } = walk.check;
    const kind = divergence === null ? null : this.#kindOf(divergence);
    if (divergence === null || kind === null || !this.#isGiven(kind)) return null;
    const file = this.#fileOf(kind, divergence);
    if (this.#said.has(file)) return null;
    this.#said.add(file);
    const event = walk.steps[Math.min(divergence.at, walk.steps.length - 1)]?.event;
    const at = event === undefined ? null : { file: event.file, line: event.line, column: 1 };
    const fact = factOf(kind, divergence, event?.packet.dst.text ?? '');
    return finding('check.stale-context', { file, fact, command: CONTEXT_FILES[kind].command }, at);
  }

  #kindOf({ because, at, expected }: Divergence): ContextKind | null {
    if (because === null) return null;
    const asked = ASKS.find(([form]) => form.test(`${because.condition} `))?.[1];
    if (asked !== undefined) return asked;
    return at > 0 && expected !== null && /^out /.test(because.condition) ? 'routes' : null;
  }

  /** An empty table of connections tells of none: what it lacks came to be after it was saved. */
  #isGiven(kind: ContextKind): boolean {
    const { sets, interfaces, routes, connections } = this.#context;
    if (kind === 'connections') return connections !== null && connections.length > 0;
    return (kind === 'sets' ? sets : kind === 'addresses' ? interfaces : routes) !== null;
  }

  #fileOf(kind: ContextKind, { because }: Divergence): string {
    const { sets, routes } = this.#context;
    const set = because?.condition.match(/--match-set (\S+)/)?.[1];
    const told =
      kind === 'sets' && set !== undefined
        ? sets?.get(set)?.source.file
        : kind === 'routes'
          ? routes?.[0]?.at.file
          : undefined;
    return told ?? CONTEXT_FILES[kind].file;
  }
}

/** What the file says and the log does not: `10.0.0.9 leaves by eth1, by the file by eth0`. */
function factOf(kind: ContextKind, { because }: Divergence, dst: string): string {
  if (because === null) return '';
  const { condition, value } = because;
  if (kind !== 'routes' || !condition.startsWith('out ')) return `${condition} (${value})`;
  return `${dst} leaves by ${value.replace(/^out /, '')}, by the file it would by ${condition.slice('out '.length)}`;
}
