/**
 * Log, rules and context damaged together, through the flow and the renderers: the counts of the summary are those of
 * the records, every line of the log that is an event is a step of exactly one walk, and what is shown is inert.
 */
import { analyze } from '../../src/analyze.ts';
import { parseContext } from '../../src/context/index.ts';
import { compareRulesets } from '../../src/diff/index.ts';
import type { AnalysisRecord, Summary } from '../../src/model/analysis.ts';
import type { LineBatch } from '../../src/model/source.ts';
import type { Walk } from '../../src/model/walk.ts';
import { type Format, openRenderer, type Spool } from '../../src/report/index.ts';
import { PLAIN_STYLE } from '../../src/report/terminal/style.ts';
import { parsePackets, simulateEach } from '../../src/simulate/index.ts';
import type { Dice } from '../kernel/generate/dice.ts';
import { type Folder, folders } from './folders.ts';
import { excerpt, mangle } from './mangle.ts';
import { settle } from './rules-targets.ts';
import { demand, type Target } from './target.ts';

/** What is put between the parts of an input, so that a failing one can be kept as one file. */
const PART = '\n=== ';

function makeHost(dice: Dice): string {
  const folder = dice.pick(folders());
  const damaged = (text: string, often: number): string =>
    dice.chance(often) ? mangle(text, text, dice) : text;
  const parts: [string, string][] = [
    ['log', damaged(excerpt(folder.log, dice), 0.7)],
    ['rules', dice.chance(0.1) ? '' : damaged(dice.chance(0.7) ? folder.save : folder.list, 0.5)],
  ];
  for (const [name, text] of folder.context) {
    if (dice.chance(0.7)) parts.push([`context ${name}`, damaged(text, 0.3)]);
  }
  return parts.map(([name, text]) => `${PART}${name}\n${text}`).join('');
}

interface Host {
  log: string;
  rules: string;
  readonly context: { readonly file: string; readonly lines: readonly string[] }[];
}

/** The parts of an input; of a text that is none, all is log. */
function partsOf(text: string): Host {
  const host: Host = { log: '', rules: '', context: [] };
  for (const [i, part] of text.split(PART).entries()) {
    const [name = '', ...lines] = part.split('\n');
    if (name === 'rules') host.rules += lines.join('\n');
    else if (name.startsWith('context ')) host.context.push({ file: name.slice(8), lines });
    else host.log += i === 0 ? part : lines.join('\n');
  }
  return host;
}

async function* batches(text: string): AsyncGenerator<LineBatch> {
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at += 50) {
    yield { file: 'syslog.log', firstLine: at + 1, lines: lines.slice(at, at + 50) };
  }
}

const FORMATS: readonly Format[] = [
  ...(['text', 'report', 'markdown', 'html', 'ndjson', 'json'] as const),
  ...(['junit', 'sarif', 'mermaid', 'dot', 'perfetto'] as const),
];

function spool(): Spool {
  const pieces: string[] = [];
  return { write: (text) => void pieces.push(text), read: () => pieces };
}

async function runFlow(text: string, dice: Dice): Promise<void> {
  const { log, rules, context } = partsOf(text);
  const given = rules === '' ? [] : [{ file: 'rules', lines: rules.split('\n'), table: null, family: null }];
  const options = { year: dice.chance(0.5) ? 2024 : null, timezone: null };
  const formats = [dice.pick(FORMATS), dice.pick(FORMATS)];
  const page = { width: dice.pick([40, 80, 120]), style: PLAIN_STYLE };
  const renderers = formats.map((format) => ({
    format,
    renderer: openRenderer(format, { page, all: dice.chance(0.5), spool }),
    pieces: [] as string[],
  }));
  const records: AnalysisRecord[] = [];
  for await (const some of analyze({ logs: batches(log), rules: given, contexts: context, options })) {
    for (const record of some) {
      records.push(record);
      for (const { renderer, pieces } of renderers) pieces.push(renderer.push(record));
    }
  }
  checkRecords(records, log.split('\n').length);
  for (const { format, renderer, pieces } of renderers) {
    for (const piece of renderer.end()) pieces.push(piece);
    checkOutput(format, pieces.join(''));
  }
}

function checkRecords(records: readonly AnalysisRecord[], lines: number): void {
  const last = records.at(-1);
  demand(last?.type === 'summary', 'the summary is not last');
  const { summary } = last;
  const walks = records.flatMap((record) => (record.type === 'walk' ? [record.walk] : []));
  demand(summary.lines === lines, `${lines} lines, ${summary.lines} counted`);
  demand(
    summary.records === summary.traceLines + summary.unparsed + summary.notOurs,
    `records do not add up: ${JSON.stringify(summary)}`,
  );
  demand(walks.length === summary.walks, `${walks.length} walks, ${summary.walks} counted`);
  const steps = walks.reduce((sum, walk) => sum + walk.steps.length, 0);
  demand(steps === summary.traceLines, `${summary.traceLines} trace lines, ${steps} steps`);
  checkTallies(walks, summary);
  for (const walk of walks) checkWalk(walk);
}

function checkTallies(walks: readonly Walk[], { dispositions, checks }: Summary): void {
  const sum = (counts: Readonly<Record<string, number>>): number =>
    Object.values(counts).reduce((all, count) => all + count, 0);
  demand(sum(dispositions) === walks.length, `dispositions: ${JSON.stringify(dispositions)}`);
  demand(sum(checks) === walks.length, `checks: ${JSON.stringify(checks)}`);
  const numbers = walks.map(({ n }) => n).sort((a, b) => a - b);
  demand(
    numbers.every((n, i) => n === i + 1),
    `walks are numbered ${numbers.join(' ')}`,
  );
}

function checkWalk({ n, steps, check, decidedBy }: Walk): void {
  const ordered = steps.every(
    ({ event }, i) =>
      i === 0 || event.line >= (steps[i - 1]?.event.line ?? 0) || event.file !== steps[i - 1]?.event.file,
  );
  demand(ordered, `walk ${n} goes back in the log`);
  demand(decidedBy === null || decidedBy < steps.length, `walk ${n} decided by step ${decidedBy}`);
  demand(
    (check.status === 'diverges') === (check.divergence !== null),
    `walk ${n} ${check.status}, divergence ${JSON.stringify(check.divergence)}`,
  );
  const at = check.divergence?.at ?? 0;
  demand(at >= 0 && at <= steps.length, `walk ${n} diverges at ${at} of ${steps.length}`);
  demand(
    check.status !== 'agrees' || check.missing.length === 0,
    `walk ${n} agrees and misses ${JSON.stringify(check.missing)}`,
  );
}

function checkOutput(format: Format, text: string): void {
  const seen = /[^\P{C}\n]|[\u2028\u2029]/u.exec(text);
  demand(
    seen === null,
    `${format}: a character that is not seen at ${seen?.index}: ${JSON.stringify(seen?.[0])}`,
  );
  if (format === 'json' || format === 'sarif' || format === 'perfetto') JSON.parse(text);
  if (format === 'ndjson') for (const line of text.trimEnd().split('\n')) JSON.parse(line);
  if (format === 'html') demand(text.trimEnd().endsWith('</html>'), 'html does not end');
}

function makeForecast(dice: Dice): string {
  const folder: Folder = dice.pick(folders().filter(({ packets }) => packets !== ''));
  const rules = dice.pick(folders()).save;
  const packets = dice.chance(0.5)
    ? mangle(excerpt(folder.packets, dice), folder.packets, dice)
    : excerpt(folder.packets, dice);
  return [
    ['log', packets],
    ['rules', mangle(dice.chance(0.8) ? folder.save : rules, rules, dice)],
    ...folder.context.map(([name, text]) => [
      `context ${name}`,
      dice.chance(0.3) ? mangle(text, text, dice) : text,
    ]),
  ]
    .map(([name, text]) => `${PART}${name}\n${text}`)
    .join('');
}

/** Branches of a packet: enough to fork, few enough to try much. */
const BRANCHES = 16;

function runForecast(text: string): void {
  const { log, rules, context } = partsOf(text);
  const { ruleset } = settle(rules);
  const packets = parsePackets('packets', log.split('\n')).packets.slice(0, 40);
  let n = 0;
  for (const { prediction, whyNot } of simulateEach(
    ruleset,
    parseContext(context).context,
    packets.map(({ packet }) => packet),
    { branches: BRANCHES },
  )) {
    demand(prediction.n === n, `packet ${n} is predicted as ${prediction.n}`);
    demand(
      prediction.paths.length > 0 && prediction.paths.length <= BRANCHES,
      `${prediction.paths.length} paths`,
    );
    const rule = ruleset.tables
      .flatMap(({ chains }) => [...chains.values()])
      .find(({ rules: all }) => all.length > 0)?.rules[0];
    if (rule !== undefined && n === 0 && rule.family === packets[0]?.packet.family) whyNot(rule);
    n++;
  }
  demand(n === packets.length, `${packets.length} packets, ${n} predictions`);
}

function makePair(dice: Dice): string {
  const { save, list } = dice.pick(folders());
  return `${PART}rules\n${save}${PART}context other\n${mangle(dice.chance(0.8) ? save : list, save, dice)}`;
}

function runPair(text: string): void {
  const { rules, context } = partsOf(text);
  const [a, b] = [rules, context[0]?.lines.join('\n') ?? ''].map((each) => settle(each).ruleset);
  if (a === undefined || b === undefined) return;
  compareRulesets(a, b);
  const own = compareRulesets(b, b).difference;
  demand(own.rules.length + own.chains.length + own.tables.length === 0, 'a rule set differs from itself');
}

export const pipelineTargets: readonly Target[] = [
  { name: 'flow', kinds: ['log'], make: makeHost, run: runFlow },
  { name: 'forecast', kinds: ['packets'], make: makeForecast, run: runForecast },
  { name: 'rule sets compared', kinds: ['save'], make: makePair, run: runPair },
];
