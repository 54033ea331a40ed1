/**
 * The observing oracle: one run of the evaluator, answered by what the kernel logged. It follows a script of
 * earlier answers, then its own look-ahead, and notes every other answer that it might have given, so that
 * a search can try them. Lines of the run that the log lacks are missing, not wrong; a run contradicts the
 * log only if it ends without having met every observed line.
 */
import type { Address } from '../model/address.ts';
import type { Assumption } from '../model/check.ts';
import type { Explain } from '../model/evaluator.ts';
import { type Hook, isBuiltin, type TableName } from '../model/hook.ts';
import type { Choice, LoggedStep, Oracle, PacketState, Unfilled, UngivenOutcome } from '../model/oracle.ts';
import { dportOf, markOf, type Packet, sportOf } from '../model/packet.ts';
import type { Rule } from '../model/ruleset.ts';
import type { Step } from '../model/walk.ts';
import { firstMismatch, type Mismatch } from './fields.ts';
import { changesShown } from './ungiven.ts';

/** A line that the rules print and the log lacks. */
export interface MissingLine {
  /** Index of the observed step after which it is missing; -1 before the first. */
  readonly after: number;
  readonly step: LoggedStep;
}

/** A way that the run might have gone instead: the answers that lead there, and what it costs at least. */
export interface Fork {
  readonly script: readonly number[];
  /** Observed steps met before it. */
  readonly met: number;
  readonly missing: number;
  readonly overrides: number;
}

/** An answer of the whole host that lines prove, or one against what the context tells. */
export interface Given {
  readonly question: Choice;
  readonly answer: number;
  /** Index of the observed step that shows it. */
  readonly at: number;
}

/** What a run is held against. */
export interface Observed {
  readonly steps: readonly Step[];
  /** This step is passed over, as if the log did not have it; -1: none. */
  readonly without: number;
  /** The packet counts as traced from its first line on, whatever the TRACE rules say. */
  readonly traced: boolean;
  /** A whole save was read: a table that it leaves out did nothing, unless lines of it are there. */
  readonly whole: boolean;
  /** What lines of earlier packets proved: answers by the question's key. */
  readonly settled: ReadonlyMap<string, number>;
  /** Whether the search may answer against what the context tells. */
  readonly mayOverride: boolean;
  /** Whether a setting that nobody saved may have ended the packet after its last line. */
  readonly silent?: boolean;
}

/** Called at the first line that comes where the observed step `at` does not. */
export interface Diagnose {
  readonly at: number;
  readonly look: (expected: LoggedStep, packet: PacketState, explain: Explain) => void;
}

/** Most values that are tried for one unknown field. */
const VALUES = 4;

/** Answers of one run after which no other is noted: rules that go in circles ask without end. */
const FORKING = 1000;

export class Observation implements Oracle {
  /** Lines before the last step met that the log lacks. */
  readonly missing: MissingLine[] = [];
  readonly assumptions: Assumption[] = [];
  readonly forks: Fork[] = [];
  readonly overrides: Given[] = [];
  readonly proven: Given[] = [];
  /** All answers about the host as a whole. */
  readonly given: Given[] = [];
  /** Of all questions about the host as a whole, known or not: what was answered. */
  readonly hostAnswers: { readonly key: string; readonly answer: number }[] = [];
  /** How many observed steps the run has met so far. */
  met: number;
  /** What the run had at each step that it met, by the step's index. */
  readonly lines: (LoggedStep | undefined)[] = [];
  /** A line was traced. */
  traced = false;
  /** Something was unknown after the last observed step: what follows it is not certain. */
  open = false;
  /** Lines would have followed all the same. */
  more = false;
  /** The next line after the last step met had the right name but another packet. */
  mismatch: Mismatch | null = null;
  /** Lines that come after the last step met. They are missing once another step is met. */
  #ahead: LoggedStep[] = [];
  #asked: Given[] = [];
  /** Settings taken as usual since the last step met. */
  #usual: Given[] = [];
  readonly #observed: Observed;
  readonly #script: readonly number[];
  readonly #diagnose: Diagnose | null;
  readonly #taken: number[] = [];

  constructor(observed: Observed, script: readonly number[], diagnose: Diagnose | null = null) {
    this.#observed = observed;
    this.#script = script;
    this.#diagnose = diagnose;
    this.met = observed.without === 0 ? 1 : 0;
  }

  /** Lines that the rules print after the last step met, as far as they are certain. */
  get ahead(): readonly LoggedStep[] {
    return this.#ahead;
  }

  get complete(): boolean {
    return this.met === this.#observed.steps.length;
  }

  choose(question: Choice): number {
    const answer = this.#choose(question);
    if (question.scope === 'host' || question.kind === 'host')
      this.hostAnswers.push({ key: question.key, answer });
    return answer;
  }

  #choose(question: Choice): number {
    const known = question.known ?? null;
    if (this.complete) return this.#chooseAfter(question);
    const settled = this.#observed.settled.get(question.key);
    const preferred = settled ?? known ?? this.#lookAhead(question);
    const closed = settled !== undefined || (known !== null && !this.#observed.mayOverride);
    // Of a question that is closed nobody reads the answers: making them costs.
    const options = closed ? 0 : question.answers.length;
    const answer = this.#decide(options, preferred, closed, known, (index) =>
      question.answers[index]?.holds === true && !this.#isNext(question.rule) ? 1 : 0,
    );
    this.#note(question, answer, known);
    return answer;
  }

  /** After the last observed step nothing is assumed: what is not known leaves the rest open. */
  #chooseAfter(question: Choice): number {
    const { known, key, kind } = question;
    const settled = this.#observed.settled.get(key);
    if (settled !== undefined) return settled;
    if (known === undefined) {
      this.open = true;
      return 0;
    }
    if (this.#observed.silent !== true || kind !== 'host') return known;
    const answer = this.#decide(question.answers.length, known, false, known, () => 0);
    if (answer !== known) this.overrides.push({ question, answer, at: this.met });
    return answer;
  }

  fillAddress(question: Unfilled<Address>): Address | undefined {
    const { field } = question;
    const shown = (packet: Packet): Address | null => (field === 'src' ? packet.src : packet.dst);
    return this.#fill(question, shown, (a, b) => a.text === b.text);
  }

  fillNumber(question: Unfilled<number>): number | undefined {
    const { field } = question;
    const shown = (packet: Packet): number | null =>
      field === 'mark' ? markOf(packet) : field === 'sport' ? sportOf(packet) : dportOf(packet);
    return this.#fill(question, shown, (a, b) => a === b);
  }

  fillName(question: Unfilled<string>): string | undefined {
    const shown = (packet: Packet): string | null => (packet.out === '' ? null : packet.out);
    return this.#fill(question, shown, (a, b) => a === b);
  }

  step(step: LoggedStep, packet: PacketState, traced: boolean, explain: Explain): boolean {
    if (traced) this.traced = true;
    else if (!this.#observed.traced) return true;
    const next = this.#next;
    if (next !== undefined && isNamed(step, next)) {
      const mismatch = firstMismatch(packet, next.event.packet, step.hook);
      if (mismatch === null) {
        this.#meet(step);
        return true;
      }
      if (this.#ahead.length === 0) this.mismatch = mismatch;
    }
    if (this.#diagnose !== null && this.#diagnose.at === this.met && this.#ahead.length === 0) {
      this.#diagnose.look(step, packet, explain);
    }
    if (this.open) this.more = true;
    else this.#ahead.push(step);
    return true;
  }

  ungiven(hook: Hook, table: TableName, packet: PacketState): UngivenOutcome | null {
    let next = this.#next;
    let lines = 0;
    while (next !== undefined && isIn(next, hook, table)) {
      lines++;
      this.#advance();
      next = this.#next;
    }
    if (next === undefined) {
      if (lines > 0) this.open = true;
      return { verdict: 'ACCEPT', changes: null };
    }
    // Its lines may be lost, and what the next line shows may be other rules' work, whose lines are lost too.
    const idle = lines === 0 && this.#observed.whole;
    const changes = idle ? null : changesShown(packet, hook, next);
    const taken = changes !== null && this.#decide(2, lines > 0 ? 0 : 1, false, null, () => 0) === 0;
    return { verdict: 'ACCEPT', changes: taken ? changes : null };
  }

  get #next(): Step | undefined {
    return this.#observed.steps[this.met];
  }

  #isNext(rule: Rule | null): boolean {
    const event = this.#next?.event;
    if (event === undefined || rule === null) return false;
    return event.number === rule.number && event.chain === rule.chain && event.table === rule.table;
  }

  #lookAhead(question: Choice): number {
    if (question.rule === null || question.answers[0]?.holds === null) return 0;
    const holds = this.#isNext(question.rule);
    return Math.max(
      0,
      question.answers.findIndex((answer) => answer.holds === holds),
    );
  }

  /** Takes the scripted option, or the preferred one and notes the others as forks. */
  #decide(
    options: number,
    preferred: number,
    closed: boolean,
    known: number | null,
    lines: (option: number) => number,
  ): number {
    const scripted = this.#script[this.#taken.length];
    const answer = scripted ?? preferred;
    if (scripted === undefined && !closed && this.#taken.length < FORKING) {
      for (let option = 0; option < options; option++) {
        if (option === answer) continue;
        this.forks.push({
          script: [...this.#taken, option],
          met: this.met,
          missing: this.missing.length + this.#ahead.length + lines(option),
          overrides: this.overrides.length + (known === null ? 0 : 1),
        });
      }
    }
    this.#taken.push(answer);
    return answer;
  }

  #note(question: Choice, answer: number, known: number | null): void {
    if (answer === known && question.kind !== 'host') return;
    const given = { question, answer, at: this.met };
    if (answer === known) {
      this.#usual.push(given);
      return;
    }
    const fact = question.answers[answer]?.fact ?? '';
    if (known !== null) {
      this.overrides.push(given);
      if (question.kind === 'host') return;
      this.#assume({ at: this.met, kind: 'unseen', fact });
      return;
    }
    this.#assume({ at: this.met, kind: question.kind, fact, ...tellerOf(question) });
    if (question.scope !== 'host') return;
    this.given.push(given);
    if (question.answers[answer]?.holds === true) this.#asked.push(given);
  }

  #assume(assumption: Assumption): void {
    if (assumption.fact === '') return;
    const known =
      assumption.kind !== 'chance' && this.assumptions.some(({ fact }) => fact === assumption.fact);
    if (!known) this.assumptions.push(assumption);
  }

  #fill<T>(
    question: Unfilled<T>,
    shown: (packet: Packet) => T | null,
    same: (a: T, b: T) => boolean,
  ): T | undefined {
    if (this.complete) {
      return question.likely;
    }
    const values: T[] = [];
    const add = (value: T | null | undefined): void => {
      if (value === null || value === undefined || !question.allows(value)) return;
      if (values.length < VALUES && !values.some((known) => same(known, value))) values.push(value);
    };
    for (let i = this.met; i < this.#observed.steps.length && values.length < VALUES; i++) {
      const step = this.#observed.steps[i];
      if (step !== undefined && i !== this.#observed.without) add(shown(step.event.packet));
    }
    add(question.likely);
    const value = values[this.#decide(values.length, 0, false, null, () => 0)];
    if (value !== undefined) {
      const fact = question.fact(value);
      this.#assume({ at: this.met, kind: question.kind, fact, ...tellerOf(question) });
    }
    return value;
  }

  #meet(step: LoggedStep): void {
    if (this.#asked.length > 0) {
      for (const given of this.#asked) if (given.question.rule === step.rule) this.proven.push(given);
      this.#asked = [];
    }
    // What would have ended the packet between two hooks did not.
    if (this.#usual.length > 0) {
      const before = this.lines.findLast((line) => line !== undefined);
      if (before !== undefined && before.hook !== step.hook) this.proven.push(...this.#usual);
      this.#usual = [];
    }
    for (const line of this.#ahead) this.missing.push({ after: this.#last, step: line });
    this.lines[this.met] = step;
    this.#advance();
  }

  /** Index of the last step met; -1 before the first. */
  get #last(): number {
    const last = this.met - 1;
    return last >= 0 && last === this.#observed.without ? last - 1 : last;
  }

  #advance(): void {
    if (this.#ahead.length > 0) this.#ahead = [];
    this.mismatch = null;
    this.met++;
    if (this.met === this.#observed.without) this.met++;
  }
}

/** The file that would have told, as an assumption names it. */
function tellerOf({ settledBy }: Pick<Choice, 'settledBy'>): Pick<Assumption, 'settledBy'> {
  return settledBy === null ? {} : { settledBy };
}

/** Whether the step is of this table and may be of this hook: which one is only certain of a built-in chain. */
function isIn({ event }: Step, hook: Hook, table: TableName): boolean {
  if (event.table !== table) return false;
  if (isBuiltin(table, event.chain)) return event.chain === hook;
  const { in: from, out: to } = event.packet;
  if (hook === 'FORWARD') return from !== '' && to !== '';
  return hook === 'OUTPUT' || hook === 'POSTROUTING' ? to !== '' : from !== '' && to === '';
}

/**
 * Whether the line has the observed step's name, as far as the rules can tell. The hook is no part of it: a
 * built-in chain names it, and where the line that leads to a user chain is lost, nobody knows it.
 */
export function isNamed(step: LoggedStep, observed: Step): boolean {
  const { event } = observed;
  return (
    event.number === step.number &&
    event.chain === step.chain &&
    event.table === step.table &&
    (event.type === step.type || (step.alsoRule && event.type === 'rule'))
  );
}
