/**
 * What `diff` compares → the difference: two captures, two rule sets, a log under new rules, a log and what its
 * rules say. Side A is before, side B after.
 */
import { setImmediate } from 'node:timers/promises';
import { analyze } from '../analyze.ts';
import { parseContext } from '../context/index.ts';
import {
  Capture,
  compareCaptures,
  compareRulesets,
  compareSets,
  type Predictor,
  Rehearsal,
} from '../diff/index.ts';
import { untraced } from '../expect/index.ts';
import { openLogs } from '../io/index.ts';
import type { LogOptions } from '../log/index.ts';
import type { AnalysisRecord } from '../model/analysis.ts';
import type { Context } from '../model/context.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Difference } from '../model/difference.ts';
import type { PacketSpec } from '../model/packet-spec.ts';
import { EMPTY_RULESET, type Ruleset } from '../model/ruleset.ts';
import type { LineBatch } from '../model/source.ts';
import { findingText, Redaction } from '../report/index.ts';
import { parseRuleset, settleRuleset } from '../ruleset/index.ts';
import { simulate } from '../simulate/index.ts';
import type { DiffOptions } from './diff-command.ts';
import type { Plan, SideArguments } from './diff-plan.ts';
import { EXIT, UsageError } from './exit.ts';
import { FlowChoice } from './flow-choice.ts';
import { meetEnvelopes } from './hosts.ts';
import type { Interrupt } from './interrupt.ts';
import { openSources, type Sources } from './sources.ts';
import type { Stdio } from './stdio.ts';
import { reading } from './stored.ts';
import type { Talk } from './talk.ts';

/** Milliseconds in which the lines that are read must come, once a signal ended their input. */
const GRACE = 100;
/** Milliseconds after which signals are listened to in between. */
const BREATH = 50;

interface Told {
  readonly difference: Difference;
  readonly names: { readonly a: string; readonly b: string };
}

/** One run of the command: reads what a plan names, and compares. */
export class Comparison {
  /** What was found about the inputs. */
  readonly found: Diagnostic[] = [];
  /** Null: all packets. */
  readonly choice: FlowChoice | null;
  /** Knows all hosts once the logs are read. Null: nothing is to be replaced. */
  readonly redaction: Redaction | null;
  private readonly times: LogOptions;
  private readonly said = new Set<string>();
  /** The log shows that the connections were saved after it had begun. */
  private savedLate = false;
  private readonly options: DiffOptions;
  private readonly stdio: Stdio;
  private readonly talk: Talk;
  private readonly interrupt: Interrupt;

  constructor(options: DiffOptions, times: LogOptions, stdio: Stdio, talk: Talk, interrupt: Interrupt) {
    this.options = options;
    this.choice = FlowChoice.of(options);
    this.redaction = options.redact ? new Redaction() : null;
    this.times = times;
    this.stdio = stdio;
    this.talk = talk;
    this.interrupt = interrupt;
  }

  async go(plan: Plan): Promise<Told> {
    if (plan.mode === 'stored') return this.stored(plan.from, plan.a, plan.b);
    const { a, b } = plan;
    switch (plan.mode) {
      case 'captures':
        return this.captures(a, b);
      case 'rules':
        return this.rules(a, b);
      case 'rehearsal':
        return this.rehearsal(a, b);
      case 'expected':
        return this.expected(a);
    }
  }

  private async captures(a: SideArguments, b: SideArguments): Promise<Told> {
    const captures = [];
    const contexts: Context[] = [];
    for (const side of [a, b]) {
      const capture = new Capture(this.choice);
      const sources = await this.open(side);
      await this.read(sources, (record) => capture.push(record));
      if (capture.ruleset.tables.length === 0 && sources.rules.length === 0) {
        this.talk.note(`${side.inputs.join(', ')}: no rules, so rules are told apart by their numbers`);
      }
      captures.push(capture);
      contexts.push(parseContext(sources.contexts).context);
    }
    const [before = new Capture(this.choice), after = new Capture(this.choice)] = captures;
    const told = this.compared(before, after, { a: a.inputs.join(', '), b: b.inputs.join(', ') });
    const [x, y] = contexts;
    const sets = x === undefined || y === undefined ? [] : compareSets(x, y);
    return { ...told, difference: { ...told.difference, sets } };
  }

  private compared(a: Capture, b: Capture, names: Told['names']): Told {
    const rules = compareRulesets(a.ruleset, b.ruleset);
    const options = { filtered: this.choice !== null, partial: this.interrupt.signal !== null };
    return { difference: compareCaptures(a, b, rules, options), names };
  }

  private async stored(path: string, a: number, b: number): Promise<Told> {
    const captures = [new Capture(this.choice), new Capture(this.choice)] as const;
    await reading(path, async (store) => {
      for (const [i, analysis] of [a, b].entries()) {
        for (const record of store.records(analysis)) {
          this.redaction?.meet(record);
          captures[i]?.push(record);
        }
      }
      return EXIT.ok;
    });
    return this.compared(...captures, { a: `${path}, analysis ${a}`, b: `${path}, analysis ${b}` });
  }

  private async rules(a: SideArguments, b: SideArguments): Promise<Told> {
    const [before, after] = [this.host(await this.open(a), []), this.host(await this.open(b), [])];
    const { difference: rules } = compareRulesets(before.ruleset, after.ruleset);
    const counts = { changed: 0, vanished: 0, appeared: 0, chance: 0, undecided: 0, same: 0 };
    const packets = { a: 0, b: 0 };
    const difference: Difference = {
      mode: 'rules',
      rules,
      sets: [],
      flows: [],
      counts,
      packets,
      beyond: 0,
      leftOut: null,
      partial: false,
    };
    return { difference, names: { a: a.rules.join(', '), b: b.rules.join(', ') } };
  }

  private async rehearsal(a: SideArguments, b: SideArguments): Promise<Told> {
    const sources = await this.open(a);
    const planned = this.host(await this.open(b), []);
    const context = parseContext(sources.contexts).context;
    let rehearsal = this.rehearsalOf(EMPTY_RULESET, planned, context);
    await this.read(sources, (record) => {
      if (record.type === 'rules') rehearsal = this.rehearsalOf(record.ruleset, planned, context);
      else if (record.type === 'walk') rehearsal.push(record.walk);
    });
    const sets = compareSets(context, planned.context);
    const difference = { ...rehearsal.difference(this.interrupt.signal !== null), sets };
    const log = a.inputs.join(', ');
    return {
      difference,
      names: {
        a: `${a.rules.join(', ')}, with the packets of ${log}`,
        b: `${b.rules.join(', ')}, as predicted`,
      },
    };
  }

  private rehearsalOf(old: Ruleset, planned: Host, context: Context): Rehearsal {
    const rules = compareRulesets(old, planned.ruleset);
    return new Rehearsal(
      rules,
      this.predictor(untraced(old), context),
      this.predictor(untraced(planned.ruleset), planned.context),
      this.choice,
    );
  }

  private async expected(side: SideArguments): Promise<Told> {
    const sources = await this.open(side);
    if (sources.rules.length === 0) throw new UsageError('no rules: give them with --rules FILE');
    const context = parseContext(sources.contexts).context;
    let rehearsal: Rehearsal | null = null;
    await this.read(sources, (record) => {
      if (record.type === 'rules') {
        const { ruleset } = record;
        const rules = compareRulesets(ruleset, ruleset);
        rehearsal = new Rehearsal(rules, null, this.predictor(ruleset, context), this.choice);
      } else if (record.type === 'walk') rehearsal?.push(record.walk);
    });
    const read =
      rehearsal ??
      new Rehearsal(
        compareRulesets(EMPTY_RULESET, EMPTY_RULESET),
        null,
        this.predictor(EMPTY_RULESET, context),
        this.choice,
      );
    const difference = read.difference(this.interrupt.signal !== null);
    const names = { a: `${side.inputs.join(', ')}, as observed`, b: 'as its rules say' };
    return { difference, names };
  }

  private async open({ inputs, rules, contexts }: SideArguments): Promise<Sources> {
    const sources = await openSources({ inputs, rules, contexts }, { stdin: this.stdio.in });
    // Both sides may name the same folder.
    for (const text of sources.talk) {
      if (!this.said.has(text)) this.talk.note(text);
      this.said.add(text);
    }
    this.found.push(...sources.diagnostics);
    return sources;
  }

  /** Rules and context without a log. */
  private host(sources: Sources, seen: Parameters<typeof settleRuleset>[1]): Host {
    const { ruleset, diagnostics, notes } = settleRuleset(parseRuleset(sources.rules), seen);
    const { context, diagnostics: ofContext } = parseContext(sources.contexts);
    this.found.push(...diagnostics, ...notes, ...ofContext);
    return { ruleset, context };
  }

  private async read(sources: Sources, take: (record: AnalysisRecord) => void): Promise<void> {
    const { interrupt } = this;
    const lines = openLogs(
      sources.logs,
      { stdin: interrupt.until(this.stdio.in) },
      { diagnostic: (diagnostic) => void this.found.push(diagnostic) },
    );
    const records = analyze({
      logs: this.watched(interrupt.until(lines, GRACE)),
      rules: sources.rules,
      contexts: sources.contexts,
      options: this.times,
    });
    let breath = performance.now();
    for await (const batch of records) {
      for (const record of batch) {
        if (record.type === 'diagnostic') this.found.push(record.diagnostic);
        if (record.type === 'finding' && record.finding.code === 'check.late-snapshot') {
          this.savedLate = true;
          this.talk.note(findingText(record.finding));
        }
        this.redaction?.meet(record);
        take(record);
        if (performance.now() - breath > BREATH) {
          await setImmediate();
          breath = performance.now();
          if (interrupt.signal !== null) return;
        }
      }
    }
  }

  /** The same batches; their hosts are learned. */
  private async *watched(batches: AsyncIterable<LineBatch>): AsyncGenerator<LineBatch> {
    for await (const batch of batches) {
      if (this.redaction !== null) meetEnvelopes(batch, this.redaction);
      yield batch;
    }
  }

  /** Predicts packet by packet, as they are asked for, through one connection table. */
  private predictor(ruleset: Ruleset, context: Context): Predictor {
    let asked: PacketSpec | null = null;
    function* packets(): Generator<PacketSpec> {
      while (asked !== null) yield asked;
    }
    const { branches } = this.options;
    const predictions = simulate(ruleset, context, packets(), {
      ...(branches === undefined ? {} : { branches }),
      isSavedLate: () => this.savedLate,
    });
    return {
      ruleset,
      predict: (packet) => {
        asked = packet;
        const { value, done } = predictions.next();
        return done === true ? null : value;
      },
    };
  }
}

interface Host {
  readonly ruleset: Ruleset;
  readonly context: Context;
}
