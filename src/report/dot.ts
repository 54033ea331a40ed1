/** The flow graph of all packets → a Graphviz digraph: a cluster for each hook and table. Nothing is left out. */
import { escapeDot } from '../text/escape-formats.ts';
import { boxLines, diagramOf, edgeLabel } from './diagram.ts';
import { FlowGraph, type GraphNode } from './flow-graph.ts';
import type { Renderer } from './renderer.ts';

export function dotRenderer(): Renderer {
  const graph = new FlowGraph();
  return {
    push: (record) => {
      if (record.type === 'walk') graph.add(record.walk);
      return '';
    },
    end: () => [dotText(graph)],
  };
}

const COLOURS = { bad: '#c00000', good: '#007000', warn: '#a06000' } as const;

function dotText(graph: FlowGraph): string {
  const { plain, clusters, edges, left } = diagramOf(graph);
  const many = graph.walks > 1;
  const lines = [
    'digraph walks {',
    '  graph [fontname="sans-serif", fontsize=11];',
    '  node [shape=box, fontname="monospace", fontsize=10];',
    '  edge [fontname="monospace", fontsize=9];',
  ];
  for (const node of plain) lines.push(`  ${box(node, many)}`);
  clusters.forEach(({ title, nodes }, i) => {
    lines.push(`  subgraph cluster_${i + 1} {`, `    label="${escapeDot(title)}";`);
    for (const node of nodes) lines.push(`    ${box(node, many)}`);
    lines.push('  }');
  });
  for (const edge of edges) {
    const label = edgeLabel(edge, many);
    const style = edge.kind === 'call' ? '' : ', style=bold';
    lines.push(`  ${edge.from.id} -> ${edge.to.id} [label="${escapeDot(label)}"${style}];`);
  }
  if (left !== null) lines.push(`  left [shape=note, label="${escapeDot(left)}"];`);
  lines.push('}');
  return `${lines.join('\n')}\n`;
}

function box(node: GraphNode, many: boolean): string {
  const [name = '', ...rules] = boxLines(node, many).map(escapeDot);
  const label = rules.length === 0 ? name : `${[name, ...rules].join('\\l')}\\l`;
  const colour =
    node.tone === 'bad' || node.tone === 'good' || node.tone === 'warn' ? COLOURS[node.tone] : null;
  const shape = node.kind === 'chain' ? '' : ', shape=oval';
  return `${node.id} [label="${label}"${shape}${colour === null ? '' : `, color="${colour}"`}];`;
}
