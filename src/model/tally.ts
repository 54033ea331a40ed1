/** What the summary of an analysis counts: walks, as they pass, by how they ended and by their check. */
import type { Summary } from './analysis.ts';
import type { CheckStatus } from './check.ts';
import type { Disposition, Walk } from './walk.ts';

type LineCounts = Pick<Summary, 'lines' | 'records' | 'traceLines' | 'unparsed' | 'notOurs'>;

export class Tally {
  #walks = 0;
  readonly #dispositions: Partial<Record<Disposition, number>> = {};
  readonly #checks: Record<CheckStatus, number> = { agrees: 0, diverges: 0, incomplete: 0, unchecked: 0 };

  add({ disposition, check }: Walk): void {
    this.#walks++;
    this.#dispositions[disposition] = (this.#dispositions[disposition] ?? 0) + 1;
    this.#checks[check.status]++;
  }

  /** @param lines what was counted of the log */
  summary(lines: LineCounts): Summary {
    return {
      ...lines,
      walks: this.#walks,
      dispositions: this.#dispositions,
      checks: this.#checks,
      partial: false,
    };
  }
}
