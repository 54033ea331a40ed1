/**
 * `trace-analyze [INPUT…]`: opens the inputs, lets the flow run, shows what the filters choose. A signal or
 * a reader that went away ends the input early; what was done until then is shown and marked partial.
 */
import { analyze } from '../../analyze.ts';
import { type InputOptions, openLogs } from '../../io/index.ts';
import type { LogOptions } from '../../log/index.ts';
import type { AnalysisRecord } from '../../model/analysis.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { Outcome, openRenderer, Redaction, Selection } from '../../report/index.ts';
import { EXIT, signalExit } from '../exit.ts';
import { emptyChoice, otherKinds, tooLongToPaste } from '../hints.ts';
import { meetHosts, type Reread } from '../hosts.ts';
import { InputFiles } from '../input-files.ts';
import { Interrupt } from '../interrupt.ts';
import type { Keeper } from '../keeper.ts';
import { logTimesOf } from '../log-times.ts';
import { type AnalyzeOptions, filterOf } from '../options.ts';
import type { Output } from '../output.ts';
import { ProgressLine } from '../progress.ts';
import { checkReportOptions, isPostmortem, postmortemOf, readNotes } from '../report-options.ts';
import { openSources, type Sources } from '../sources.ts';
import { openSpool } from '../spool.ts';
import type { Stdio } from '../stdio.ts';
import { Talk } from '../talk.ts';
import { openOutput, pageFor } from '../target.ts';

/** Milliseconds in which the lines that are read must come, once a signal ended their input. */
const GRACE = 100;

/** @returns the exit code. @throws UsageError. */
export async function analyzeCommand(
  inputs: readonly string[],
  options: AnalyzeOptions,
  stdio: Stdio,
  shortHelp: () => string,
): Promise<number> {
  const named = inputs.length > 0 ? inputs : ['-'];
  if (inputs.length === 0 && stdio.in.isTTY === true) {
    stdio.err.write(shortHelp());
    return EXIT.usage;
  }
  const times = logTimesOf(options);
  checkReportOptions(options);
  const talk = new Talk(stdio, options);
  const files = new InputFiles(stdio.in);
  const sources = await openSources(
    { inputs: named, rules: options.rules, contexts: options.context },
    { stdin: files.stdin, ...bytesOf(options) },
  );
  const notes = await readNotes(options.notes, { stdin: files.stdin });
  for (const text of sources.talk) talk.note(text);
  const keeper = options.store === undefined ? null : await keeperOf(options.store, sources, options, talk);
  const output = await openOutput(options, options.format === 'text', stdio);
  const interrupt = new Interrupt(stdio);
  try {
    return await new Run(
      { sources, files, notes, times },
      options,
      stdio,
      talk,
      output,
      interrupt,
      keeper,
    ).go();
  } catch (error) {
    keeper?.abandon();
    await output.abandon();
    throw error;
  } finally {
    interrupt.dispose();
  }
}

/** Loads the store only where one is kept. */
async function keeperOf(
  path: string,
  sources: Sources,
  options: AnalyzeOptions,
  talk: Talk,
): Promise<Keeper> {
  const { openKeeper } = await import('../keeper.ts');
  return openKeeper(path, sources, options, talk);
}

/** How much is read of an input. */
function bytesOf({ maxLine, maxFile }: AnalyzeOptions): Pick<InputOptions, 'lineLimit' | 'textLimit'> {
  return {
    ...(maxLine === undefined ? {} : { lineLimit: maxLine }),
    ...(maxFile === undefined ? {} : { textLimit: maxFile }),
  };
}

/** What a run reads. */
interface Inputs {
  readonly sources: Sources;
  readonly files: InputFiles;
  /** The paragraphs of --notes. */
  readonly notes: readonly string[];
  readonly times: LogOptions;
}

class Run {
  private readonly inputs: Inputs;
  private readonly options: AnalyzeOptions;
  private readonly stdio: Stdio;
  private readonly talk: Talk;
  private readonly output: Output;
  private readonly interrupt: Interrupt;
  /** Keeps the analysis in a store; null: nobody asked for it. */
  private readonly keeper: Keeper | null;
  private readonly selection: Selection;
  private readonly outcome = new Outcome();
  private readonly progress: ProgressLine;
  private readonly found: Diagnostic[];
  /** TRACE lines that were read, once all are. */
  private lines = 0;
  /** Characters that were written. */
  private written = 0;
  private readonly redaction: Redaction | null;
  /** Output and progress share a terminal: only one of them at a time. */
  private readonly onScreen: boolean;

  constructor(
    inputs: Inputs,
    options: AnalyzeOptions,
    stdio: Stdio,
    talk: Talk,
    output: Output,
    interrupt: Interrupt,
    keeper: Keeper | null,
  ) {
    this.inputs = inputs;
    this.options = options;
    this.stdio = stdio;
    this.talk = talk;
    this.output = output;
    this.interrupt = interrupt;
    this.keeper = keeper;
    this.selection = new Selection(filterOf(options));
    this.redaction = options.redact ? new Redaction() : null;
    this.progress = new ProgressLine(stdio.err, options.quiet);
    this.found = [...inputs.sources.diagnostics];
    this.onScreen = stdio.out.isTTY === true && options.output === undefined;
  }

  async go(): Promise<number> {
    const { options, output, interrupt } = this;
    const { sources, files, times } = this.inputs;
    const spools: ReturnType<typeof openSpool>[] = [];
    const renderer = openRenderer(options.format, {
      page: pageFor(options, this.stdio),
      all: options.all,
      spool: () => {
        const spool = openSpool();
        spools.push(spool);
        return spool;
      },
      postmortem: postmortemOf(options, this.redaction, this.inputs.notes, () => files.list()),
    });
    const again = await this.meet();
    const lines = openLogs(
      sources.logs,
      { stdin: again?.stdin ?? interrupt.until(files.stdin), ...bytesOf(options) },
      {
        diagnostic: (diagnostic) => this.found.push(diagnostic),
        progress: ({ bytes, total }) => this.progress.update(bytes, total),
      },
    );
    const read = files.watch(again?.ended === true ? lines : interrupt.until(lines, GRACE));
    const records = analyze({
      logs: this.keeper?.reading(read) ?? read,
      rules: sources.rules,
      contexts: sources.contexts,
      options: times,
      ...(options.maxOpen === undefined ? {} : { openWalks: options.maxOpen }),
    });
    try {
      for await (const batch of records) {
        await this.write(this.passed(batch, renderer.push));
        if (output.closed && this.keeper === null) break;
      }
      if (isPostmortem(options.format) || this.keeper !== null) await files.hash(sources);
      this.keeper?.end(files.list());
      for (const piece of renderer.end()) {
        if (output.closed) break;
        await this.write(piece);
      }
    } finally {
      this.progress.stop();
      for (const spool of spools) spool.close();
      again?.close();
    }
    await output.end();
    await this.hint();
    return this.code();
  }

  /** What may help someone whose answer is empty. */
  private async hint(): Promise<void> {
    const chosen = emptyChoice(this.selection);
    if (chosen !== null) this.talk.note(chosen);
    const long = tooLongToPaste(this.options.format, this.written);
    if (long !== null) this.talk.note(long);
    if (this.lines > 0 || this.interrupt.signal !== null) return;
    const { sources, files } = this.inputs;
    for (const text of await otherKinds(sources.logs, { stdin: files.stdin })) this.talk.note(text);
  }

  /** Where names are to be replaced, all hosts are learned before. */
  private async meet(): Promise<Reread | null> {
    const { redaction, interrupt } = this;
    const { sources, files, times } = this.inputs;
    return redaction && meetHosts(sources.logs, files.stdin, times, redaction, interrupt);
  }

  /** The text of a batch, what the inputs had to say before it. */
  private passed(batch: readonly AnalysisRecord[], push: (record: AnalysisRecord) => string): string {
    let text = '';
    const take = (record: AnalysisRecord): void => {
      this.keeper?.push(record);
      if (record.type === 'summary') this.lines = record.summary.traceLines;
      const chosen = this.selection.select(record);
      if (chosen === null) return;
      this.outcome.push(chosen);
      text += push(this.redaction?.record(chosen) ?? chosen);
    };
    for (const record of batch) {
      for (const diagnostic of this.found.splice(0)) this.complain(diagnostic, take);
      take(
        record.type === 'summary' && this.interrupt.signal !== null
          ? { type: 'summary', summary: { ...record.summary, partial: true } }
          : record,
      );
    }
    return text;
  }

  /** An input's problem is data; where data goes to a machine or a file, errors are said aloud too. */
  private complain(diagnostic: Diagnostic, take: (record: AnalysisRecord) => void): void {
    const told = this.options.format === 'text' && this.options.output === undefined;
    if (diagnostic.severity === 'error' && !told) this.talk.diagnostic(diagnostic);
    take({ type: 'diagnostic', diagnostic });
  }

  private async write(text: string): Promise<void> {
    if (text === '') return;
    this.written += text.length;
    if (this.onScreen) this.progress.stop();
    await this.output.write(text);
  }

  private code(): number {
    if (this.interrupt.signal !== null) {
      this.talk.note('interrupted: what is shown is what was done until then');
      return signalExit(this.interrupt.signal);
    }
    if (this.keeper?.failed === true) return EXIT.usage;
    if (this.output.closed) return EXIT.ok;
    if (this.selection.undated > 0) {
      this.talk.note(
        `${this.selection.undated} packets left out by --since or --until, since nothing tells their time (does --year help?)`,
      );
    }
    return this.outcome.exitCode;
  }
}
