/**
 * THE FLOW: lines → events → walks → checked walks, beside rules and context, as one stream of records with
 * the summary last. The only file that knows all departments. A listing may not name its table: then the
 * first events are held back until the log's own table:chain pairs settle it.
 */
import { Checker } from './compare/index.ts';
import { type ContextFile, parseContext } from './context/index.ts';
import { type LogOptions, LogReader } from './log/index.ts';
import type { AnalysisRecord } from './model/analysis.ts';
import type { Diagnostic } from './model/diagnostic.ts';
import type { TraceEvent } from './model/event.ts';
import type { LineBatch } from './model/source.ts';
import { Tally } from './model/tally.ts';
import { parseRuleset, type RulesetSource, type SeenChain, settleRuleset } from './ruleset/index.ts';
import { evaluatorOpener } from './simulate/index.ts';
import { Assembler } from './walk/index.ts';

/** TRACE lines that are held back to settle the tables of listings. */
const SETTLING_EVENTS = 10_000;

export interface AnalyzeInput {
  readonly logs: AsyncIterable<LineBatch>;
  readonly rules: readonly RulesetSource[];
  readonly contexts: readonly ContextFile[];
  readonly options: LogOptions;
  /** Packets followed at a time; beyond, the oldest are given up. The assembler's own default if left out. */
  readonly openWalks?: number;
}

/** Analyses logs against rules; each piece of the stream holds what became complete meanwhile. */
export async function* analyze(input: AnalyzeInput): AsyncGenerator<readonly AnalysisRecord[]> {
  const flow = new Flow(input);
  for await (const batch of input.logs) {
    flow.push(batch);
    yield flow.take();
  }
  flow.end();
  yield flow.take();
}

type Item =
  | { readonly event: TraceEvent; readonly diagnostic: null }
  | { readonly event: null; readonly diagnostic: Diagnostic };

class Flow {
  readonly #input: AnalyzeInput;
  readonly #reader: LogReader;
  readonly #tally = new Tally();
  #records: AnalysisRecord[] = [];
  /** Null once the rules are settled. */
  #held: Item[] | null = [];
  #assembler: Assembler | null = null;
  #checker: Checker | null = null;

  constructor(input: AnalyzeInput) {
    this.#input = input;
    this.#reader = new LogReader(input.options, {
      event: (event) => this.#event(event),
      diagnostic: (diagnostic) => this.#fromLog(diagnostic),
    });
    if (input.rules.length === 0) this.#settle();
  }

  push(batch: LineBatch): void {
    this.#reader.push(batch);
  }

  /** The records since the last call. */
  take(): readonly AnalysisRecord[] {
    const records = this.#records;
    this.#records = [];
    return records;
  }

  end(): void {
    this.#reader.end();
    if (this.#held !== null) this.#settle();
    this.#assembler?.end();
    this.#checker?.end();
    this.#records.push({ type: 'summary', summary: this.#tally.summary(this.#reader.counts) });
  }

  #event(event: TraceEvent): void {
    if (this.#assembler !== null) this.#assembler.push(event);
    else if (this.#held !== null && this.#held.push({ event, diagnostic: null }) >= SETTLING_EVENTS)
      this.#settle();
  }

  #fromLog(diagnostic: Diagnostic): void {
    if (this.#held !== null) this.#held.push({ event: null, diagnostic });
    else this.#pass(diagnostic);
  }

  #pass(diagnostic: Diagnostic): void {
    if (diagnostic.code.startsWith('log.lost')) this.#assembler?.lost(diagnostic);
    this.#records.push({ type: 'diagnostic', diagnostic });
  }

  #settle(): void {
    const held = this.#held ?? [];
    this.#held = null;
    const { rules, contexts, openWalks } = this.#input;
    const { ruleset, diagnostics, notes } = settleRuleset(parseRuleset(rules), chainsOf(held));
    const { context, diagnostics: ofContext } = parseContext(contexts);
    for (const diagnostic of [...diagnostics, ...notes, ...ofContext]) {
      this.#records.push({ type: 'diagnostic', diagnostic });
    }
    this.#records.push({ type: 'rules', ruleset });
    const checker = new Checker(
      { ruleset, context, evaluator: evaluatorOpener(ruleset, context) },
      {
        walk: (walk) => {
          this.#tally.add(walk);
          this.#records.push({ type: 'walk', walk });
        },
        finding: (finding) => this.#records.push({ type: 'finding', finding }),
      },
    );
    this.#checker = checker;
    this.#assembler = new Assembler(
      { ruleset, ...(openWalks === undefined ? {} : { openWalks }) },
      {
        walk: (walk) => checker.push(walk),
        diagnostic: (diagnostic) => this.#records.push({ type: 'diagnostic', diagnostic }),
      },
    );
    for (const { event, diagnostic } of held) {
      if (event !== null) this.#assembler.push(event);
      else this.#pass(diagnostic);
    }
  }
}

function* chainsOf(items: readonly Item[]): Iterable<SeenChain> {
  for (const { event } of items) {
    if (event !== null) yield { family: event.packet.family, table: event.table, chain: event.chain };
  }
}
