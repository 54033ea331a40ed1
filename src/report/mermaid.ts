/**
 * The flow graph of all packets → a Mermaid flowchart, as GitHub draws it. Mermaid draws at most 500 edges and
 * 50,000 characters: the rarest ways are left out, which a box says.
 */
import { escapeMermaid } from '../text/escape-formats.ts';
import { boxLines, type Diagram, diagramOf, edgeLabel } from './diagram.ts';
import { FlowGraph, type GraphNode } from './flow-graph.ts';
import type { Renderer } from './renderer.ts';

/** Edges tried in turn until the text is short enough. */
const EDGES = [450, 300, 200, 120, 60, 30];
/** Below Mermaid's maxTextSize, 50,000. */
const MOST_TEXT = 49_000;

export function mermaidRenderer(): Renderer {
  const graph = new FlowGraph();
  return {
    push: (record) => {
      if (record.type === 'walk') graph.add(record.walk);
      return '';
    },
    end: () => [mermaidText(graph)],
  };
}

/** The graph as Mermaid source. */
function mermaidText(graph: FlowGraph): string {
  let text = '';
  for (const limit of EDGES) {
    text = draw(diagramOf(graph, limit), graph.walks > 1);
    if (text.length <= MOST_TEXT) break;
  }
  return text;
}

function draw({ plain, clusters, edges, left }: Diagram, many: boolean): string {
  const lines = ['flowchart TB'];
  for (const node of plain) lines.push(`  ${node.id}${box(node, many)}`);
  clusters.forEach(({ title, nodes }, i) => {
    lines.push(`  subgraph g${i + 1}["${escapeMermaid(title)}"]`);
    for (const node of nodes) lines.push(`    ${node.id}${box(node, many)}`);
    lines.push('  end');
  });
  for (const edge of edges) {
    const label = edgeLabel(edge, many);
    const arrow = edge.kind === 'call' ? '-->' : '==>';
    lines.push(
      `  ${edge.from.id} ${arrow}${label === '' ? '' : `|"${escapeMermaid(label)}"|`} ${edge.to.id}`,
    );
  }
  if (left !== null) lines.push(`  left["${escapeMermaid(left)}"]`);
  if (plain.length === 0) lines.push('  none["no packets"]');
  lines.push('  classDef bad stroke:#c00,stroke-width:3px', '  classDef good stroke:#080');
  for (const tone of ['bad', 'good'] as const) {
    const ids = [...plain, ...clusters.flatMap(({ nodes }) => nodes)]
      .filter((node) => node.tone === tone)
      .map(({ id }) => id);
    if (ids.length > 0) lines.push(`  class ${ids.join(',')} ${tone}`);
  }
  return `${lines.join('\n')}\n`;
}

function box(node: GraphNode, many: boolean): string {
  const label = `"${boxLines(node, many).map(escapeMermaid).join('<br/>')}"`;
  return node.kind === 'chain' ? `[${label}]` : `([${label}])`;
}
