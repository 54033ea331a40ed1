/**
 * A flow graph → what its drawings have in common: clusters by hook and table, label lines, edge labels. All
 * text is raw: each writer escapes it.
 */
import type { FlowGraph, GraphEdge, GraphNode } from './flow-graph.ts';

/** Most rules that a chain's box names. */
const NAMED_RULES = 5;

export interface Diagram {
  readonly plain: readonly GraphNode[];
  readonly clusters: readonly { readonly title: string; readonly nodes: readonly GraphNode[] }[];
  readonly edges: readonly GraphEdge[];
  /** What the drawing leaves out, in words; null: nothing. */
  readonly left: string | null;
}

/** @param limit Most edges: the rarest are left out, and boxes that nothing leads to any more. */
export function diagramOf(graph: FlowGraph, limit?: number): Diagram {
  const { edges, more } = graph.edges(limit);
  const met = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const clusters = new Map<string, GraphNode[]>();
  const plain: GraphNode[] = [];
  for (const node of graph.nodes()) {
    if (!met.has(node)) continue;
    if (node.hook === null) plain.push(node);
    else {
      const title = `${node.hook} ${node.table}`;
      clusters.set(title, [...(clusters.get(title) ?? []), node]);
    }
  }
  const left = [
    ...(more > 0 ? [`${more} rarer ways`] : []),
    ...(graph.beyond > 0 ? [`${graph.beyond} of ${graph.walks} packets`] : []),
  ];
  return {
    plain,
    clusters: [...clusters].map(([title, nodes]) => ({ title, nodes })),
    edges,
    left: left.length === 0 ? null : `left out: ${left.join(', ')}`,
  };
}

/** The lines of a box: its name, and what matched in it: the rules with most packets, in their order. */
export function boxLines(node: GraphNode, many: boolean): readonly string[] {
  const times = (count: number): string => (many ? ` · ${count}×` : '');
  if (node.kind !== 'chain') return [`${node.name}${times(node.count)}`];
  const rules = [...node.rules];
  const shown = rules
    .toSorted(([, a], [, b]) => b.count - a.count)
    .slice(0, NAMED_RULES)
    .sort(([a], [b]) => a - b)
    .map(([, { text, count }]) => `${text}${times(count)}`);
  const more = rules.length - shown.length;
  return [node.name, ...shown, ...(more > 0 ? [`and ${more} more`] : [])];
}

/** `3 · 12×`: the rule that led there, and how many packets. */
export function edgeLabel({ rule, count }: GraphEdge, many: boolean): string {
  const times = many ? `${count}×` : '';
  return [...(rule === null ? [] : [`${rule}`]), ...(times === '' ? [] : [times])].join(' · ');
}
