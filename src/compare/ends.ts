/**
 * Packets that all end at one rule or policy although the rules let them go on: checked walks, in order → a
 * finding for each such place. A missing line is no divergence (law 5), and one packet's end tells nothing;
 * but lines lost by chance do not end many packets, one after another, at one place and nowhere else.
 * Counts runs of such ends: a packet that passes the place takes it off the list.
 */
import { type Finding, finding } from '../model/finding.ts';
import type { Chain } from '../model/ruleset.ts';
import type { SourceRef } from '../model/source.ts';
import type { Step, Walk } from '../model/walk.ts';
import { isBefore, type Position, type Positions } from './timeline.ts';

/** Packets, one after another, that have to end at a place before it is worth a word. */
const LEAST = 3;
/** How unlikely it must be that lost lines alone look like this: the logarithm of 1 in 10 million. */
const UNLIKELY = Math.log(1e7);
/** Places kept at most. */
const LIMIT = 10_000;

interface Suspect {
  readonly chain: Chain;
  readonly number: number;
  /** The end that began the run, and the step that should have followed it. */
  readonly at: SourceRef;
  readonly began: Position;
  readonly table: string;
  readonly next: string;
  /** Packets that ended here, and those of them that began after another of them had ended. */
  count: number;
  apart: number;
  /** Where the last of those that lie apart ended. */
  end: Position;
  /** Lines that should have followed. */
  lacking: number;
}

export class Ends {
  readonly #suspects = new Map<Chain, Suspect[]>();
  readonly #positions: Positions;
  #size = 0;
  /** Lines of all walks that agree, and lines that they lack. */
  #seen = 0;
  #lacking = 0;
  #lastStart: Position | null = null;

  constructor(positions: Positions) {
    this.#positions = positions;
  }

  /** The next walk, checked. */
  push(walk: Walk): void {
    const { check, steps } = walk;
    this.#pass(steps);
    if (check.status === 'diverges') return;
    this.#seen += steps.length;
    if (check.missing.length === 0) return;
    const lacking = check.missing.reduce((sum, { steps: lost }) => sum + lost.length, 0);
    this.#lacking += lacking;
    const [gap] = check.missing;
    const next = gap?.steps[0];
    // Of a walk that lacks lines before its end too, the end tells nothing.
    if (check.missing.length === 1 && gap?.after === steps.length - 1 && next !== undefined) {
      this.#end(steps, next, lacking);
    }
  }

  /** What was found, in the order in which it began. */
  findings(): readonly Finding[] {
    const many = [...this.#suspects.values()].flat().filter((each) => this.#apart(each) >= LEAST);
    const lost = many.reduce((rest, { lacking }) => rest - lacking, this.#lacking);
    // Lost lines among all, at least one: so likely does a packet lose all that follows one line, or less.
    const rate = (lost + 1) / (lost + this.#seen + 2);
    return many
      .filter((suspect) => -Math.log(rate) * this.#apart(suspect) >= UNLIKELY)
      .sort((a, b) => (isBefore(a.began, b.began) ? -1 : 1))
      .map(said);
  }

  /** Where a walk goes on is no place where all end. */
  #pass(steps: readonly Step[]): void {
    const [first] = steps;
    if (first !== undefined) this.#lastStart = this.#positions.of(first.event);
    if (this.#suspects.size === 0) return;
    for (let i = 0; i < steps.length - 1; i++) {
      const step = steps[i];
      const chain = step === undefined ? null : chainOf(step);
      const known = chain === null ? undefined : this.#suspects.get(chain);
      const at = known?.findIndex(({ number }) => number === step?.event.number) ?? -1;
      if (chain === null || known === undefined || at < 0) continue;
      known.splice(at, 1);
      this.#size--;
      if (known.length === 0) this.#suspects.delete(chain);
    }
  }

  #end(steps: readonly Step[], next: string, lacking: number): void {
    const begin = steps[0]?.event;
    const step = steps.at(-1);
    const chain = step === undefined ? null : chainOf(step);
    if (begin === undefined || step === undefined || chain === null) return;
    const { file, line, table, number } = step.event;
    const known = this.#suspects.get(chain) ?? [];
    const suspect = known.find((other) => other.number === number);
    const end = this.#positions.of(step.event);
    if (suspect !== undefined) {
      suspect.count++;
      suspect.lacking += lacking;
      if (!isBefore(suspect.end, this.#positions.of(begin))) return;
      suspect.apart++;
      suspect.end = end;
      return;
    }
    if (this.#size >= LIMIT) return;
    this.#size++;
    const at = { file, line, column: 1 };
    known.push({ chain, number, at, began: end, table, next, count: 1, apart: 1, end, lacking });
    this.#suspects.set(chain, known);
  }

  /** Packets of the run that lie apart; the last counts only if the log went on with another one. */
  #apart({ apart, end }: Suspect): number {
    return this.#lastStart !== null && isBefore(end, this.#lastStart) ? apart : apart - 1;
  }
}

function chainOf({ place }: Step): Chain | null {
  return place.kind === 'missing' || place.kind === 'ungiven' ? null : place.chain;
}

function said({ chain, number, at, table, next, count }: Suspect): Finding {
  const what = number <= chain.rules.length ? 'rule' : chain.builtin ? 'policy' : 'return';
  return finding('check.all-end', { table, chain: chain.name, number, what, next, count }, at);
}
