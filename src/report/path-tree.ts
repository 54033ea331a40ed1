/**
 * Sequences of steps → small numbers: equal paths (same table, chain, type and number at each step, same
 * changes but for ttl, tos, length and the source port) give the same number. A tree of bounded size:
 * once it is full, a path that it does not hold has no number.
 */
import type { TraceEvent } from '../model/event.ts';
import type { Changes, Step } from '../model/walk.ts';

interface Node {
  readonly id: number;
  readonly event: Pick<TraceEvent, 'table' | 'chain' | 'type' | 'number'>;
  readonly changes: string;
  /** The child taken last: consecutive walks are mostly alike. */
  recent: Node | null;
  /** Children by rule number: a chain of 10,000 services has as many. */
  children: Map<number, Node[]> | null;
}

const ROOT_EVENT = { table: 'raw', chain: '', type: 'rule', number: 0 } as const;

export class PathTree {
  private readonly root: Node = { id: 0, event: ROOT_EVENT, changes: '', recent: null, children: null };
  private readonly limit: number;
  private size = 1;

  /** @param limit Most nodes; a node takes about 150 bytes. */
  constructor(limit = 200_000) {
    this.limit = limit;
  }

  /** Number of the path, or null if the tree is full and does not hold it. */
  numberOf(steps: readonly Step[]): number | null {
    let node = this.root;
    for (const step of steps) {
      const next = this.child(node, step);
      if (next === null) return null;
      node = next;
    }
    return node.id;
  }

  private child(node: Node, { event, changes, between }: Step): Node | null {
    const own = changes === null ? '' : changesKey(changes);
    const key = between === undefined ? own : `${own}|${changesKey(between)}`;
    if (node.recent !== null && isAt(node.recent, event, key)) return node.recent;
    return this.search(node, event, key);
  }

  private search(node: Node, event: TraceEvent, key: string): Node | null {
    const bucket = node.children?.get(event.number);
    let found = bucket?.find((each) => isAt(each, event, key)) ?? null;
    if (found === null) {
      if (this.size >= this.limit) return null;
      const { table, chain, type, number } = event;
      found = {
        id: this.size,
        event: { table, chain, type, number },
        changes: key,
        recent: null,
        children: null,
      };
      this.size += 1;
      node.children ??= new Map();
      if (bucket === undefined) node.children.set(number, [found]);
      else bucket.push(found);
    }
    node.recent = found;
    return found;
  }
}

function isAt({ event, changes }: Node, other: TraceEvent, key: string): boolean {
  return (
    event.number === other.number &&
    event.chain === other.chain &&
    event.type === other.type &&
    event.table === other.table &&
    changes === key
  );
}

function changesKey({ mark, src, dst, dport, in: device, out }: Changes): string {
  if (mark === undefined && src === undefined && dst === undefined && dport === undefined) {
    return device === undefined && out === undefined ? '' : `${pairKey(device)} ${pairKey(out)}`;
  }
  return `${pairKey(mark)} ${pairKey(src)} ${pairKey(dst)} ${pairKey(dport)} ${pairKey(device)} ${pairKey(out)}`;
}

function pairKey(pair: readonly [unknown, unknown] | undefined): string {
  return pair === undefined ? '' : `${pair[0]},${pair[1]}`;
}
