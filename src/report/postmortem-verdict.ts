/** The fold of a log → the one paragraph that a reader in a hurry reads: what was seen, and what is wrong. */
import type { Summary } from '../model/analysis.ts';
import { DISPOSITIONS } from '../model/walk.ts';
import { becauseLine } from './because.ts';
import { capitalised, counted, number } from './count.ts';
import type { Group } from './groups.ts';
import { joined, type Line, line, span } from './outline.ts';
import type { Tally } from './tally.ts';
import { DISPOSITION_TONE } from './verdict.ts';
import { findingText } from './wording.ts';

/** @param groups alarming ones first */
export function verdictParagraph(summary: Summary, tally: Tally, groups: readonly Group[]): Line {
  if (summary.walks === 0) {
    return line(
      span('warn', summary.traceLines === 0 ? 'No TRACE line was found' : 'No packet is chosen'),
      '; there is nothing to tell.',
    );
  }
  const ends = DISPOSITIONS.flatMap((end) => {
    const count = summary.dispositions[end] ?? 0;
    if (count === 0) return [];
    return [
      line(
        count < summary.walks ? `${number(count)} ` : count === 1 ? '' : 'all ',
        span(DISPOSITION_TONE[end], end === 'unknown' ? 'with an end that nothing tells' : end),
      ),
    ];
  });
  const traced = line(
    span('strong', counted(summary.walks, 'packet')),
    summary.walks === 1 ? ' was traced: ' : ' were traced: ',
    joined(ends, ', '),
    '.',
  );
  return line(
    traced,
    ' ',
    checkSentence(summary, tally),
    ...stopSentence(summary, tally),
    ...divergeSentence(groups, tally),
    ...causeSentence(tally),
    ...lackSentence(summary),
  );
}

function checkSentence({ walks, checks }: Summary, tally: Tally): Line {
  if (!tally.checked) return line(span('muted', 'No rules were given to hold them against.'));
  const { diverges, agrees, incomplete, unchecked } = checks;
  if (diverges > 0) {
    const who =
      diverges < walks ? `${number(diverges)} did not go` : walks === 1 ? 'It did not go' : 'None went';
    return line(span('bad', `${who} as the rules say`), agrees > 0 ? `, ${number(agrees)} did.` : '.');
  }
  if (agrees === walks)
    return line(span('good', walks === 1 ? 'It went' : 'Every one went'), ' as the rules say.');
  const parts = [
    ...(agrees > 0 ? [line(`${number(agrees)} went as the rules say`)] : []),
    ...(incomplete > 0 ? [line(`${number(incomplete)} as far as was logged`)] : []),
    ...(unchecked > 0 ? [line(`${number(unchecked)} could not be checked`)] : []),
  ];
  return line('None contradicts the rules: ', joined(parts, ', '), '.');
}

function stopSentence({ dispositions }: Summary, tally: Tally): Line {
  const [top] = tally.topEnders();
  if (top === undefined) return [];
  const stopped = (dispositions.dropped ?? 0) + (dispositions.rejected ?? 0);
  const who =
    top.count === stopped
      ? stopped === 1
        ? 'It was stopped by'
        : `All ${number(stopped)} that did not pass were stopped by`
      : `Of those that did not pass, ${number(top.count)} were stopped by`;
  const text = top.text === null ? [] : [' (', span('code', top.text), ')'];
  return line(
    ' ',
    stopped === 1 && tally.walks > 1 ? 'One was stopped by' : who,
    ` ${top.name}`,
    ...text,
    '.',
  );
}

/** Rules with other numbers, or of another host: then no condition of these is the reason. */
const OTHER_RULES = ['rules.inserted', 'rules.deleted', 'rules.moved', 'rules.foreign'] as const;

function divergeSentence(groups: readonly Group[], { findings }: Tally): Line {
  if (OTHER_RULES.some((code) => findings.has(code))) return [];
  const example = groups.find((group) => group.example.check.divergence !== null)?.example;
  const divergence = example?.check.divergence ?? null;
  if (example === undefined || divergence?.because == null) return [];
  return line(
    ` In `,
    { ...span('strong', `#${example.n}`), walk: example.n },
    ', ',
    becauseLine(divergence),
    '.',
  );
}

function causeSentence({ findings }: Tally): Line {
  const found = [...findings.values()]
    .flatMap(({ examples }) => examples)
    .find(({ severity }) => severity === 'error');
  return found === undefined ? [] : line(' ', span('bad', capitalised(findingText(found))), '.');
}

function lackSentence({ partial, unparsed }: Summary): Line {
  if (partial) return line(' ', span('warn', 'The run was interrupted: this is not all.'));
  return unparsed === 0
    ? []
    : line(' ', span('warn', `${counted(unparsed, 'line')} could not be understood.`));
}
