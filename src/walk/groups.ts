/**
 * Where groups are found: by the hash of their identity, in a fixed number of buckets, each a list through the
 * groups themselves. Not a Map: one that takes and loses an entry for each packet makes a new table every few
 * packets, V8 links each old table to the next, and once one of them is in the old generation, all of them stay
 * there with what they held until it is collected as a whole (measured: a quarter of what a long log promotes).
 */
import type { Packet } from '../model/packet.ts';
import type { Group } from './group.ts';
import type { Host } from './host.ts';
import { sameIdentity } from './identity.ts';

/** Beyond, lists grow longer. */
const MOST_BUCKETS = 1 << 20;

export class Groups {
  readonly #buckets: (Group | null)[];
  readonly #mask: number;

  /** @param expected groups at a time that are found at once; more are found more slowly */
  constructor(expected: number) {
    let count = 1024;
    while (count < expected && count < MOST_BUCKETS) count *= 2;
    this.#mask = count - 1;
    this.#buckets = new Array<Group | null>(count).fill(null);
  }

  /** The group of a packet on a host; null: there is none. */
  find(hash: number, packet: Packet, host: Host): Group | null {
    let group = this.#buckets[hash & this.#mask] ?? null;
    while (
      group !== null &&
      (group.hash !== hash || group.host !== host || !sameIdentity(group.packet, packet))
    ) {
      group = group.sibling;
    }
    return group;
  }

  add(group: Group): void {
    const at = group.hash & this.#mask;
    group.sibling = this.#buckets[at] ?? null;
    this.#buckets[at] = group;
  }

  remove(group: Group): void {
    const at = group.hash & this.#mask;
    let before = this.#buckets[at] ?? null;
    if (before === group) {
      this.#buckets[at] = group.sibling;
    } else {
      while (before !== null && before.sibling !== group) before = before.sibling;
      if (before !== null) before.sibling = group.sibling;
    }
    group.sibling = null;
  }
}
