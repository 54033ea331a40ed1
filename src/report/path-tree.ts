/**
 * Sequences of steps → small numbers: equal paths (same table, chain, type and number at each step, same
 * changes but for ttl, tos, length and the source port) give the same number. A tree of bounded size:
 * once it is full, or where it may not grow, a path that it does not hold has no number.
 */
import type { TraceEvent } from '../model/event.ts';
import type { Changes, Step } from '../model/walk.ts';
import { owned } from './own.ts';

interface Node {
  readonly id: number;
  readonly event: Pick<TraceEvent, 'table' | 'chain' | 'type' | 'number'>;
  readonly changes: string;
  /** The child taken last: consecutive walks are mostly alike. */
  recent: Node | null;
  /** By all that tells them apart: a chain of 10,000 services has as many, hostile names have no end. */
  children: Map<string, Node> | null;
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

  /**
   * Number of the path, or null if the tree is full and does not hold it.
   * @param mayGrow false: null too for a path that was never met with true
   */
  numberOf(steps: readonly Step[], mayGrow: boolean): number | null {
    let node = this.root;
    for (const step of steps) {
      const next = this.child(node, step, mayGrow);
      if (next === null) return null;
      node = next;
    }
    return node.id;
  }

  private child(node: Node, { event, changes, between }: Step, mayGrow: boolean): Node | null {
    const own = changes === null ? '' : changesKey(changes);
    const key = between === undefined ? own : `${own}|${changesKey(between)}`;
    if (node.recent !== null && isAt(node.recent, event, key)) return node.recent;
    return this.search(node, event, key, mayGrow);
  }

  private search(node: Node, event: TraceEvent, changes: string, mayGrow: boolean): Node | null {
    const { table, type, number } = event;
    const key = `${number} ${type} ${table} ${event.chain}\n${changes}`;
    let found = node.children?.get(key);
    if (found === undefined) {
      if (!mayGrow || this.size >= this.limit) return null;
      const chain = owned(event.chain);
      found = { id: this.size, event: { table, chain, type, number }, changes, recent: null, children: null };
      this.size += 1;
      node.children ??= new Map();
      node.children.set(owned(key), found);
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
