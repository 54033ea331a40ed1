/**
 * What changed between a line and the walk's next, split into what the line's rule can have done and what
 * happened between (forwarding, routing, conntrack), and who last wrote the mark that a rule tests.
 */
import type { Packet } from '../model/packet.ts';
import { dportOf, sportOf } from '../model/packet.ts';
import type { Changes } from '../model/walk.ts';
import type { Effect } from './effect.ts';
import type { Node } from './node.ts';
import { translates, writesField } from './rewrite.ts';

type Mutable = { -readonly [Key in keyof Changes]: Changes[Key] };

export interface SplitChanges {
  readonly byRule: Changes | null;
  readonly between: Changes | null;
}

const NOTHING: SplitChanges = { byRule: null, between: null };

/** The changes from one line of a walk to the next. */
export function changesBetween(node: Node, next: Node): SplitChanges {
  // Most lines show the same packet.
  return node.event.packet === next.event.packet ? NOTHING : splitChanges(node, next);
}

function splitChanges(node: Node, next: Node): SplitChanges {
  const a = node.event.packet;
  const b = next.event.packet;
  const byRule: Mutable = {};
  const between: Mutable = {};
  const { effect } = node;
  // Over lost lines nobody knows which rule it was.
  const rule = next.gap ? between : byRule;
  if (a.mark !== b.mark) (writesField(effect, 'mark') ? rule : between).mark = [a.mark, b.mark];
  if (a.tos !== b.tos) (writesField(effect, 'tos') ? rule : between).tos = [a.tos, b.tos];
  if (a.length !== b.length) {
    (writesField(effect, 'length') ? rule : between).length = [a.length, b.length];
  }
  if (a.ttl !== b.ttl) addTtl(a, b, effect, writesField(effect, 'ttl') ? rule : between, between);
  const source = translates(effect, 'source') ? rule : between;
  if (a.src.text !== b.src.text) source.src = [a.src.text, b.src.text];
  if (sportOf(a) !== sportOf(b)) source.sport = [sportOf(a), sportOf(b)];
  const destination = translates(effect, 'destination') ? rule : between;
  if (a.dst.text !== b.dst.text) destination.dst = [a.dst.text, b.dst.text];
  if (dportOf(a) !== dportOf(b)) destination.dport = [dportOf(a), dportOf(b)];
  if (a.in !== b.in) between.in = [a.in, b.in];
  if (a.out !== b.out) between.out = [a.out, b.out];
  return { byRule: orNull(byRule), between: orNull(between) };
}

/** A TTL rule's value is shown before forwarding takes its one off, if the two fall together. */
function addTtl(a: Packet, b: Packet, { target }: Effect, rule: Mutable, between: Mutable): void {
  const set = target?.kind === 'TTL' && target.operation === 'set' ? target.value : null;
  if (set === null || set === b.ttl || set === a.ttl || rule === between) {
    rule.ttl = [a.ttl, b.ttl];
    return;
  }
  rule.ttl = [a.ttl, set];
  between.ttl = [set, b.ttl];
}

function orNull(changes: Mutable): Changes | null {
  for (const _ in changes) return changes;
  return null;
}

/** For each node of a walk, the index of the one that last wrote a bit of the mark it tests. */
export class MarkHistory {
  readonly #writes: { readonly index: number; readonly bits: number }[] = [];

  /** The last step that wrote a bit which the rule of `node` tests; null if it tests none, or none was written. */
  writerFor({ effect }: Node): number | null {
    const tested = effect.testsMark;
    if (tested === 0) return null;
    for (let i = this.#writes.length - 1; i >= 0; i--) {
      const write = this.#writes[i];
      if (write !== undefined && (write.bits & tested) !== 0) return write.index;
    }
    return null;
  }

  /** Notes what the step at `index` did. */
  add(index: number, { effect }: Node, changes: Changes | null): void {
    const shown = changes?.mark === undefined ? 0 : changes.mark[0] ^ changes.mark[1];
    const bits = effect.writesMark | shown;
    if (bits !== 0) this.#writes.push({ index, bits });
  }
}
