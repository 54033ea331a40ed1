/**
 * The fold of a log → its summary: how many packets, how they ended, which rules dropped them, what was
 * found, and what was not read, lost or not checked.
 */
import type { Summary } from '../model/analysis.ts';
import { CHECK_STATUSES } from '../model/check.ts';
import { isLoss, type Severity } from '../model/diagnostic.ts';
import type { Finding } from '../model/finding.ts';
import { DISPOSITIONS } from '../model/walk.ts';
import { FINDING_ADVICE } from './advice.ts';
import { counted, number } from './count.ts';
import { type Block, joined, type Line, line, span, type Tone } from './outline.ts';
import type { Tally } from './tally.ts';
import { bothTimes } from './time.ts';
import { DISPOSITION_TONE } from './verdict.ts';
import { findingText, messageOf } from './wording.ts';

/** Rules named in the table of those that dropped. */
const TOP_RULES = 10;

const CHECK_TONE: Readonly<Record<(typeof CHECK_STATUSES)[number], Tone>> = {
  agrees: 'good',
  diverges: 'bad',
  incomplete: 'warn',
  unchecked: 'muted',
};

/** The headline: `240 packets: 217 forwarded, 23 dropped`. */
export function headline(summary: Summary, tally: Tally): readonly Block[] {
  const dispositions = DISPOSITIONS.flatMap((disposition) => {
    const count = summary.dispositions[disposition] ?? 0;
    if (count === 0) return [];
    return [line(`${number(count)} `, span(DISPOSITION_TONE[disposition], disposition))];
  });
  const title = line(span('strong', counted(summary.walks, 'packet')));
  const blocks: Block[] = [
    {
      kind: 'paragraph',
      text: dispositions.length === 0 ? title : line(title, ': ', joined(dispositions, ', ')),
    },
  ];
  const checks = CHECK_STATUSES.flatMap((status) => {
    const count = summary.checks[status];
    return count === 0 ? [] : [line(`${number(count)} `, span(CHECK_TONE[status], CHECK_WORDS[status]))];
  });
  if (tally.checked) {
    blocks.push({ kind: 'paragraph', text: line('held against the rules: ', joined(checks, ', ')) });
  }
  const span_ = spanLine(tally);
  if (span_.length > 0) blocks.push({ kind: 'paragraph', text: span_ });
  if (!tally.checked && summary.walks > 0 && tally.unchecked.size > 0) {
    blocks.push({ kind: 'paragraph', text: line(span('warn', NO_RULES)) });
  }
  const troubles = troubleLine(summary, tally);
  if (troubles.length > 0) blocks.push({ kind: 'paragraph', text: troubles });
  if (summary.partial) {
    blocks.push({
      kind: 'paragraph',
      text: [span('warn', 'PARTIAL: the run was interrupted, this is what was done until then')],
    });
  }
  return blocks;
}

const NO_RULES =
  'no rules of these tables were given (--rules FILE): what rules did is told as far as the lines alone tell it';

const CHECK_WORDS: Readonly<Record<(typeof CHECK_STATUSES)[number], string>> = {
  agrees: 'agree',
  diverges: 'diverge',
  incomplete: 'incomplete',
  unchecked: 'unchecked',
};

/** What makes the answer less than whole, in one line; the details stand under "About the input". */
function troubleLine({ unparsed }: Summary, { problems }: Tally): Line {
  const losses = [...problems.values()].filter(
    ({ examples: [first] }) => first !== undefined && isLoss(first),
  );
  const lost = losses.reduce((sum, { count }) => sum + count, 0);
  const errors = [...problems.values()].filter(({ examples: [first] }) => first?.severity === 'error');
  const failed = errors.reduce((sum, { count }) => sum + count, 0);
  const [error] = errors.flatMap(({ examples }) => examples);
  const parts = [
    ...(failed === 1 && error !== undefined
      ? [line(span('bad', `${error.at.file}: ${messageOf(error)}`))]
      : failed > 1
        ? [line(span('bad', counted(failed, 'input problem')))]
        : []),
    ...(unparsed > 0 ? [line(span('warn', `${counted(unparsed, 'line')} not understood`))] : []),
    ...(lost > 0 ? [line(span('warn', `the log lost something in ${counted(lost, 'place')}`))] : []),
  ];
  return parts.length === 0 ? [] : line(joined(parts, ', '), span('muted', ' (see "About the input")'));
}

function spanLine({ first, last, hosts }: Tally): Line {
  const names = [...hosts];
  const shown = names.slice(0, 3).join(', ');
  const host = names.length > 3 ? `${shown} and ${names.length - 3} more hosts` : shown;
  if (first === null || last === null) return host === '' ? [] : [span('muted', host)];
  const times = [first.at, last.at].map(
    ({ stamp, time, uptime }) =>
      bothTimes(stamp, time) ?? (uptime === null ? null : `uptime ${uptime.toFixed(6)}`),
  );
  const known = [...new Set(times.filter((text) => text !== null))];
  return [span('muted', [host, known.join(' to ')].filter((text) => text !== '').join(' · '))];
}

/** What the walks together say of the rules, the context and the host. */
export function findings(tally: Tally): readonly Block[] {
  const items = [...tally.findings.values()]
    .sort((a, b) => weight(a.examples[0]) - weight(b.examples[0]))
    .flatMap(({ count, examples }) => [
      ...examples.map((found): Line => findingLine(found)),
      ...(count > examples.length
        ? [[span('muted', `and ${number(count - examples.length)} more of this kind`)]]
        : []),
      ...examples.slice(0, 1).flatMap(adviceLine),
    ]);
  if (items.length === 0) return [];
  return [
    { kind: 'heading', text: line('Findings') },
    { kind: 'list', items },
  ];
}

const SEVERITY_TONE = { error: 'bad', warning: 'warn', info: 'muted' } as const satisfies Record<
  Severity,
  Tone
>;

function weight(found: Finding | undefined): number {
  return found === undefined ? 9 : ['error', 'warning', 'info'].indexOf(found.severity);
}

/** What to look at, once for all findings of a kind. */
function adviceLine({ code, severity, args }: Finding): readonly Line[] {
  return severity === 'info' ? [] : [[span('muted', `  look at: ${FINDING_ADVICE[code](args)}`)]];
}

function findingLine(found: Finding): Line {
  const from = found.at === null ? '' : `  (from ${found.at.file}:${found.at.line} on)`;
  return line(span(SEVERITY_TONE[found.severity], findingText(found)), span('muted', from));
}

/** The rules that dropped and rejected most. @param most How many are named */
export function enders(tally: Tally, most = TOP_RULES): readonly Block[] {
  const all = tally.topEnders();
  if (all.length === 0) return [];
  const rows = all
    .slice(0, most)
    .map((ender): readonly Line[] => [
      line(number(ender.count)),
      line(span('bad', ender.disposition)),
      line(ender.name),
      ender.text === null
        ? [span('muted', 'its rules were not given')]
        : line(span('code', ender.text), span('muted', ender.place === null ? '' : `  (${ender.place})`)),
    ]);
  const more = all.length - rows.length;
  return [
    { kind: 'heading', text: line('What stopped packets') },
    { kind: 'table', head: ['packets', '', 'by', 'rule'], align: ['right', 'left', 'left', 'left'], rows },
    ...(more > 0
      ? [{ kind: 'paragraph', text: line(`and ${counted(more, 'more rule')}`) } satisfies Block]
      : []),
  ];
}
