/**
 * What a step is under the rules (its place, hook, depth and the kernel's word for it) → its row id. Steps at
 * one rule share the rule, so most are found by that, without comparing a text.
 */
import type { Chain, Rule } from '../model/ruleset.ts';
import type { Step } from '../model/walk.ts';
import type { Database } from './driver.ts';
import { Interned, type Strings } from './interned.ts';

interface Known {
  readonly id: number;
  readonly hook: string;
  readonly type: string;
  readonly kind: string;
  readonly number: number;
  readonly depth: number;
}

/** Ways to be at one rule or chain that are looked through before the text is compared. */
const FEW = 8;

export class Spots {
  private readonly strings: Strings;
  private readonly interned: Interned;
  private readonly at = new Map<Rule | Chain, Known[]>();

  constructor(database: Database, strings: Strings) {
    this.strings = strings;
    this.interned = new Interned(database, 'spot', [
      'chain',
      'number',
      'tbl',
      'hook',
      'type',
      'place',
      'depth',
    ]);
  }

  id(step: Step): number {
    const { place, hook, depth, event } = step;
    if (place.kind === 'ungiven' || place.kind === 'missing') return this.settle(step);
    const where = place.kind === 'rule' ? place.rule : place.chain;
    let known = this.at.get(where);
    if (known === undefined) {
      known = [];
      this.at.set(where, known);
    }
    const { type, number } = event;
    for (const each of known) {
      if (
        each.depth === depth &&
        each.hook === hook &&
        each.type === type &&
        each.number === number &&
        each.kind === place.kind
      ) {
        return each.id;
      }
    }
    const id = this.settle(step);
    if (known.length < FEW) known.push({ id, hook, type, kind: place.kind, number, depth });
    return id;
  }

  private settle({ event, hook, depth, place }: Step): number {
    const { table, chain, type, number } = event;
    const key = `${hook} ${depth} ${place.kind} ${type} ${number} ${table} ${chain}`;
    return (
      this.interned.recent(key) ??
      this.interned.settle(key, [this.strings.id(chain), number, table, hook, type, place.kind, depth])
    );
  }
}
