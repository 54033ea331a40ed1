/**
 * Finds a circle of jumps that a packet could enter from a hook. The kernel refuses such a table (mark_source_chains in
 * net/ipv4/netfilter/ip_tables.c); circles that no hook leads to are allowed.
 */
import type { Chain, Rule, Table } from '../model/ruleset.ts';

export interface Loop {
  /** The chains of the circle, the first again at the end. */
  readonly chains: readonly string[];
  /** The rule that closes it. */
  readonly at: Rule['source'];
}

interface Frame {
  readonly chain: Chain;
  next: number;
}

/** The first circle, or null. */
export function loopOf(table: Table): Loop | null {
  const done = new Set<string>();
  for (const start of table.chains.values()) {
    const loop = start.builtin && !done.has(start.name) ? search(table, start, done) : null;
    if (loop !== null) return loop;
  }
  return null;
}

function search(table: Table, start: Chain, done: Set<string>): Loop | null {
  const path: Frame[] = [{ chain: start, next: 0 }];
  const onPath = new Set([start.name]);
  for (let frame = path.at(-1); frame !== undefined; frame = path.at(-1)) {
    const rule = frame.chain.rules[frame.next++];
    if (rule === undefined) {
      done.add(frame.chain.name);
      onPath.delete(frame.chain.name);
      path.pop();
      continue;
    }
    const chain = rule.target.kind === 'jump' ? table.chains.get(rule.target.chain) : undefined;
    if (chain === undefined || done.has(chain.name)) continue;
    if (onPath.has(chain.name)) {
      const names = path.map((step) => step.chain.name);
      return { chains: [...names.slice(names.indexOf(chain.name)), chain.name], at: rule.source };
    }
    path.push({ chain, next: 0 });
    onPath.add(chain.name);
  }
  return null;
}
