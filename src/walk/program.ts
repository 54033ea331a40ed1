/**
 * The rule set compiled for walking: per family, table and chain what each line means, which rule of a chain
 * no packet can skip, and who calls whom. Chains are compiled when a line first names them; chains of
 * tables that were not given exist too, known by the kernel's words alone. Evaluates no condition.
 */
import type { Family } from '../model/address.ts';
import type { TraceType } from '../model/event.ts';
import { type Hook, isBuiltin, TABLES, type TableName } from '../model/hook.ts';
import type { Chain, Place, Rule, Ruleset, RulesetForm, Table } from '../model/ruleset.ts';
import { tableOf } from '../model/ruleset.ts';
import type { Target } from '../model/target.ts';
import { type Effect, isCertain, ruleEffect, tailEffect, wordEffect } from './effect.ts';
import { Habits } from './habit.ts';
import type { Frame } from './stack.ts';

const UNGIVEN: Place = { kind: 'ungiven' };
const MISSING: Place = { kind: 'missing' };

/** Chains that only the log names are remembered up to this many a table: names are hostile input. */
const LOGGED_CHAINS = 4096;
/** Lines that contradict the rules are remembered up to this many a chain: numbers are input too. */
const STRANGERS = 1024;

/** A rule, seen as a place: mostly one that jumps (or goes) to a chain. */
export interface CallSite {
  readonly chain: ChainProgram;
  readonly number: number;
  readonly goto: boolean;
}

export class ChainProgram {
  readonly name: string;
  readonly table: TableProgram;
  /** The hook whose packets enter here; null for a user chain. */
  readonly hook: Hook | null;
  /** Number of explicit rules; -1 if the chain is not known from the rules. */
  readonly length: number;
  /** What its lines have led to, where the rules do not say. */
  readonly habits: Habits = new Habits();
  /** Interned stack frames whose top call is in this chain: see stack.ts. */
  readonly frames = new Map<number, Frame[]>();
  readonly #chain: Chain | null;
  readonly #form: RulesetForm;
  readonly #effects: (Effect | undefined)[] = [];
  readonly #words: Record<TraceType, Effect>;
  readonly #strangers = new Map<string, Effect>();
  #certain: Int32Array | null = null;

  constructor(name: string, table: TableProgram, chain: Chain | null, form: RulesetForm) {
    this.name = name;
    this.table = table;
    this.hook = isBuiltin(table.name, name) ? name : null;
    this.#chain = chain;
    this.#form = form;
    this.length = chain === null ? -1 : chain.rules.length;
    const place = table.known || chain !== null ? MISSING : UNGIVEN;
    this.#words = {
      rule: wordEffect('rule', place),
      return: wordEffect('return', place),
      policy: wordEffect('policy', place),
    };
  }

  /** Whether the rules of this chain are known. */
  get given(): boolean {
    return this.length >= 0;
  }

  /**
   * The effect of line `number`. Where the rules do not have such a line, or would have printed another
   * word, they are not the ones that were traced: then only the word counts.
   */
  effect(number: number, type: TraceType): Effect {
    const effect = this.#effects[number] ?? this.#compile(number);
    if (effect === null) return this.#words[type];
    if (effect.word === type || effect.word === null || (effect.alsoRule && type === 'rule')) return effect;
    return this.#stranger(effect, number, type);
  }

  /** The effect of rule `number` as the rules have it; null past the chain's end or without rules. */
  ruleEffect(number: number): Effect | null {
    return this.#effects[number] ?? this.#compile(number);
  }

  #compile(number: number): Effect | null {
    const chain = this.#chain;
    if (chain === null) return null;
    const rule = chain.rules[number - 1];
    if (rule === undefined && number !== chain.rules.length + 1) return null;
    const effect = rule === undefined ? tailEffect(chain) : this.#ruleEffect(rule, chain);
    this.#effects[number] = effect;
    return effect;
  }

  /** With the callee's name as its program has it: then comparing the two takes a glance. */
  #ruleEffect(rule: Rule, chain: Chain): Effect {
    const effect = ruleEffect(rule, chain, this.#form);
    return effect.callee === null ? effect : { ...effect, callee: this.table.chain(effect.callee).name };
  }

  #stranger(known: Effect, number: number, type: TraceType): Effect {
    const key = `${type}${number}`;
    let effect = this.#strangers.get(key);
    if (effect === undefined) {
      // The end of a chain is never called a rule: the traced chain had one more.
      const isEnd = known.place.kind === 'return' || known.place.kind === 'policy';
      effect = wordEffect(type, isEnd && type === 'rule' ? MISSING : known.place);
      if (this.#strangers.size < STRANGERS) this.#strangers.set(key, effect);
    }
    return effect;
  }

  /**
   * The first line from `number` on that every packet prints that comes as far: an unconditional rule, or
   * the chain's end. Without rules nothing is certain: Infinity.
   */
  certainFrom(number: number): number {
    const chain = this.#chain;
    if (chain === null) return Number.POSITIVE_INFINITY;
    this.#certain ??= certainLines(chain);
    return this.#certain[number - 1] ?? this.length + 1;
  }
}

function certainLines(chain: Chain): Int32Array {
  const lines = new Int32Array(chain.rules.length + 1);
  let certain = chain.rules.length + 1;
  lines[chain.rules.length] = certain;
  for (let i = chain.rules.length - 1; i >= 0; i--) {
    const rule = chain.rules[i];
    if (rule !== undefined && isCertain(rule)) certain = i + 1;
    lines[i] = certain;
  }
  return lines;
}

export class TableProgram {
  readonly name: TableName;
  /** Rules were given, and all chains of them: a chain that is not there does not exist. */
  readonly known: boolean;
  readonly #table: Table | null;
  readonly #chains = new Map<string, ChainProgram>();
  #logged = 0;
  #callers: Map<ChainProgram, CallSite[]> | null = null;
  readonly #returnSites = new Map<ChainProgram, readonly CallSite[]>();

  constructor(name: TableName, table: Table | null) {
    this.name = name;
    this.#table = table;
    this.known = table?.complete ?? false;
  }

  get given(): boolean {
    return this.#table !== null;
  }

  chain(name: string): ChainProgram {
    return this.#chains.get(name) ?? this.#add(name);
  }

  #add(name: string): ChainProgram {
    const chain = this.#table?.chains.get(name) ?? null;
    const program = new ChainProgram(name, this, chain, this.#table?.form ?? 'save');
    if (chain === null && ++this.#logged > LOGGED_CHAINS) return program;
    this.#chains.set(name, program);
    return program;
  }

  /** The rules with a target of this kind. */
  rulesWith(kind: Target['kind']): readonly CallSite[] {
    const sites: CallSite[] = [];
    for (const chain of this.#table?.chains.values() ?? []) {
      for (const { number, target } of chain.rules) {
        if (target.kind === kind) sites.push({ chain: this.chain(chain.name), number, goto: false });
      }
    }
    return sites;
  }

  /** The rules that jump or go to the chain. */
  callers(of: ChainProgram): readonly CallSite[] {
    this.#callers ??= this.#findCallers();
    return this.#callers.get(of) ?? [];
  }

  #findCallers(): Map<ChainProgram, CallSite[]> {
    const callers = new Map<ChainProgram, CallSite[]>();
    for (const chain of this.#table?.chains.values() ?? []) {
      for (const { number, target } of chain.rules) {
        if (target.kind !== 'jump') continue;
        const site = { chain: this.chain(chain.name), number, goto: target.goto };
        const callee = this.chain(target.chain);
        const sites = callers.get(callee);
        if (sites === undefined) callers.set(callee, [site]);
        else sites.push(site);
      }
    }
    return callers;
  }

  /**
   * The jumps after which a return from the chain goes on: its callers by jump, and those of each chain
   * that goes to it. A goto out of a built-in chain returns to that chain's policy.
   */
  returnSites(of: ChainProgram): readonly CallSite[] {
    const known = this.#returnSites.get(of);
    if (known !== undefined) return known;
    const sites: CallSite[] = [];
    const seen = new Set<ChainProgram>([of]);
    for (const chain of seen) {
      for (const site of this.callers(chain)) {
        if (!site.goto) sites.push(site);
        else if (site.chain.hook === null) seen.add(site.chain);
        else sites.push({ chain: site.chain, number: site.chain.length, goto: true });
      }
    }
    this.#returnSites.set(of, sites);
    return sites;
  }
}

/** The tables of one family. */
export class Program {
  /** Tables that are certainly loaded, by the rules: every packet prints a line of each (nat excepted). */
  readonly loaded: ReadonlySet<TableName>;
  /** A whole save was read: what it leaves out is not loaded, unless the log shows it. */
  readonly whole: boolean;
  /** Some rule may set the mark though it does not match (`-m socket --restore-skmark`). */
  readonly marksSilently: boolean;
  readonly #tables: ReadonlyMap<TableName, TableProgram>;
  #traceSites: readonly CallSite[] | null = null;

  constructor(ruleset: Ruleset, family: Family) {
    const given = new Map(TABLES.map((name) => [name, tableOf(ruleset, family, name)]));
    this.#tables = new Map(TABLES.map((name) => [name, new TableProgram(name, given.get(name) ?? null)]));
    this.loaded = new Set(TABLES.filter((name) => given.get(name) != null));
    this.whole = ruleset.whole.includes(family);
    this.marksSilently = [...given.values()].some((table) => table !== null && restoresMarks(table));
  }

  table(name: TableName): TableProgram {
    const table = this.#tables.get(name);
    if (table === undefined) throw new Error(`no table ${name}`);
    return table;
  }

  /** The rules that switch tracing on: a packet's first line is the next that matches after one of them. */
  get traceSites(): readonly CallSite[] {
    this.#traceSites ??= this.table('raw').rulesWith('TRACE');
    return this.#traceSites;
  }
}

function restoresMarks(table: Table): boolean {
  for (const chain of table.chains.values()) {
    for (const rule of chain.rules) {
      if (rule.matches.some((match) => match.kind === 'socket' && match.restoreMark)) return true;
    }
  }
  return false;
}
