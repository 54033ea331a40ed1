/** The filters of a comparison → which packets count, by their time, and which flows are told of, by all else. */
import type { Choice } from '../diff/index.ts';
import type { Walk } from '../model/walk.ts';
import { isFiltering, NO_FILTER, Selection } from '../report/index.ts';
import { type FilterOptions, filterOf } from './options.ts';

export class FlowChoice implements Choice {
  readonly #time: Selection;
  readonly #rest: Selection;

  private constructor(time: Selection, rest: Selection) {
    this.#time = time;
    this.#rest = rest;
  }

  /** Null if the options ask for nothing. */
  static of(options: FilterOptions): FlowChoice | null {
    const filter = filterOf(options);
    if (!isFiltering(filter)) return null;
    const { since, until } = filter;
    return new FlowChoice(
      new Selection({ ...NO_FILTER, since, until }),
      new Selection({ ...filter, since: null, until: null }),
    );
  }

  /** Packets that nothing tells the time of, though one was asked for. */
  get undated(): number {
    return this.#time.undated;
  }

  counts(walk: Walk): boolean {
    return this.#time.select({ type: 'walk', walk }) !== null;
  }

  chooses(walk: Walk): boolean {
    return this.#rest.select({ type: 'walk', walk }) !== null;
  }
}
