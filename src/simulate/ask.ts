/**
 * How an evaluation asks its oracle: each fact once a packet, each answer noted as an assumption with the
 * step that needed it. A condition that cannot be decided is a `Doubt`: the question that would decide it.
 */
import type { Address } from '../model/address.ts';
import type { Assumption, AssumptionKind } from '../model/check.ts';
import type { ContextKind } from '../model/context.ts';
import type { Match } from '../model/match.ts';
import type { Choice, Oracle, Unfilled } from '../model/oracle.ts';
import type { Rule } from '../model/ruleset.ts';
import type { Unknown } from '../model/ternary.ts';

/** A yes-or-no fact that nothing given tells. */
export interface Doubt extends Unknown {
  readonly kind: AssumptionKind;
  readonly key: string;
  readonly scope: 'packet' | 'connection' | 'host';
  readonly settledBy: ContextKind | null;
  /** The fact, and its contrary, in words. */
  readonly yes: string;
  readonly no: string;
  /** Of yes; null: no telling. */
  readonly probability: number | null;
  /** The condition asks for the contrary. */
  readonly inverted: boolean;
  /** What is taken unless the oracle knows better; undefined: no telling. */
  readonly known?: boolean | undefined;
  /** A third answer, in words: the packet dies in the condition. */
  readonly drops?: string | undefined;
  /** Called with the answer, so that later conditions know what follows from it. */
  readonly learn?: ((yes: boolean) => void) | undefined;
}

/** The packet dies in the match (par->hotdrop). */
export const HOTDROP = 'hotdrop';
export type Outcome = boolean | Doubt | typeof HOTDROP;

export function isDoubt(outcome: Outcome): outcome is Doubt {
  return typeof outcome === 'object';
}

/** The condition under `!`. */
export function invert(outcome: Outcome, not: boolean): Outcome {
  if (!not || outcome === HOTDROP) return outcome;
  return typeof outcome === 'boolean' ? !outcome : { ...outcome, inverted: !outcome.inverted };
}

type DoubtParts = Pick<Doubt, 'kind' | 'key' | 'yes' | 'no' | 'unknown'> & Partial<Doubt>;

export function doubt(parts: DoubtParts): Doubt {
  return { scope: 'packet', settledBy: null, probability: null, inverted: false, ...parts };
}

/** The field that routing fills in. */
const OUT_FIELD = 'out interface';

/** A condition on a field of the packet that is not known: `destination port is 80`. */
export function fieldDoubt(field: string, condition: string, learn?: (yes: boolean) => void): Doubt {
  return doubt({
    kind: 'packet',
    key: `packet ${field} ${condition}`,
    // Of a packet's fields, only where it leaves is for the host to say.
    settledBy: field === OUT_FIELD ? 'routes' : null,
    unknown: `packet field ${field} is not known`,
    yes: `the packet's ${field} is ${condition}`,
    no: `the packet's ${field} is not ${condition}`,
    learn,
  });
}

/** Thrown when the oracle gives a path up; caught where the path began. */
export class PathAbandoned extends Error {}

/** Who asks. */
export interface Asking {
  readonly rule: Rule | null;
  readonly match: Match | null;
}
export const NOBODY: Asking = { rule: null, match: null };

export class Asker {
  readonly oracle: Oracle;
  readonly assumptions: Assumption[] = [];
  /** Parts of the context that would have answered what they did not. */
  readonly wanting = new Set<ContextKind>();
  /** Of the answers so far; null once one had no telling. */
  probability: number | null = 1;
  /** Index of the step that comes next. */
  readonly #at: () => number;
  readonly #choices = new Map<string, number>();
  /** Whether what is known is asked too, so that the oracle may answer otherwise. */
  readonly overridable: boolean;
  /** A value was asked that only the kernel knew. */
  filled = false;
  #serial = 0;

  constructor(oracle: Oracle, at: () => number, overridable: boolean) {
    this.oracle = oracle;
    this.#at = at;
    this.overridable = overridable;
  }

  /**
   * A setting of the host that nobody saved: as on a plain router (DESIGN §3), unless the oracle knows
   * better. @param usual what it is there, in words; `contrary` what the oracle may say instead
   * @returns whether it is as usual
   */
  usual(key: string, usual: string, contrary: string): boolean {
    if (!this.overridable) return true;
    const answer = (fact: string): { fact: string; probability: null; holds: null } => ({
      fact,
      probability: null,
      holds: null,
    });
    const index = this.choose({
      kind: 'host',
      key: `setting ${key}`,
      scope: 'host',
      why: 'the settings of this host were not saved',
      settledBy: 'settings',
      rule: null,
      match: null,
      answers: [answer(usual), answer(contrary)],
      known: 0,
    });
    return index === 0;
  }

  /** A number that no other question of this evaluation has: for chance, which is new each time. */
  serial(): number {
    return this.#serial++;
  }

  /** The index of the chosen answer. Two equal keys are one question. */
  choose(question: Choice): number {
    const known = this.#choices.get(question.key);
    if (known !== undefined) return known;
    const index = this.oracle.choose(question);
    // What is known, or taken as on a plain router, is no assumption.
    if (index === question.known) {
      this.#choices.set(question.key, index);
      return index;
    }
    const answer = question.answers[index];
    if (answer === undefined) throw new PathAbandoned();
    this.#choices.set(question.key, index);
    if (question.settledBy !== null) this.wanting.add(question.settledBy);
    this.note(question.kind, answer.fact, question.settledBy);
    this.probability =
      this.probability === null || answer.probability === null ? null : this.probability * answer.probability;
    return index;
  }

  /** What was already answered, without asking. */
  answered(doubt: Doubt): boolean | undefined {
    const index = this.#choices.get(doubt.key);
    if (index !== undefined) return (index === 0) !== doubt.inverted;
    return doubt.known === undefined || this.overridable ? undefined : doubt.known !== doubt.inverted;
  }

  /** Whether the condition behind the doubt holds. */
  decide(doubt: Doubt, asking: Asking): boolean {
    const before = this.answered(doubt);
    if (before !== undefined) return before;
    const { probability } = doubt;
    const index = this.choose({
      kind: doubt.kind,
      key: doubt.key,
      scope: doubt.scope,
      why: doubt.unknown,
      settledBy: doubt.settledBy,
      rule: asking.rule,
      match: asking.match,
      known: doubt.known === undefined ? undefined : doubt.known ? 0 : 1,
      answers: [
        { fact: doubt.yes, probability, holds: !doubt.inverted },
        { fact: doubt.no, probability: probability === null ? null : 1 - probability, holds: doubt.inverted },
        ...(doubt.drops === undefined ? [] : [{ fact: doubt.drops, probability: null, holds: null }]),
      ],
    });
    doubt.learn?.(index === 0);
    return (index === 0) !== doubt.inverted;
  }

  /** Whether the condition holds, asked for where it is open. */
  holds(outcome: Outcome, asking: Asking): boolean {
    return isDoubt(outcome) ? this.decide(outcome, asking) : outcome === true;
  }

  /** Whether the answer was that the packet dies. */
  died({ key, drops }: Doubt): boolean {
    return drops !== undefined && this.#choices.get(key) === 2;
  }

  fillAddress(question: Unfilled<Address>): Address | undefined {
    return this.#fill(question, (asked) => this.oracle.fillAddress(asked));
  }

  fillNumber(question: Unfilled<number>): number | undefined {
    return this.#fill(question, (asked) => this.oracle.fillNumber(asked));
  }

  fillName(question: Unfilled<string>): string | undefined {
    return this.#fill(question, (asked) => this.oracle.fillName(asked));
  }

  note(kind: AssumptionKind, fact: string, settledBy: ContextKind | null = null): void {
    if (fact === '') return;
    const assumption = { at: this.#at(), kind, fact };
    this.assumptions.push(settledBy === null ? assumption : { ...assumption, settledBy });
  }

  #fill<T extends Address | number | string>(
    question: Unfilled<T>,
    answer: (question: Unfilled<T>) => T | undefined,
  ): T | undefined {
    this.filled = true;
    const value = answer(question);
    if (question.settledBy !== null) this.wanting.add(question.settledBy);
    if (value !== undefined) this.note(question.kind, question.fact(value), question.settledBy);
    return value;
  }
}
