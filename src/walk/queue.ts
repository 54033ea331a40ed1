/**
 * Groups by the age of their last line, oldest first: a linked list through the groups themselves, so that
 * moving one costs nothing. Two lists: those that moved lately, and those that only wait for their walks to be
 * given up.
 */
import type { Group } from './group.ts';

export class AgeQueue {
  #oldest: Group | null = null;
  #youngest: Group | null = null;

  get oldest(): Group | null {
    return this.#oldest;
  }

  /** Adds the group as the youngest, out of the list that it is in. */
  add(group: Group): void {
    if (this.#youngest === group) return;
    group.queue?.remove(group);
    group.queue = this;
    group.older = this.#youngest;
    group.younger = null;
    if (this.#youngest === null) this.#oldest = group;
    else this.#youngest.younger = group;
    this.#youngest = group;
  }

  remove(group: Group): void {
    if (group.queue !== this) return;
    group.queue = null;
    if (group.older === null) this.#oldest = group.younger;
    else group.older.younger = group.younger;
    if (group.younger === null) this.#youngest = group.older;
    else group.younger.older = group.older;
    group.older = null;
    group.younger = null;
  }
}
