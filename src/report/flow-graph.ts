/**
 * Walks as they pass → one graph of all their ways: chains at a hook and table, the rules that matched there,
 * who called whom, and how the packets ended, each with its count. Bounded: a walk that would go past the
 * limit is counted in `beyond`. Writers (mermaid, dot) only draw it.
 */
import type { Hook, TableName } from '../model/hook.ts';
import { targetName } from '../model/target.ts';
import type { Step, Walk } from '../model/walk.ts';
import type { Tone } from './outline.ts';
import { owned } from './own.ts';
import { DISPOSITION_TONE } from './verdict.ts';

/** One chain at one hook, or where packets come from (`start`) or end (`end`). */
export interface GraphNode {
  readonly id: string;
  readonly kind: 'start' | 'chain' | 'end';
  readonly hook: Hook | null;
  readonly table: TableName | null;
  /** Raw text. */
  readonly name: string;
  tone: Tone;
  count: number;
  /** What matched: `3 ACCEPT`, `policy DROP`; by rule number. */
  readonly rules: Map<number, { readonly text: string; count: number }>;
}

export interface GraphEdge {
  readonly from: GraphNode;
  readonly to: GraphNode;
  /** `call`: a jump; `next`: on to the next table or hook. */
  readonly kind: 'call' | 'next';
  /** Number of the rule that jumped or decided; null: none. */
  readonly rule: number | null;
  count: number;
}

/** Most nodes, edges, and rules of all chains that are kept: names and numbers are input. */
const MOST_NODES = 4000;
const MOST_EDGES = 12_000;
const MOST_RULES = 100_000;

export class FlowGraph {
  walks = 0;
  /** Walks that found no room. */
  beyond = 0;
  readonly #nodes = new Map<string, GraphNode>();
  readonly #edges = new Map<string, GraphEdge>();
  #rules = 0;

  add(walk: Walk): void {
    const first = walk.steps[0];
    const last = walk.steps.at(-1);
    if (first === undefined || last === undefined) return;
    this.walks++;
    const roomy = this.#nodes.size + walk.steps.length < MOST_NODES && this.#edges.size < MOST_EDGES;
    if (!roomy || this.#rules + walk.steps.length >= MOST_RULES) {
      this.beyond++;
      return;
    }
    const start = walk.packet.in === '' ? 'made on this host' : `in by ${walk.packet.in}`;
    let base = this.#plain('start', start, 'plain');
    let before: Step | null = null;
    let node = base;
    walk.steps.forEach((step, i) => {
      const here = this.#chain(step, walk.check.divergence?.at === i);
      const sameTable =
        before !== null && before.hook === step.hook && before.event.table === step.event.table;
      if (!sameTable) {
        this.#edge(base, here, 'next', null);
        base = here;
      } else if (before !== null && here !== node && calls(before, step)) {
        this.#edge(node, here, 'call', before.event.number);
      }
      before = step;
      node = here;
    });
    const decider = walk.decidedBy === null ? undefined : walk.steps[walk.decidedBy];
    const end = this.#plain('end', walk.disposition, DISPOSITION_TONE[walk.disposition]);
    if (decider === undefined) this.#edge(base, end, 'next', null);
    else this.#edge(this.#nodes.get(keyOf(decider)) ?? base, end, 'next', decider.event.number);
  }

  /** All nodes in the order of their first packet. */
  nodes(): readonly GraphNode[] {
    return [...this.#nodes.values()];
  }

  /** The edges that most packets took, at most `limit`, in the order of their first packet. */
  edges(limit = MOST_EDGES): { readonly edges: readonly GraphEdge[]; readonly more: number } {
    const all = [...this.#edges.values()];
    if (all.length <= limit) return { edges: all, more: 0 };
    const kept = new Set(all.toSorted((a, b) => b.count - a.count).slice(0, limit));
    return { edges: all.filter((edge) => kept.has(edge)), more: all.length - limit };
  }

  #plain(kind: 'start' | 'end', name: string, tone: Tone): GraphNode {
    return this.#node(`${kind} ${name}`, { kind, hook: null, table: null, name, tone });
  }

  #chain(step: Step, diverges: boolean): GraphNode {
    const { hook, event } = step;
    const node = this.#node(keyOf(step), {
      kind: 'chain',
      hook,
      table: event.table,
      name: event.chain,
      tone: 'plain',
    });
    if (diverges) node.tone = 'bad';
    const known = node.rules.get(event.number);
    if (known === undefined) {
      this.#rules++;
      node.rules.set(event.number, { text: owned(ruleText(step)), count: 1 });
    } else known.count++;
    return node;
  }

  #node(key: string, fields: Omit<GraphNode, 'id' | 'count' | 'rules'>): GraphNode {
    let node = this.#nodes.get(key);
    if (node === undefined) {
      const id = `n${this.#nodes.size + 1}`;
      node = { ...fields, name: owned(fields.name), id, count: 0, rules: new Map() };
      this.#nodes.set(key, node);
    }
    node.count++;
    return node;
  }

  #edge(from: GraphNode, to: GraphNode, kind: GraphEdge['kind'], rule: number | null): void {
    const key = `${from.id} ${to.id} ${rule}`;
    const known = this.#edges.get(key);
    if (known === undefined) this.#edges.set(key, { from, to, kind, rule, count: 1 });
    else known.count++;
  }
}

function keyOf({ hook, event }: Step): string {
  return `${hook} ${event.table} ${event.chain}`;
}

/** Whether a step led into the next one's chain; without the rule, going deeper tells. */
function calls(before: Step, step: Step): boolean {
  const { place } = before;
  if (place.kind !== 'rule' || place.rule.target.kind === 'unknown') return step.depth > before.depth;
  return place.rule.target.kind === 'jump' && place.rule.target.chain === step.event.chain;
}

function ruleText({ event, place }: Step): string {
  switch (place.kind) {
    case 'rule':
      return `${event.number} ${targetName(place.rule.target) ?? 'counts only'}`;
    case 'policy':
      return `policy ${place.chain.policy ?? '?'}`;
    case 'return':
      return 'end of chain';
    default:
      return event.type === 'rule' ? `${event.number}` : `${event.type}:${event.number}`;
  }
}
