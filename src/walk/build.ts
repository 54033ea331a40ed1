/** The finished walk of a linked list of lines: steps with hook, depth, place and changes, gaps, disposition. */
import { uncheckedCheck } from '../model/check.ts';
import { type Hook, TABLES, type TableName } from '../model/hook.ts';
import type { Gap, Step, Walk } from '../model/walk.ts';
import { changesBetween, MarkHistory } from './changes.ts';
import { type Closing, endingOf } from './disposition.ts';
import { missingLines } from './gaps.ts';
import type { Host } from './host.ts';
import type { Node } from './node.ts';

/** The walk that ended with `last`. Its start must be numbered. */
export function buildWalk(last: Node, host: Host, closing: Closing): Walk {
  const nodes = listOf(last);
  const [first = last] = nodes;
  const hooks = hooksOf(nodes);
  const marks = new MarkHistory();
  const steps: Step[] = [];
  const gaps: Gap[] = [];
  const ungiven = new Set<TableName>();
  for (let index = 0; index < nodes.length; index++) {
    const node = nodes[index];
    if (node === undefined) break;
    if (node.gap) gaps.push({ after: index - 1, steps: missingLines(node.prev, node, host) });
    if (node.effect.place.kind === 'ungiven') ungiven.add(node.event.table);
    const step = buildStep(node, nodes[index + 1] ?? null, hooks[index] ?? node.hook, marks.writerFor(node));
    marks.add(index, node, step.changes);
    steps.push(step);
  }
  const ending = endingOf(first, last, host, closing);
  return {
    n: first.start.n,
    host: first.event.host,
    packet: first.event.packet,
    steps,
    gaps,
    disposition: ending.disposition,
    decidedBy: ending.decided ? steps.length - 1 : null,
    causedBy: first.start.cause?.n || null,
    check: uncheckedCheck(
      TABLES.filter((table) => ungiven.has(table)),
      gaps,
    ),
  };
}

function buildStep(node: Node, next: Node | null, hook: Hook, markSetBy: number | null): Step {
  const { event, frames, effect } = node;
  const split = next === null ? null : changesBetween(node, next);
  const depth = frames?.depth ?? 0;
  const changes = split?.byRule ?? null;
  const between = split?.between ?? null;
  // Two literals, as an object that is spread and added to comes with a hidden class of its own.
  return between === null
    ? { event, hook, depth, place: effect.place, changes, markSetBy }
    : { event, hook, depth, place: effect.place, changes, markSetBy, between };
}

function listOf(last: Node): Node[] {
  const nodes: Node[] = [];
  for (let node: Node | null = last; node !== null; node = node.prev) nodes.push(node);
  return nodes.reverse();
}

/** The hook of each line: a guess at the walk's beginning gives way to the first built-in chain's. */
function hooksOf(nodes: readonly Node[]): Hook[] {
  const hooks = nodes.map((node) => node.hook);
  for (let i = nodes.length - 2; i >= 0; i--) {
    const node = nodes[i];
    const next = nodes[i + 1];
    if (node === undefined || next === undefined || node.sure) continue;
    const known = hooks[i + 1];
    if (node.chain.table === next.chain.table && known !== undefined) hooks[i] = known;
  }
  return hooks;
}
