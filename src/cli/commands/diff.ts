/**
 * `trace-analyze diff`: two captures; two rule sets, and what the packets of a log would do under the new one; or
 * a capture and what its rules say.
 */
import { differs } from '../../model/difference.ts';
import { Outcome, renderDifference } from '../../report/index.ts';
import { Comparison } from '../comparison.ts';
import type { DiffOptions } from '../diff-command.ts';
import { planOf } from '../diff-plan.ts';
import { EXIT, signalExit } from '../exit.ts';
import { tooLongToPaste } from '../hints.ts';
import { Interrupt } from '../interrupt.ts';
import { logTimesOf } from '../log-times.ts';
import type { Stdio } from '../stdio.ts';
import { Talk } from '../talk.ts';
import { openOutput, pageFor } from '../target.ts';

/** @returns the exit code: 1 if the sides differ, 2 if an input cannot be read. @throws UsageError. */
export async function diffCommand(
  inputs: readonly string[],
  options: DiffOptions,
  stdio: Stdio,
): Promise<number> {
  const plan = planOf(inputs, options);
  const times = logTimesOf(options);
  const talk = new Talk(stdio, options);
  const output = await openOutput(options, options.format === 'text', stdio);
  const interrupt = new Interrupt(stdio);
  const run = new Comparison(options, times, stdio, talk, interrupt);
  try {
    const { difference, names } = await run.go(plan);
    const outcome = new Outcome();
    for (const diagnostic of run.found) {
      outcome.push({ type: 'diagnostic', diagnostic });
      if (options.format === 'text' || diagnostic.severity !== 'warning') talk.diagnostic(diagnostic);
    }
    const { redaction } = run;
    const pieces = renderDifference(options.format, redaction?.copy(difference) ?? difference, {
      page: pageFor(options, stdio),
      names: redaction?.copy(names) ?? names,
      diagnostics: run.found.map((each) => redaction?.diagnostic(each) ?? each),
    });
    let characters = 0;
    for (const piece of pieces) {
      if (output.closed) break;
      characters += piece.length;
      await output.write(piece);
    }
    await output.end();
    const long = tooLongToPaste(options.format, characters);
    if (long !== null) talk.note(long);
    if (interrupt.signal !== null) {
      talk.note('interrupted: what is shown is what was done until then');
      return signalExit(interrupt.signal);
    }
    const undated = run.choice?.undated ?? 0;
    if (undated > 0) {
      talk.note(
        `${undated} packets left out by --since or --until, since nothing tells their time (does --year help?)`,
      );
    }
    if (output.closed) return EXIT.ok;
    return outcome.exitCode === EXIT.ok && differs(difference) ? EXIT.findings : outcome.exitCode;
  } catch (error) {
    await output.abandon();
    throw error;
  } finally {
    interrupt.dispose();
  }
}
