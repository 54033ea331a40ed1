/**
 * Small changes to a saved rule set, or to one observed step: what the check has to find. Rules are changed
 * as text, so that nothing here shares code with what reads them.
 */

import { parseAddress } from '../../src/model/address.ts';
import type { TraceEvent } from '../../src/model/event.ts';

export interface Mutation {
  readonly kind: string;
  /** The rule as it was. */
  readonly rule: string;
  readonly text: string;
}

interface Change {
  readonly kind: string;
  /** The lines that stand for the rule's line; null: does not apply to it. */
  readonly apply: (line: string, next: string | undefined) => readonly string[] | null;
  /** Also takes the place of the next line. */
  readonly takesNext?: boolean;
}

function replaced(
  line: string,
  pattern: RegExp,
  by: string | ((...found: string[]) => string),
): readonly string[] | null {
  const changed = typeof by === 'string' ? line.replace(pattern, by) : line.replace(pattern, by);
  return changed === line ? null : [changed];
}

const CHANGES: readonly Change[] = [
  { kind: 'address', apply: (line) => replaced(line, /-([sd]) \d[\d.]+\/\d+/, '-$1 203.0.113.0/24') },
  {
    kind: 'address',
    apply: (line) => replaced(line, /-([sd]) [0-9a-f]*:[0-9a-f:]+\/\d+/, '-$1 2001:db8:77::/64'),
  },
  {
    kind: 'destination of DNAT',
    apply: (line) => replaced(line, /(--to-destination) [\d.]+/, '$1 203.0.113.9'),
  },
  { kind: 'port', apply: (line) => replaced(line, /--(dports?|sports?) [\d:,]+/, '--$1 61234') },
  {
    kind: 'mark set',
    apply: (line) => replaced(line, /--set-xmark 0x[0-9a-f]+\//, '--set-xmark 0x2000000/'),
  },
  { kind: 'mark tested', apply: (line) => replaced(line, /--mark 0x[0-9a-f]+/, '--mark 0x4000000') },
  { kind: 'inverted', apply: (line) => replaced(line, / (-[sdiop] [^!\s]+)/, ' ! $1') },
  { kind: 'interface', apply: (line) => replaced(line, /-([io]) \S+/, '-$1 other9') },
  { kind: 'target', apply: (line) => replaced(line, /-j (ACCEPT|RETURN)$/, '-j DROP') },
  { kind: 'target', apply: (line) => replaced(line, /-j DROP$/, '-j ACCEPT') },
  { kind: 'target', apply: (line) => replaced(line, /-j MARK --set-xmark \S+$/, '-j RETURN') },
  { kind: 'deleted', apply: () => [] },
  { kind: 'inserted', apply: (line) => [replaced(line, /(-A \S+) .*/, '$1 -p 200 -j LOG')?.[0] ?? '', line] },
  { kind: 'order', takesNext: true, apply: (line, next) => (next === undefined ? null : [next, line]) },
];

function chainIn(line: string | undefined): string | null {
  return line?.match(/^(?:\[\d+:\d+\] )?-A (\S+)/)?.[1] ?? null;
}

/** Every change of every rule of a save file. */
export function ruleMutations(save: string): Mutation[] {
  const lines = save.split('\n');
  const mutations: Mutation[] = [];
  lines.forEach((line, i) => {
    const chain = chainIn(line);
    if (chain === null) return;
    const next = chainIn(lines[i + 1]) === chain ? lines[i + 1] : undefined;
    if (next === line) return;
    for (const { kind, apply, takesNext = false } of CHANGES) {
      const changed = apply(line, next);
      if (changed === null) continue;
      const text = [...lines.slice(0, i), ...changed, ...lines.slice(i + (takesNext ? 2 : 1))].join('\n');
      mutations.push({ kind, rule: line, text });
    }
  });
  return mutations;
}

/** Changes of one observed step. */
export const STEP_CHANGES: Readonly<Record<string, (event: TraceEvent) => TraceEvent>> = {
  'number up': (event) => ({ ...event, number: event.number + 1 }),
  'number down': (event) => ({ ...event, number: Math.max(1, event.number - 1) }),
  chain: (event) => ({ ...event, chain: `${event.chain}x` }),
  mark: (event) => ({ ...event, packet: { ...event.packet, mark: (event.packet.mark ^ 0x100000) >>> 0 } }),
  ttl: (event) => ({ ...event, packet: { ...event.packet, ttl: event.packet.ttl + 3 } }),
  destination: (event) => ({
    ...event,
    packet: {
      ...event.packet,
      dst: parseAddress(event.packet.family === 'ipv4' ? '203.0.113.77' : '2001:db8::77') ?? event.packet.dst,
    },
  }),
};

/** Numbers from a seed, each below `limit`: the same on every machine (mulberry32). */
export function seeded(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}
