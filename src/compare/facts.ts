/**
 * What the lines of earlier packets proved about the host: answers by question, which later packets cannot
 * contradict. Only a rule's own line proves anything: all its conditions held. A setting that nobody saved
 * and that the lines contradict is corrected, and said once, at the end.
 */
import { type Finding, finding } from '../model/finding.ts';
import type { Walk } from '../model/walk.ts';
import type { Given, Observation } from './observation.ts';

/** Where a fact was proven. */
export interface Proof {
  readonly walk: number;
  readonly fact: string;
}

/** Facts kept at most; past it new ones are not kept. */
const LIMIT = 1 << 17;

export class Facts {
  readonly #settled = new Map<string, number>();
  readonly #proofs = new Map<string, Proof>();
  readonly #corrected = new Map<string, { readonly finding: Finding; readonly answer: number }>();
  /** Answers by the question's key. */
  get settled(): ReadonlyMap<string, number> {
    return this.#settled;
  }

  proofOf(key: string): Proof | null {
    return this.#proofs.get(key) ?? null;
  }

  /** Keeps what the explanation of a walk proved. */
  learn(walk: Walk, observation: Observation): void {
    for (const given of observation.proven) this.#settle(walk, given);
    for (const given of observation.overrides) {
      if (given.question.kind !== 'host') continue;
      this.#correct(walk, given);
      // That a walk ends is no proof: its end may be lost.
      if (given.at < walk.steps.length) this.#settle(walk, given);
    }
  }

  /** Settings that the lines contradict, but for those that other lines prove to be as usual. */
  findings(): readonly Finding[] {
    return [...this.#corrected].flatMap(([key, { finding: found, answer }]) =>
      (this.#settled.get(key) ?? answer) === answer ? [found] : [],
    );
  }

  #correct(walk: Walk, given: Given): void {
    const { key } = given.question;
    if (this.#corrected.has(key)) return;
    const event = walk.steps[Math.min(given.at, walk.steps.length - 1)]?.event;
    const at = event === undefined ? null : { file: event.file, line: event.line, column: 1 };
    const said = finding('check.setting', { fact: factOf(given) }, at);
    this.#corrected.set(key, { finding: said, answer: given.answer });
  }

  #settle(walk: Walk, given: Given): void {
    const { key } = given.question;
    if (this.#settled.has(key) || this.#settled.size >= LIMIT) return;
    this.#settled.set(key, given.answer);
    this.#proofs.set(key, { walk: walk.n, fact: factOf(given) });
  }
}

function factOf({ question, answer }: Given): string {
  return question.answers[answer]?.fact ?? '';
}
