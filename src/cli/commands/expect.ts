/**
 * `trace-analyze expect FILE…`: what packets are expected to do, held against the simulator and, where a log is
 * given, against what it shows. The log is analysed first: its chains may settle which table a listing is.
 */
import { setImmediate } from 'node:timers/promises';
import { analyze } from '../../analyze.ts';
import { type ContextFile, parseContext, recogniseContext } from '../../context/index.ts';
import {
  caseContext,
  checkNames,
  judge,
  Observer,
  parseSuite,
  type ReadPacket,
  untraced,
} from '../../expect/index.ts';
import { openLogs, readText } from '../../io/index.ts';
import type { LogOptions } from '../../log/index.ts';
import type { Context } from '../../model/context.ts';
import { type Diagnostic, diagnostic } from '../../model/diagnostic.ts';
import type { CaseResult, ExpectationCase } from '../../model/expectation.ts';
import type { Ruleset } from '../../model/ruleset.ts';
import { Outcome, openExpectationRenderer } from '../../report/index.ts';
import { parseRuleset, type RulesetSource, recogniseRules, settleRuleset } from '../../ruleset/index.ts';
import { parsePacket, parsePackets, simulateEach } from '../../simulate/index.ts';
import { EXIT, signalExit, UsageError } from '../exit.ts';
import { Interrupt } from '../interrupt.ts';
import { logTimesOf } from '../log-times.ts';
import type { ExpectOptions } from '../options.ts';
import { openSources } from '../sources.ts';
import { openSpool } from '../spool.ts';
import type { Stdio } from '../stdio.ts';
import { Talk } from '../talk.ts';
import { openOutput, pageFor } from '../target.ts';

/** Milliseconds in which the lines that are read must come, once a signal ended their input. */
const GRACE = 100;

/** @returns the exit code: 1 if a case is unmet or undecided, 2 if an input cannot be read. @throws UsageError. */
export async function expectCommand(
  files: readonly string[],
  options: ExpectOptions,
  stdio: Stdio,
): Promise<number> {
  if (options.rules.length === 0) throw new UsageError('no rules: give them with --rules FILE');
  const times = logTimesOf(options);
  const talk = new Talk(stdio, options);
  const sources = await openSources(
    { inputs: options.log, rules: options.rules, contexts: options.context },
    { stdin: stdio.in },
  );
  for (const text of sources.talk) talk.note(text);
  const found: Diagnostic[] = [...sources.diagnostics];
  const cases = await readCases(files, stdio, found);
  const output = await openOutput(options, options.format === 'text', stdio);
  const interrupt = new Interrupt(stdio);
  const spools: ReturnType<typeof openSpool>[] = [];
  try {
    const observer = sources.logs.length === 0 ? null : new Observer(cases);
    const host =
      observer === null
        ? hostOf(sources.rules, sources.contexts, found)
        : await observe(observer, sources, times, stdio, interrupt, found);
    found.push(...checkNames(cases, host.ruleset));
    const outcome = new Outcome();
    for (const diagnostic of found) {
      outcome.push({ type: 'diagnostic', diagnostic });
      talk.diagnostic(diagnostic);
    }
    const renderer = openExpectationRenderer(options.format, {
      page: pageFor(options, stdio),
      spool: () => {
        const spool = openSpool();
        spools.push(spool);
        return spool;
      },
      diagnostics: found,
    });
    const results: CaseResult[] = [];
    for await (const result of predict(cases, host, options, interrupt)) results.push(result);
    const all = observer === null ? results : observer.addTo(results);
    for (const result of all) await output.write(renderer.push(result));
    for (const piece of renderer.end()) await output.write(piece);
    await output.end();
    if (interrupt.signal !== null) {
      talk.note('interrupted: what is shown is what was done until then');
      return signalExit(interrupt.signal);
    }
    if (output.closed) return EXIT.ok;
    const objected = all.some(({ status }) => status !== 'met');
    return outcome.exitCode === EXIT.ok && objected ? EXIT.findings : outcome.exitCode;
  } catch (error) {
    await output.abandon();
    throw error;
  } finally {
    interrupt.dispose();
    for (const spool of spools) spool.close();
  }
}

interface Host {
  readonly ruleset: Ruleset;
  readonly context: Context;
}

function hostOf(
  rules: readonly RulesetSource[],
  contexts: readonly ContextFile[],
  found: Diagnostic[],
): Host {
  const { ruleset, diagnostics, notes } = settleRuleset(parseRuleset(rules), []);
  const { context, diagnostics: ofContext } = parseContext(contexts);
  found.push(...diagnostics, ...notes, ...ofContext);
  return { ruleset, context };
}

/** Analyses the log: the observer sees its walks, and the rules are those that the analysis settled on. */
async function observe(
  observer: Observer,
  { logs, rules, contexts }: Awaited<ReturnType<typeof openSources>>,
  times: LogOptions,
  stdio: Stdio,
  interrupt: Interrupt,
  found: Diagnostic[],
): Promise<Host> {
  const lines = openLogs(
    logs,
    { stdin: interrupt.until(stdio.in) },
    { diagnostic: (diagnostic) => void found.push(diagnostic) },
  );
  let ruleset: Ruleset = { tables: [], whole: [] };
  const input = {
    logs: interrupt.until(lines, GRACE),
    rules,
    contexts,
    options: times,
  };
  for await (const batch of analyze(input)) {
    for (const record of batch) {
      if (record.type === 'rules') ruleset = record.ruleset;
      else if (record.type === 'walk') observer.push(record.walk, ruleset);
      else if (record.type === 'diagnostic') found.push(record.diagnostic);
    }
  }
  return { ruleset, context: parseContext(contexts).context };
}

async function* predict(
  cases: readonly ExpectationCase[],
  { ruleset, context }: Host,
  { branches }: ExpectOptions,
  interrupt: Interrupt,
): AsyncGenerator<CaseResult> {
  const rules = untraced(ruleset);
  const standing = caseContext(context);
  for (const each of cases) {
    if (interrupt.signal !== null) return;
    const packets = [...each.before, each.packet];
    const asked = simulateEach(rules, standing, packets, branches === undefined ? {} : { branches });
    for (const one of asked) {
      if (one.prediction.n === packets.length - 1) yield judge(each, one, rules);
    }
    await setImmediate();
  }
}

async function readCases(
  files: readonly string[],
  stdio: Stdio,
  found: Diagnostic[],
): Promise<readonly ExpectationCase[]> {
  const cases: ExpectationCase[] = [];
  for (const path of files) {
    const sink = { diagnostic: (diagnostic: Diagnostic) => void found.push(diagnostic) };
    const text = await readText(path, { stdin: stdio.in }, sink);
    if (text === null) continue;
    const parsed = parseSuite(text.file, text.lines, readPacket);
    const refused = parsed.diagnostics.some(({ severity }) => severity === 'error');
    const foreign = refused ? strangerIn(text.file, text.lines) : null;
    found.push(...(foreign === null ? parsed.diagnostics : [foreign]));
    cases.push(...parsed.cases);
  }
  return cases;
}

const RULES = {
  save: 'these are rules (iptables-save)',
  S: 'these are rules (iptables -S)',
  list: 'these are rules (iptables -L)',
} as const;

/** What was given for an expectation file by mistake, if it is something that another option takes. */
function strangerIn(file: string, lines: readonly string[]): Diagnostic | null {
  const say = (what: string, option: string): Diagnostic =>
    diagnostic('expect.foreign', { file, line: 1, column: 1 }, { what, option });
  const rules = recogniseRules(lines);
  if (rules !== null && rules.confidence > 0.5) {
    const { form } = rules;
    return form === 'save' || form === 'S' || form === 'list'
      ? say(RULES[form], '--rules')
      : say(`these are rules (${form})`, '');
  }
  if (lines.some((line) => /\bTRACE: \w+:/.test(line))) return say('this is a kernel log', '--log');
  return recogniseContext(lines) === null ? null : say('this is saved context', '--context');
}

const readPacket: ReadPacket = (written) => {
  if (typeof written === 'string') {
    const { packet, diagnostics } = parsePacket(written);
    return { packet: packet?.packet ?? null, diagnostics };
  }
  const { packets, diagnostics } = parsePackets('', [JSON.stringify(written)]);
  return { packet: packets[0]?.packet ?? null, diagnostics };
};
