/**
 * Recognises rules that are not those that were traced: diverging walks, as they pass → findings at the end.
 * Unknown chains and numbers past the end show by themselves; a rule put in, taken out or moved is tried on
 * the walks that diverge, and named if it explains them. Bounded: a fixed number of trials in all.
 */
import type { Evaluator } from '../model/evaluator.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { Chain, Ruleset } from '../model/ruleset.ts';
import type { SourceRef } from '../model/source.ts';
import { targetName } from '../model/target.ts';
import type { Step, Walk } from '../model/walk.ts';
import { type Ground, observedOf } from './diverging.ts';
import { guessTarget } from './guess.ts';
import { search } from './search.ts';
import { type ChainName, chainOf, type Edit, edited } from './variants.ts';

/** Runs of the evaluator that may be spent on trying edits, in all. */
const RUNS = 6000;
/** And on one walk. */
const TRIAL_RUNS = 24;
/** Rules that are made ready for edits, in all: an edited rule set is made ready anew, half a microsecond a rule (measured). */
const READY_RULES = 3_000_000;
/** Edits of one chain that are kept. */
const EDITS = 200;
/** Chains that the rules lack of which it is told: names are input. */
const UNKNOWN = 1000;
/** Agreeing walks that are held against an edit, for each chain. */
const WITNESSES = 100;

interface Hypothesis {
  readonly edit: Edit;
  readonly ruleset: Ruleset;
  readonly first: SourceRef;
  explained: number;
  /** Walks that agree with the rules as given, and would not with the edit. */
  against: number;
}

interface Suspect {
  readonly name: ChainName;
  readonly hypotheses: Hypothesis[];
  diverging: number;
  witnesses: number;
}

interface Unknown {
  readonly code: 'rules.unknown-chain' | 'rules.past-end';
  readonly args: Record<string, string | number>;
  readonly at: SourceRef;
  /** Packets that came there, and the last of them. */
  count: number;
  last: number;
}

export class Stale {
  readonly #suspects = new Map<string, Suspect>();
  readonly #unknown = new Map<string, Unknown>();
  #runs = RUNS;
  #readyRules = READY_RULES;
  #size: { readonly ruleset: Ruleset; readonly rules: number } | null = null;

  /** A walk that diverges: notes what the rules lack, and tries what would explain it. */
  diverged(walk: Walk, ground: Ground): void {
    const at = walk.check.divergence?.at ?? walk.steps.length;
    const step = walk.steps[at];
    if (step === undefined) return;
    for (const unknown of walk.steps) this.#noteUnknown(unknown, walk.n, ground);
    for (const name of chainsAround(walk, at)) this.#try(name, walk, at, ground);
  }

  /** Nothing is tried: walks that agree need not be told. */
  get isIdle(): boolean {
    return this.#suspects.size === 0;
  }

  /** A walk that agrees: it may speak against an edit. */
  agreed(walk: Walk, ground: Ground): void {
    if (this.#suspects.size === 0) return;
    for (const suspect of this.#suspects.values()) {
      if (suspect.witnesses >= WITNESSES || this.#spent) continue;
      if (!walk.steps.some((step) => isIn(step, suspect.name))) continue;
      suspect.witnesses++;
      for (const hypothesis of suspect.hypotheses) {
        if (!this.#spent && !this.#explains(hypothesis.ruleset, walk, ground)) hypothesis.against++;
      }
    }
  }

  /** What was found: what shows by itself, then what explains, each in the order in which it was met. */
  findings(): readonly Finding[] {
    const edits: Finding[] = [];
    const explained = new Set<string>();
    for (const [key, suspect] of this.#suspects) {
      const edit = bestOf(suspect);
      if (edit === null) continue;
      edits.push(edit);
      explained.add(key);
    }
    const unknown = [...this.#unknown].flatMap(([key, { code, args, at, count }]) =>
      // A rule that these rules lack leaves a number past their end.
      code === 'rules.unknown-chain' || !explained.has(key) ? [finding(code, { ...args, count }, at)] : [],
    );
    return [...unknown, ...edits];
  }

  #noteUnknown(step: Step, walk: number, { ruleset }: Ground): void {
    if (step.place.kind !== 'missing') return;
    const { event } = step;
    const chain = chainOf(ruleset, nameOf(step));
    const key = `${event.packet.family} ${event.table} ${event.chain}`;
    const known = this.#unknown.get(key);
    if (known !== undefined) {
      if (known.last !== walk) known.count++;
      known.last = walk;
      return;
    }
    if (this.#unknown.size >= UNKNOWN) return;
    const at = { file: event.file, line: event.line, column: 1 };
    const args = { table: event.table, chain: event.chain };
    this.#unknown.set(
      key,
      chain === null
        ? { code: 'rules.unknown-chain', args, at, count: 1, last: walk }
        : {
            code: 'rules.past-end',
            args: { ...args, number: event.number, rules: chain.rules.length },
            at,
            count: 1,
            last: walk,
          },
    );
  }

  #try(name: ChainName, walk: Walk, at: number, ground: Ground): void {
    // Of a chain that the rules lack there is nothing to edit, and its name is input.
    if (this.#spent || chainOf(ground.ruleset, name) === null) return;
    const suspect = this.#suspectOf(name);
    suspect.diverging++;
    let explained = false;
    for (const hypothesis of suspect.hypotheses) {
      if (this.#spent || !this.#explains(hypothesis.ruleset, walk, ground)) continue;
      hypothesis.explained++;
      explained = true;
    }
    if (explained || suspect.hypotheses.length >= EDITS) return;
    const event = walk.steps[at]?.event;
    if (event === undefined) return;
    const first = { file: event.file, line: event.line, column: 1 };
    for (const edit of editsAt(name, walk, at, ground.ruleset)) {
      if (this.#spent) return;
      if (suspect.hypotheses.some((known) => same(known.edit, edit))) continue;
      const ruleset = edited(ground.ruleset, name, edit);
      if (ruleset === null || !this.#explains(ruleset, walk, ground)) continue;
      suspect.hypotheses.push({ edit, ruleset, first, explained: 1, against: 0 });
    }
  }

  #suspectOf(name: ChainName): Suspect {
    const key = `${name.family} ${name.table} ${name.chain}`;
    let suspect = this.#suspects.get(key);
    if (suspect === undefined) {
      suspect = { name, hypotheses: [], diverging: 0, witnesses: 0 };
      this.#suspects.set(key, suspect);
    }
    return suspect;
  }

  get #spent(): boolean {
    return this.#runs <= 0 || this.#readyRules <= 0;
  }

  #rulesOf(ruleset: Ruleset): number {
    if (this.#size?.ruleset !== ruleset) {
      const chains = ruleset.tables.flatMap((table) => [...table.chains.values()]);
      this.#size = { ruleset, rules: chains.reduce((sum, { rules }) => sum + rules.length + 1, 0) };
    }
    return this.#size.rules;
  }

  #explains(ruleset: Ruleset, walk: Walk, ground: Ground): boolean {
    this.#readyRules -= this.#rulesOf(ground.ruleset);
    const observed = { ...observedOf(walk, -1, ground), mayOverride: true };
    const found = search(this.#counted(ground.evaluator.under(ruleset)), ground.starts, observed, {
      runs: TRIAL_RUNS,
    });
    return found?.observation.complete === true && found.observation.missing.length === 0;
  }

  /** The evaluator as long as there are runs left; then it gives every path up. */
  #counted(evaluator: Evaluator): Evaluator {
    return {
      run: (packet, oracle, options) => (this.#runs-- > 0 ? evaluator.run(packet, oracle, options) : null),
      under: (ruleset) => evaluator.under(ruleset),
      repeat: () => null,
      forgetSavedConnections: () => evaluator.forgetSavedConnections(),
    };
  }
}

function nameOf({ event }: Step): ChainName {
  return { family: event.packet.family, table: event.table, chain: event.chain };
}

function isIn({ event }: Step, { family, table, chain }: ChainName): boolean {
  return event.chain === chain && event.table === table && event.packet.family === family;
}

function same(a: Edit, b: Edit): boolean {
  if (a.kind !== b.kind || a.at !== b.at) return false;
  if (a.kind === 'changed' && b.kind === 'changed') return (a.asks === undefined) === (b.asks === undefined);
  return a.kind !== 'moved' || b.kind !== 'moved' || a.to === b.to;
}

/** Chains where the rules may differ: of the diverging step, of the one before, of the one that was expected. */
function chainsAround(walk: Walk, at: number): readonly ChainName[] {
  const names = [walk.steps[at], walk.steps[at - 1]].flatMap((step) =>
    step === undefined ? [] : [nameOf(step)],
  );
  const [table, chain] = chainInName(walk.check.divergence?.expected ?? null);
  const [first] = names;
  if (first !== undefined && table !== null && table === first.table) names.push({ ...first, chain });
  return names.filter(
    (name, i) => names.findIndex((other) => other.chain === name.chain && other.table === name.table) === i,
  );
}

/** `table:chain:type:number`, where a chain's name may hold colons. */
function chainInName(name: string | null): readonly [table: string | null, chain: string] {
  const parts = name?.split(':') ?? [];
  return parts.length < 4 ? [null, ''] : [parts[0] ?? null, parts.slice(1, -2).join(':')];
}

/** Places in one chain that are tried at each end of where the difference may be. */
const PLACES = 12;

/** Where the difference may be: behind the last line of the chain that still agreed, up to the parting. */
function placesAt(name: ChainName, walk: Walk, at: number): readonly number[] {
  const passed = walk.steps.slice(0, at).filter((step) => isIn(step, name));
  // The last line before the parting may itself be of another rule.
  const from = Math.max(1, passed.at(-1)?.event.number ?? 1);
  const here = walk.steps[at];
  const { expected } = walk.check.divergence ?? { expected: null };
  const to = Math.max(
    here !== undefined && isIn(here, name) ? here.event.number : from + 1,
    chainInName(expected)[1] === name.chain ? Number(expected?.split(':').at(-1)) : 0,
  );
  const all = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  return all.length <= 2 * PLACES ? all : [...all.slice(0, PLACES), ...all.slice(-PLACES)];
}

function* editsAt(name: ChainName, walk: Walk, at: number, ruleset: Ruleset): Generator<Edit> {
  const chain = chainOf(ruleset, name);
  if (chain === null) return;
  const places = placesAt(name, walk, at);
  yield* otherConditions(name, walk, at, chain);
  for (const place of places) yield { kind: 'deleted', at: place };
  for (const place of places) {
    yield { kind: 'inserted', at: place, target: guessTarget(walk, name, place, at) };
  }
  for (const place of places) {
    yield { kind: 'changed', at: place, target: guessTarget(walk, name, place, at) };
  }
  const others = Math.min(chain.rules.length, 4 * PLACES);
  for (const place of places) {
    for (let other = 1; other <= others; other++) {
      yield { kind: 'moved', at: place, to: other };
      if (!places.includes(other)) yield { kind: 'moved', at: other, to: place };
    }
  }
}

/** The rule that was logged, or the one that should have been, with the target that it has and other conditions. */
function* otherConditions(name: ChainName, walk: Walk, at: number, chain: Chain): Generator<Edit> {
  const here = walk.steps[at];
  const { expected = null, because = null } = walk.check.divergence ?? {};
  const asked = chainInName(expected)[1] === name.chain ? Number(expected?.split(':').at(-1)) : 0;
  for (const number of [here !== undefined && isIn(here, name) ? here.event.number : 0, asked]) {
    const rule = chain.rules[number - 1];
    if (rule === undefined) continue;
    const isNamed = because?.rule === `${name.table}:${name.chain}:${number}`;
    yield { kind: 'changed', at: number, target: rule.target, asks: isNamed ? because : null };
  }
}

/**
 * Of edits that explain equally much: what takes away says least, then what leaves the target as it is. Rules
 * are put in more often than they are moved; an unknown rule with an unknown target can explain nearly anything.
 */
function rankOf(edit: Edit): number {
  if (edit.kind === 'changed') return edit.asks === undefined ? 4 : 1;
  return { deleted: 0, inserted: 2, moved: 3 }[edit.kind];
}

/** The edit of a chain that explains most, with its neighbours that explain the same. */
function bestOf({ name, hypotheses, diverging }: Suspect): Finding | null {
  const likely = hypotheses.filter((item) => item.against === 0);
  likely.sort((a, b) => b.explained - a.explained || rankOf(a.edit) - rankOf(b.edit));
  const [best] = likely;
  if (best === undefined) return null;
  const equal = likely.filter(
    (item) => rankOf(item.edit) === rankOf(best.edit) && item.explained === best.explained,
  );
  const places = equal.map(({ edit }) => edit.at);
  const { edit, explained, first } = best;
  const span =
    edit.kind === 'moved'
      ? { from: edit.at, to: edit.to }
      : { from: Math.min(...places), to: Math.max(...places) };
  return finding(
    `rules.${edit.kind}`,
    { table: name.table, chain: name.chain, ...span, ...toldOf(edit), explained, diverging },
    first,
  );
}

/** What the other rule did, where the lines show it: `-j cali-FORWARD`; what it asked otherwise. */
function toldOf(edit: Edit): Readonly<Record<string, string>> {
  if (edit.kind === 'changed' && edit.asks !== undefined) {
    return { does: '', asks: edit.asks?.condition ?? '', has: edit.asks?.value ?? '' };
  }
  if (edit.kind !== 'inserted' && edit.kind !== 'changed') return { does: '' };
  const { target } = edit;
  const name = targetName(target);
  const value = target.kind === 'MARK' ? ` --set-xmark ${hex(target.value)}/${hex(target.mask)}` : '';
  return { does: name === null ? '' : `-j ${name}${value}` };
}

function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}
