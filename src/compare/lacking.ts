/**
 * What packet after packet lacks: checked walks, in order → a finding for each rule or policy where all end
 * although the rules let them go on, and for each line that all go on without. A missing line is no divergence
 * (law 5), and one packet that lacks it tells nothing; but lines lost by chance do not lack at one place in
 * packet after packet. Counts runs: a packet that has what the others lack takes the place off the list.
 */
import { stepName } from '../model/event.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { Chain } from '../model/ruleset.ts';
import type { SourceRef } from '../model/source.ts';
import type { Step, Walk } from '../model/walk.ts';
import { isBefore, type Position, type Positions } from './timeline.ts';

/** Packets, one after another, that have to lack the same before it is worth a word. */
const LEAST = 3;
/** How unlikely it must be that lost lines alone look like this: the logarithm of 1 in 10 million. */
const UNLIKELY = Math.log(1e7);
/** Places kept at most. */
const LIMIT = 10_000;

/** The chain of what stands before a packet's first line. */
const BEGINNING = null;

interface Suspect {
  readonly chain: Chain | null;
  /** The line after which it lacks; 0: before the first. */
  readonly number: number;
  readonly table: string;
  /** The step that should have followed. */
  readonly next: string;
  readonly kind: 'end' | 'gap';
  /** The first of the run, in the log. */
  readonly at: SourceRef;
  readonly began: Position;
  /** Packets that lack it, and those of them that began after another of them had ended. */
  count: number;
  apart: number;
  /** Where the last of those that lie apart ended. */
  end: Position;
  /** Lines that should have been there. */
  lines: number;
}

export class Lacking {
  readonly #suspects = new Map<Chain | null, Suspect[]>();
  readonly #positions: Positions;
  #size = 0;
  /** Lines of all walks that agree, and lines that they lack. */
  #seen = 0;
  #lost = 0;
  #lastStart: Position | null = null;

  constructor(positions: Positions) {
    this.#positions = positions;
  }

  /** The next walk, checked. */
  push({ check, steps }: Walk): void {
    const [first] = steps;
    const last = steps.at(-1);
    if (first === undefined || last === undefined) return;
    this.#lastStart = this.#positions.of(first.event);
    if (this.#suspects.size > 0) this.#acquit(steps);
    if (check.status === 'diverges') return;
    this.#seen += steps.length;
    for (const { after, steps: lines } of check.missing) {
      this.#lost += lines.length;
      const [next] = lines;
      if (next === undefined) continue;
      const isEnd = after === steps.length - 1;
      // Of a walk that lacks lines before its end too, the end tells nothing.
      if (isEnd && check.missing.length > 1) continue;
      this.#accuse(steps, after, next, lines.length, isEnd ? 'end' : 'gap');
    }
  }

  /** What was found, in the order in which it began. */
  findings(): readonly Finding[] {
    const many = [...this.#suspects.values()].flat().filter((each) => this.#apart(each) >= LEAST);
    const lost = many.reduce((rest, { lines }) => rest - lines, this.#lost);
    // Lost lines among all, at least one: so likely is it that a packet lacks one of them.
    const rate = (lost + 1) / (lost + this.#seen + 2);
    return many
      .filter((suspect) => -Math.log(rate) * this.#apart(suspect) >= UNLIKELY)
      .sort((a, b) => (isBefore(a.began, b.began) ? -1 : 1))
      .map(said);
  }

  /** A walk that goes on from a place, or has the line that others lack. */
  #acquit(steps: readonly Step[]): void {
    this.#acquitAt(BEGINNING, 0, steps[0]);
    for (let i = 0; i < steps.length - 1; i++) {
      const step = steps[i];
      const chain = step === undefined ? null : chainOf(step);
      if (step !== undefined && chain !== null) this.#acquitAt(chain, step.event.number, steps[i + 1]);
    }
  }

  #acquitAt(chain: Chain | null, number: number, next: Step | undefined): void {
    const known = this.#suspects.get(chain);
    if (known === undefined || next === undefined) return;
    const guilty = known.filter(
      (suspect) =>
        suspect.number !== number || (suspect.kind === 'gap' && stepName(next.event) !== suspect.next),
    );
    if (guilty.length === known.length) return;
    this.#size -= known.length - guilty.length;
    if (guilty.length === 0) this.#suspects.delete(chain);
    else this.#suspects.set(chain, guilty);
  }

  #accuse(steps: readonly Step[], after: number, next: string, lines: number, kind: Suspect['kind']): void {
    const [begin] = steps;
    const last = steps.at(-1);
    const step = after < 0 ? begin : steps[after];
    if (begin === undefined || last === undefined || step === undefined) return;
    const chain = after < 0 ? BEGINNING : chainOf(step);
    if (chain === null && after >= 0) return;
    const number = after < 0 ? 0 : step.event.number;
    const known = this.#suspects.get(chain) ?? [];
    const suspect = known.find(
      (other) => other.number === number && other.kind === kind && (kind === 'end' || other.next === next),
    );
    const end = this.#positions.of(last.event);
    if (suspect !== undefined) {
      suspect.count++;
      suspect.lines += lines;
      if (!isBefore(suspect.end, this.#positions.of(begin.event))) return;
      suspect.apart++;
      suspect.end = end;
      return;
    }
    if (this.#size >= LIMIT) return;
    this.#size++;
    const { file, line, table } = step.event;
    const began = this.#positions.of(step.event);
    const at = { file, line, column: 1 };
    known.push({ chain, number, table, next, kind, at, began, count: 1, apart: 1, end, lines });
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

function said({ chain, number, at, table, next, kind, count }: Suspect): Finding {
  const what =
    chain === null ? 'begin' : number <= chain.rules.length ? 'rule' : chain.builtin ? 'policy' : 'return';
  const name = chain?.name ?? '';
  const code = kind === 'end' ? 'check.all-end' : 'check.all-lack';
  return finding(code, { table, chain: name, number, what, next, count }, at);
}
