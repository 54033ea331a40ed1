/** A packet's prediction → the `prediction` object of the machine contract, with its keys in its order. */
import { stepName } from '../model/event.ts';
import type { PacketSnapshot, PredictedPath, RuleAnswer, WhyNot } from '../model/prediction.ts';
import { isUnknown, type Ternary } from '../model/ternary.ts';
import type { PredictedPacket } from './prediction-outline.ts';
import { wantedFile } from './prediction-wording.ts';

type Json = Readonly<Record<string, unknown>>;

/** The `prediction` object; `whyNot` is there only if it was asked for. */
export function predictionRecord({ n, prediction, whyNot }: PredictedPacket): Json {
  return {
    type: 'prediction',
    n,
    paths: prediction.paths.map(pathRecord),
    ...(prediction.more ? { more: true } : {}),
    ...(whyNot.length === 0 ? {} : { whyNot: whyNot.map(whyNotRecord) }),
  };
}

function pathRecord(path: PredictedPath): Json {
  const { disposition, probability, assumptions, decidedBy, ending, traced, wanting, unchecked } = path;
  return {
    steps: path.steps.map(stepName),
    disposition,
    probability,
    assumptions: assumptions.map(({ at, kind, fact, settledBy }) => ({
      at,
      kind,
      fact,
      ...(settledBy === undefined ? {} : { settledBy: wantedFile(settledBy).file }),
    })),
    final: snapshotRecord(path.final),
    by: decidedBy === null ? null : `${decidedBy.table}:${decidedBy.chain}:${decidedBy.number}`,
    ending,
    traced,
    unchecked,
    missingContext: wanting.map((kind) => {
      const { file, command } = wantedFile(kind);
      return { file, command };
    }),
  };
}

/** What is not known is null; what the packet cannot have is left out. */
function snapshotRecord(packet: PacketSnapshot): Json {
  const { src, dst, sport, dport, mark, ttl, tos, length, out } = packet;
  return {
    src: src?.text ?? null,
    dst: dst?.text ?? null,
    ...(sport === undefined ? {} : { sport }),
    ...(dport === undefined ? {} : { dport }),
    mark: mark ?? null,
    ...(ttl === undefined ? {} : { ttl }),
    ...(tos === undefined ? {} : { tos }),
    ...(length === undefined ? {} : { length }),
    in: packet.in === '' ? null : packet.in,
    out: out === undefined || out === '' ? null : out,
  };
}

/** An answer to `--why-not`. */
export function whyNotRecord({ rule, answers, callers, moreCallers }: WhyNot): Json {
  const { table, chain, number, text, source } = rule;
  return {
    rule: `${table}:${chain}:${number}`,
    text,
    source: { file: source.file, line: source.line, text: source.text },
    answers: answers.map(answerRecord),
    callers: callers.map(whyNotRecord),
    moreCallers,
  };
}

function answerRecord({ paths, fate, by, looks }: RuleAnswer): Json {
  return {
    paths,
    fate,
    by: by === null ? null : stepName(by),
    looks: looks.map(({ hook, matches, conditions }) => ({
      hook,
      matches: word(matches),
      conditions: conditions.map(({ condition, result, value }) => ({
        condition,
        result: word(result),
        value,
        ...(isUnknown(result) ? { why: result.unknown } : {}),
      })),
    })),
  };
}

function word(value: Ternary): 'yes' | 'no' | 'unknown' {
  return isUnknown(value) ? 'unknown' : value ? 'yes' : 'no';
}
