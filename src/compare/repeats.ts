/**
 * How packets fared that parted from the rules at the same place: a plain explanation that failed → whether
 * the costly search for a better one is worth it. Rules that are out of date make thousands of packets
 * diverge alike; after the first of them the search would only find the same again.
 */
import { stepName } from '../model/event.ts';
import type { Step, Walk } from '../model/walk.ts';
import type { Explanation } from './search.ts';

/** Packets that have to diverge alike before the next one is believed at once. */
const ENOUGH = 50;
/** Places remembered. */
const LIMIT = 10_000;

interface Fared {
  diverged: number;
  explained: number;
  /** What is known had to be answered otherwise to come as far as the packet came. */
  bent: boolean;
}

export class Repeats {
  readonly #places = new Map<string, Fared>();

  /** How all packets so far fared that parted here, if there were many and all diverged in the end. */
  hopeless(walk: Walk, failed: Explanation): { readonly bent: boolean } | null {
    const fared = this.#places.get(placeOf(walk, failed));
    return fared !== undefined && fared.explained === 0 && fared.diverged >= ENOUGH ? fared : null;
  }

  note(walk: Walk, failed: Explanation, explained: boolean, bent: boolean): void {
    const place = placeOf(walk, failed);
    let fared = this.#places.get(place);
    if (fared === undefined) {
      if (this.#places.size >= LIMIT) return;
      fared = { diverged: 0, explained: 0, bent };
      this.#places.set(place, fared);
    }
    if (explained) fared.explained++;
    else fared.diverged++;
    fared.bent = bent;
  }
}

/** What the rules say there, what the log has, and the field in which the two differ. */
function placeOf(walk: Walk, { observation }: Explanation): string {
  const { met, ahead, mismatch } = observation;
  const observed = walk.steps[met];
  const expected = ahead[0] === undefined ? '' : stepName(ahead[0]);
  return `${walk.packet.family} ${expected} ${observed === undefined ? '' : nameOf(observed)} ${mismatch?.field ?? ''}`;
}

/** Chains that these rules lack are one place: their names are input, and no search can explain them. */
function nameOf({ event, place }: Step): string {
  return place.kind === 'missing' ? `${event.table} missing` : stepName(event);
}
