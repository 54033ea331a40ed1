/** What came of a case → the object of the machine contract, one a line. */
import type { CaseResult, Counterexample, ExpectationVerdict } from '../model/expectation.ts';
import { whyNotRecord } from './prediction-record.ts';
import { placeInFile } from './sarif.ts';

type Json = Readonly<Record<string, unknown>>;

/** The `expectation` object. */
export function caseRecord({
  case: each,
  status,
  prediction,
  predicted,
  observed,
  wanting,
}: CaseResult): Json {
  return {
    type: 'expectation',
    name: each.name,
    file: each.at.file,
    line: each.at.line,
    status,
    ways: prediction.paths.length,
    packets: observed === null ? null : observed.packets,
    expectations: [
      ...predicted.map((verdict) => verdictRecord(verdict, 'predicted')),
      ...(observed === null || observed.packets === 0 ? [] : observed.verdicts).map((verdict) =>
        verdictRecord(verdict, 'observed'),
      ),
    ],
    wanting,
  };
}

function verdictRecord(verdict: ExpectationVerdict, side: 'predicted' | 'observed'): Json {
  const { expectation, status, of, against, counterexamples, whyNot } = verdict;
  return {
    side,
    kind: expectation.wanted.kind,
    text: expectation.text,
    line: expectation.at.line,
    status,
    of,
    against,
    counterexamples: counterexamples.map(counterexampleRecord),
    ...(whyNot.length === 0 ? {} : { whyNot: whyNot.map(whyNotRecord) }),
  };
}

function counterexampleRecord({ found, unless, blame, ways, probability, walk }: Counterexample): Json {
  const source = blame === null ? null : placeInFile(blame.place);
  return {
    found: found === '' ? null : found,
    unless,
    rule: blame?.name ?? null,
    source: source === null ? null : { file: source.file, line: source.line },
    ways,
    probability,
    walk: walk === null ? null : { n: walk.n, file: walk.at.file, line: walk.at.line },
  };
}
