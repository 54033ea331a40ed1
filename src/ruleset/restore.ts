/**
 * The statements of a save or -S block → chain drafts, by doing what iptables-restore does with them: declare, append,
 * insert, replace, delete, flush, rename. What it would refuse is reported and, where a rule hangs on it, done
 * in the sense that loses no rule. Source: iptables/iptables-restore.c and iptables.c (1.8.9).
 */
import type { Family } from '../model/address.ts';
import { isBuiltin, isHook, type TableName } from '../model/hook.ts';
import type { Counters } from '../model/ruleset.ts';
import type { SourceRef } from '../model/source.ts';
import type { ChainDraft, ChainHeading, CommandBlock, Report, RuleDraft, TextLine } from './draft.ts';
import { exactCounters } from './line/counters.ts';
import { PrintedReader } from './line/printed.ts';
import { placeOf, reportProblems } from './place.ts';
import { printRule } from './print.ts';
import { parseSaveRule, type RuleLine } from './rule-line.ts';
import { chainCommandOf, chainNameIn, savedText } from './save-text.ts';

const NO_COUNTS = exactCounters('0', '0');

/** Carries out a block's statements on empty chains. `table` is a guess where the block names none. */
export function restore(
  block: CommandBlock,
  family: Family,
  table: TableName | null,
  report: Report,
): Map<string, ChainDraft> {
  return new Restorer(block, family, table, report).run();
}

class Restorer {
  readonly #block: CommandBlock;
  readonly #family: Family;
  readonly #table: TableName | null;
  readonly #report: Report;
  readonly #chains = new Map<string, ChainDraft>();
  readonly #printed: PrintedReader;

  constructor(block: CommandBlock, family: Family, table: TableName | null, report: Report) {
    this.#block = block;
    this.#family = family;
    this.#printed = new PrintedReader(family, this.#chains);
    this.#table = table;
    this.#report = report;
  }

  run(): Map<string, ChainDraft> {
    for (const statement of this.#block.statements) {
      if ('heading' in statement) this.#declare(statement.heading);
      else if (!this.#chainCommand(statement)) this.#ruleCommand(statement);
    }
    return this.#chains;
  }

  #isBuiltin(name: string): boolean {
    return this.#table === null || this.#block.form === 'S' ? isHook(name) : isBuiltin(this.#table, name);
  }

  #declare({ name, policy, counters, at }: ChainHeading): void {
    if (this.#isBuiltin(name) && policy !== null) {
      const chain = this.#chain(name, at);
      if (policy === 'ACCEPT' || policy === 'DROP') chain.policy = policy;
      else if (policy !== '-') this.#refuse(at, `no policy ${policy}`);
      chain.counters = counters;
      return;
    }
    if (policy === null) this.#refuse(at, 'no policy given');
    else if (policy !== '-') this.#refuse(at, `chain ${name} is not built in and has no policy`);
    this.#create(name, at, counters);
  }

  #create(name: string, at: SourceRef, counters: Counters | null): void {
    if (this.#chains.has(name))
      this.#reportAt('ruleset.duplicate-chain', at, { chain: name, table: this.#table ?? '' });
    else this.#add(name, false, at, counters);
  }

  #add(
    name: string,
    builtin: boolean,
    source: SourceRef | null,
    counters: Counters | null = null,
  ): ChainDraft {
    const chain: ChainDraft = { name, builtin, policy: null, counters, references: null, rules: [], source };
    this.#chains.set(name, chain);
    return chain;
  }

  /** The chain of that name; a built-in one is always there, another is made, which is said. */
  #chain(name: string, at: SourceRef): ChainDraft {
    const known = this.#chains.get(name);
    if (known !== undefined) return known;
    if (this.#isBuiltin(name)) return this.#add(name, true, placeOf(at));
    this.#reportAt('ruleset.undeclared-chain', at, { chain: name, table: this.#table ?? '' });
    return this.#add(name, false, null);
  }

  /** Carries out a command that is about chains; false if the line is about a rule. */
  #chainCommand(line: TextLine): boolean {
    const command = chainCommandOf(line.text);
    if (command === null) return false;
    const at = placeOf(line);
    const [name, second, ...rest] = command.words;
    switch (command.letter) {
      case 'P': {
        if (name === undefined || second === undefined)
          this.#refuse(at, 'a policy needs a chain and a verdict');
        else
          this.#declare({
            name,
            policy: second,
            counters: countersAfter(rest),
            references: null,
            at,
          });
        break;
      }
      case 'N':
        if (name === undefined) this.#refuse(at, 'the chain has no name');
        else this.#create(name, at, null);
        break;
      case 'F':
        for (const chain of this.#chosen(name)) chain.rules.length = 0;
        break;
      case 'Z':
        for (const chain of this.#chosen(name)) zero(chain);
        break;
      case 'X':
        this.#delete(name, at);
        break;
      case 'E':
        this.#rename(name, second, at);
        break;
      default: // -L and -S print and change nothing
    }
    return true;
  }

  /** The chains that a command means: all, if it names none. */
  #chosen(name: string | undefined): readonly ChainDraft[] {
    if (name === undefined) return [...this.#chains.values()];
    const chain = this.#chains.get(name);
    return chain === undefined ? [] : [chain];
  }

  #delete(name: string | undefined, at: SourceRef): void {
    const used = new Set<string>();
    for (const chain of this.#chains.values()) {
      for (const { target } of chain.rules) if (target.kind === 'jump') used.add(target.chain);
    }
    for (const chain of this.#chosen(name)) {
      if (!chain.builtin && chain.rules.length === 0 && !used.has(chain.name))
        this.#chains.delete(chain.name);
      else if (name !== undefined) this.#refuse(at, `chain ${name} is built in, has rules or is jumped to`);
    }
  }

  #rename(from: string | undefined, to: string | undefined, at: SourceRef): void {
    const chain = this.#chains.get(from ?? '');
    if (chain === undefined || to === undefined || this.#chains.has(to) || chain.builtin) {
      this.#refuse(at, `chain ${from ?? ''} can't be renamed to ${to ?? ''}`);
      return;
    }
    this.#chains.delete(chain.name);
    this.#chains.set(to, { ...chain, name: to });
  }

  #ruleCommand(line: TextLine): void {
    const printed = this.#printed.read(line.text);
    if (printed !== null) {
      const { chain, matches, target, counters, text } = printed;
      this.#chain(chain, line).rules.push({ matches, target, counters, damaged: false, text, source: line });
      return;
    }
    const rules = parseSaveRule(line.text, { family: this.#family, table: this.#table ?? 'filter' });
    reportProblems(rules[0]?.problems ?? [], line, this.#block.source, this.#report);
    for (const parts of rules) {
      const name = parts.chain ?? chainNameIn(line.text);
      if (name === null) this.#refuse(line, 'it names no chain');
      else this.#place(this.#chain(name, line), parts, line, rules.length > 1);
    }
  }

  #place(chain: ChainDraft, parts: RuleLine, line: TextLine, several: boolean): void {
    const text = several ? printRule(parts, chain.name, this.#family) : savedText(line.text, chain.name);
    const { matches, target, counters, damaged } = parts;
    const rule: RuleDraft = {
      matches,
      target,
      counters,
      damaged,
      text: text ?? printRule(parts, chain.name, this.#family),
      source: line,
    };
    const number = parts.number ?? 1;
    const { rules } = chain;
    switch (parts.command) {
      case 'append':
        rules.push(rule);
        return;
      case 'insert':
        if (number > rules.length + 1) this.#refuse(line, `chain ${chain.name} has no place ${number}`);
        rules.splice(number - 1, 0, rule);
        return;
      case 'replace':
        if (number > rules.length) this.#refuse(line, `chain ${chain.name} has no rule ${number}`);
        else rules[number - 1] = rule;
        return;
      case 'delete':
        this.#deleteRule(chain, parts, line);
        return;
      case 'check':
    }
  }

  #deleteRule(chain: ChainDraft, parts: RuleLine, at: SourceRef): void {
    const wanted = printRule(parts, chain.name, this.#family);
    const index =
      parts.number === null
        ? chain.rules.findIndex((rule) => printRule(rule, chain.name, this.#family) === wanted)
        : parts.number - 1;
    if (index < 0 || index >= chain.rules.length) this.#refuse(at, `chain ${chain.name} has no such rule`);
    else chain.rules.splice(index, 1);
  }

  #refuse(at: SourceRef, why: string): void {
    this.#reportAt('ruleset.bad-command', at, { why });
  }

  #reportAt(code: Parameters<Report>[0], at: SourceRef, args: Readonly<Record<string, string>>): void {
    const line = this.#block.source.lines[at.line - 1] ?? '';
    this.#report(code, at, args, line, line.trim().length);
  }
}

function zero(chain: ChainDraft): void {
  chain.counters = NO_COUNTS;
  chain.rules.forEach((rule, i) => {
    chain.rules[i] = { ...rule, counters: NO_COUNTS };
  });
}

/** `-c PACKETS BYTES` after a policy (-S -v). */
function countersAfter([option, packets, bytes]: readonly string[]): Counters | null {
  return option === '-c' ? exactCounters(packets, bytes) : null;
}
