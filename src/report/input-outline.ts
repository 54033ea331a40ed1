/** What a summary says of the input: what was not read, lost, passed over or left open. Nothing goes unmentioned. */
import type { Summary } from '../model/analysis.ts';
import { type Diagnostic, type DiagnosticCode, isLoss } from '../model/diagnostic.ts';
import { counted, number } from './count.ts';
import { type Block, joined, type Line, line, span } from './outline.ts';
import type { Problem, Tally } from './tally.ts';
import { settledBy } from './wording.ts';

/** What was not read, lost, or left open: nothing of the input goes unmentioned. */
export function remarks(summary: Summary, tally: Tally): readonly Block[] {
  const items: Line[] = [];
  if (summary.traceLines === 0) {
    const unread = summary.lines === 0 && [...tally.problems.values()].some((problem) => rank(problem) === 0);
    if (!unread) items.push([span('warn', `no TRACE lines in ${counted(summary.lines, 'line')}`)]);
  } else if (summary.notOurs > 0 || summary.unparsed > 0 || summary.walks !== 1) {
    items.push(accounts(summary));
  }
  if (tally.unchecked.size > 0) {
    const tables = [...tally.unchecked].sort().join(', ');
    items.push(line(`not checked, their rules were not given: ${tables} `, span('muted', '(--rules FILE)')));
  }
  const problems = [...tally.problems.values()].sort((a, b) => rank(a) - rank(b));
  const blocks: Block[] = items.length === 0 ? [] : [{ kind: 'list', items }];
  for (const problem of problems) blocks.push(...problemBlocks(problem));
  if (blocks.length === 0) return [];
  return [{ kind: 'heading', text: line('About the input') }, ...blocks];
}

function accounts({ lines, records, traceLines, unparsed, notOurs }: Summary): Line {
  if (notOurs === 0 && unparsed === 0 && records === lines) {
    return line(`${counted(lines, 'line')} read, all TRACE`);
  }
  const parts = [line(counted(traceLines, 'TRACE line'))];
  if (notOurs > 0) parts.push(line(`${number(notOurs)} not TRACE`));
  if (unparsed > 0) parts.push([span('warn', `${number(unparsed)} not understood`)]);
  const of =
    records === lines ? counted(lines, 'line') : `${counted(lines, 'line')} (${number(records)} records)`;
  return line(`${of} read: `, joined(parts, ', '));
}

function rank({ examples }: Problem): number {
  const [first] = examples;
  if (first === undefined) return 9;
  if (first.severity === 'error') return 0;
  if (isLoss(first)) return 1;
  return first.severity === 'warning' ? 2 : 3;
}

function problemBlocks({ code, count, examples }: Problem): readonly Block[] {
  const more = count - examples.length;
  const folded = FOLDED[code];
  return [
    ...(folded === undefined
      ? examples.map((diagnostic): Block => ({ kind: 'diagnostic', diagnostic }))
      : [{ kind: 'list', items: folded(examples) } satisfies Block]),
    ...(more > 0
      ? [
          {
            kind: 'paragraph',
            text: [span('muted', `and ${counted(more, 'more of this kind', 'more of this kind')}`)],
          } satisfies Block,
        ]
      : []),
  ];
}

/** What is said in one line for many: nothing is wrong with these. */
const FOLDED: Partial<Record<DiagnosticCode, (examples: readonly Diagnostic[]) => readonly Line[]>> = {
  'ruleset.settled': (examples) =>
    folds(
      examples,
      ({ at }) => at.file,
      ({ args }) => String(args['by']),
    ).map(([file, ways]) => {
      const parts = [...ways].map(
        ([by, all]) => `${all.map(({ args }) => args['table']).join(', ')} ${settledBy(by)}`,
      );
      return line(`tables of ${file}: ${parts.join('; ')}`);
    }),
  'ruleset.passed-over': (examples) =>
    folds(
      examples,
      ({ args }) => String(args['by']),
      ({ at }) => at.file,
    ).map(([by, files]) => {
      const parts = [...files].map(
        ([file, all]) => `${file} (${all.map(({ args }) => args['table']).join(', ')})`,
      );
      return line(`passed over for the same tables of ${by}: ${parts.join(', ')}`);
    }),
};

type Key = (diagnostic: Diagnostic) => string;

/** Groups by one key, each by another. */
function folds(
  examples: readonly Diagnostic[],
  outer: Key,
  inner: Key,
): readonly (readonly [string, ReadonlyMap<string, readonly Diagnostic[]>])[] {
  const groups = new Map<string, Map<string, Diagnostic[]>>();
  for (const each of examples) {
    const group = groups.get(outer(each)) ?? new Map<string, Diagnostic[]>();
    group.set(inner(each), [...(group.get(inner(each)) ?? []), each]);
    groups.set(outer(each), group);
  }
  return [...groups];
}
