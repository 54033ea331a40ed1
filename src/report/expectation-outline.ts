/**
 * What came of a case → lines for people: its status, and for what is not met what was expected, what is there
 * instead, the rule responsible, and what would have to be known.
 */
import type {
  CaseResult,
  Counterexample,
  ExpectationStatus,
  ExpectationVerdict,
} from '../model/expectation.ts';
import type { SourceRef } from '../model/source.ts';
import { counted } from './count.ts';
import { whyNotLines } from './expectation-why.ts';
import { type Line, line, span, type Tone } from './outline.ts';
import { percent } from './prediction-verdict.ts';
import { ownText } from './rule-text.ts';
import { placeInFile } from './sarif.ts';

export const STATUS_TONE: Readonly<Record<ExpectationStatus, Tone>> = {
  met: 'good',
  unmet: 'bad',
  undecided: 'warn',
};
const SIGN: Readonly<Record<ExpectationStatus, string>> = { met: '✓', unmet: '✗', undecided: '?' };

/** `✗ unmet  name`. */
export function caseLine({ case: each, status, observed }: CaseResult): Line {
  const seen =
    observed === null
      ? ''
      : observed.packets === 0
        ? '  (no such packet in the log)'
        : `  (${counted(observed.packets, 'packet')} of the log)`;
  const place = status === 'met' ? '' : `  (${placeText(each.at)})`;
  return line(
    span(STATUS_TONE[status], `${SIGN[status]} ${status}`),
    '  ',
    span('strong', each.name),
    span('muted', place + seen),
  );
}

/** What is not met, or not decided, of a case: several lines for each. What no line shows, the rules decide. */
export function troubleLines({ predicted, observed }: CaseResult): readonly Line[] {
  return predicted.flatMap((verdict, i) => {
    const seen = observed?.verdicts[i];
    const both = [
      ...(verdict.status === 'met' ? [] : [{ side: observed === null ? '' : 'by the rules: ', verdict }]),
      ...(seen?.status === 'unmet' ? [{ side: '', verdict: seen }] : []),
    ];
    if (both.length === 0) return [];
    const { text, at } = verdict.expectation;
    return [
      line('expected: ', span('strong', text), span('muted', `  (${placeText(at)})`)),
      ...both.flatMap(({ side, verdict: of }) =>
        of.counterexamples.flatMap((each) => counterexampleLines(each, of, side)),
      ),
      ...reasonLines(verdict).map((each) => line('    ', each)),
    ];
  });
}

/** Why a predicted packet did not come where it should. */
export function reasonLines({ expectation: { wanted }, whyNot }: ExpectationVerdict): readonly Line[] {
  const chain = (wanted.kind === 'passes' || wanted.kind === 'by') && wanted.place?.number === null;
  return whyNot.flatMap((asked) => whyNotLines(asked, chain));
}

function counterexampleLines(
  { found, unless, blame, ways, probability, walk }: Counterexample,
  { status, of, against }: ExpectationVerdict,
  side: string,
): readonly Line[] {
  const share = probability === null || ways === of ? null : percent(probability);
  const ofPackets = against > 1 ? `, one of ${against} of ${counted(of, 'packet')}` : '';
  const where =
    walk !== null
      ? `packet #${walk.n} (${placeText(walk.at)})${ofPackets}: `
      : of < 2 || ways === 0
        ? ''
        : ways === of
          ? 'on every way: '
          : `on ${ways} of ${of} ways${share === null ? '' : ` (${share})`}: `;
  const what =
    found === '' ? `not decided: ${unless ?? ''}` : unless === null ? found : `${found}, if ${unless}`;
  const source = blame === null ? null : placeInFile(blame.place);
  const tone = status === 'unmet' ? 'bad' : 'warn';
  const text = blame?.place.kind === 'rule' ? ownText(blame.place.rule) : (blame?.name ?? '');
  return [
    line(`  ${side}${where}`, span(tone, what)),
    ...(blame === null || source === null
      ? []
      : [line('    ', span('code', text), span('muted', `  (${source.file}:${source.line})`))]),
  ];
}

function placeText({ file, line }: SourceRef): string {
  return `${file}:${line}`;
}

/** A line without its tones. Raw text. */
export function plainText(text: Line): string {
  return text.map((each) => each.text).join('');
}
