/**
 * Cases held against predictions. An expectation is met if it holds on every way that the packet may go,
 * unmet if it fails on a way that needs nothing but chance, or on all; else something that nobody saved
 * decides, and it says what.
 */
import { compareAddresses } from '../model/address.ts';
import type { Context } from '../model/context.ts';
import type {
  CaseResult,
  Counterexample,
  Expectation,
  ExpectationCase,
  ExpectationStatus,
  ExpectationVerdict,
  PlaceName,
} from '../model/expectation.ts';
import { TABLES } from '../model/hook.ts';
import type { PredictedPath, Prediction, WhyNot } from '../model/prediction.ts';
import { type Rule, type Ruleset, tableOf } from '../model/ruleset.ts';
import { isUnknown } from '../model/ternary.ts';
import { endpointText, type Held, hold } from './hold.ts';
import { type Way, wayOfPath } from './way.ts';

/** Counterexamples that are kept of one expectation. */
export const KEPT = 3;

/**
 * The rules without tracing: a way is then known from its first rule on, not from where TRACE switches on.
 * Numbers, texts and places stay.
 */
export function untraced(ruleset: Ruleset): Ruleset {
  const plain = (rule: Rule): Rule =>
    rule.target.kind === 'TRACE' ? { ...rule, target: { kind: 'none' } } : rule;
  const tables = ruleset.tables.map((table) => ({
    ...table,
    chains: new Map(
      [...table.chains].map(([name, chain]) => [name, { ...chain, rules: chain.rules.map(plain) }]),
    ),
  }));
  return { ...ruleset, tables };
}

/** The context in which a case stands: flows that nobody saved do not stand yet. */
export function caseContext(context: Context): Context {
  return { ...context, connections: context.connections ?? [] };
}

/** A prediction, and why its packet does not match a rule. */
export interface Asked {
  readonly prediction: Prediction;
  whyNot(rule: Rule): WhyNot;
}

/** Holds a case against the prediction of its packet. */
export function judge(each: ExpectationCase, asked: Asked, ruleset: Ruleset): CaseResult {
  const { prediction } = asked;
  const paths = prediction.paths.filter(({ probability }) => probability !== 0);
  const ways = paths.map((path) => ({ path, way: wayOfPath(path, each.packet.family, ruleset) }));
  const predicted = each.expectations.map((expectation) => {
    const verdict = verdictOf(expectation, ways, prediction.more, ruleset);
    const place = verdict.status === 'met' ? null : placeMissed(expectation);
    const rules = place === null ? [] : rulesAt(place, each, ruleset);
    return { ...verdict, whyNot: rules.map((rule) => asked.whyNot(rule)) };
  });
  const open = predicted.some(({ status }) => status === 'undecided');
  return {
    case: each,
    status: statusOf(predicted),
    prediction,
    predicted,
    observed: null,
    wanting: open ? [...new Set(paths.flatMap(({ wanting }) => wanting))] : [],
  };
}

/** Where a packet was to come, if that is what was expected. */
function placeMissed({ wanted }: Expectation): PlaceName | null {
  return wanted.kind === 'passes' || wanted.kind === 'by' ? wanted.place : null;
}

/** The rule of that name; of a chain the first one, for it leads to those that would call the chain. */
function rulesAt({ table, chain, number }: PlaceName, { packet }: ExpectationCase, ruleset: Ruleset): Rule[] {
  return (table === null ? TABLES : [table]).flatMap((name) => {
    const rules = tableOf(ruleset, packet.family, name)?.chains.get(chain)?.rules ?? [];
    return rules[(number ?? 1) - 1] ?? [];
  });
}

/** What verdicts come to together. */
export function statusOf(verdicts: readonly ExpectationVerdict[]): ExpectationStatus {
  if (verdicts.some(({ status }) => status === 'unmet')) return 'unmet';
  return verdicts.some(({ status }) => status === 'undecided') ? 'undecided' : 'met';
}

interface PredictedWay {
  readonly path: PredictedPath;
  readonly way: Way;
}

function verdictOf(
  expectation: Expectation,
  ways: readonly PredictedWay[],
  more: boolean,
  ruleset: Ruleset,
): Omit<ExpectationVerdict, 'whyNot'> {
  const against: Counterexample[] = [];
  let certain = false;
  let failed = 0;
  for (const { path, way } of ways) {
    const held = hold(expectation.wanted, way, ruleset);
    if (held.result === true) continue;
    const needed = path.assumptions.find(({ kind }) => kind !== 'chance');
    if (held.result === false) failed++;
    if (held.result === false && needed === undefined) certain = true;
    against.push(counterexample(held, way, needed?.fact ?? null));
  }
  const missed = more ? [] : neverChosen(expectation, ways);
  if (missed.length > 0)
    certain ||= ways.every(({ path }) => path.assumptions.every(({ kind }) => kind === 'chance'));
  against.push(...missed);
  const unmet = certain || (ways.length > 0 && failed === ways.length);
  const met = against.length === 0 && !more && ways.length > 0;
  return {
    expectation,
    status: met ? 'met' : unmet ? 'unmet' : 'undecided',
    of: ways.length,
    against: against.length - missed.length,
    counterexamples:
      against.length === 0 && more
        ? [TOO_MANY]
        : alike(against)
            .toSorted((a, b) => weight(b) - weight(a))
            .slice(0, KEPT),
  };
}

const TOO_MANY: Counterexample = {
  found: '',
  unless: 'more ways than were followed (see --branches)',
  blame: null,
  ways: 0,
  probability: null,
  walk: null,
};

/** Ways that do the same for the same reason, together. */
function alike(found: readonly Counterexample[]): readonly Counterexample[] {
  const kinds = new Map<string, Counterexample>();
  for (const each of found) {
    const key = JSON.stringify([each.found, each.unless, each.blame?.name]);
    const known = kinds.get(key);
    const probability = known === undefined ? each.probability : sumOf(known.probability, each.probability);
    kinds.set(key, known === undefined ? each : { ...known, ways: known.ways + each.ways, probability });
  }
  return [...kinds.values()];
}

function sumOf(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

/** What is certain first. */
function weight({ unless, found }: Counterexample): number {
  return (unless === null ? 2 : 0) + (found === '' ? 0 : 1);
}

/** @param needed A fact that the way hangs on. */
export function counterexample(
  { result, found, blame }: Held,
  way: Way,
  needed: string | null,
): Counterexample {
  const unless = isUnknown(result) ? result.unknown : needed;
  const { probability, walk } = way;
  return { found: isUnknown(result) ? '' : found, unless, blame, ways: 1, probability, walk };
}

/** Endpoints that no way leads to. */
function neverChosen({ wanted }: Expectation, ways: readonly PredictedWay[]): readonly Counterexample[] {
  if (wanted.kind !== 'endpoints') return [];
  return wanted.all
    .filter(({ address, port }) =>
      ways.every(({ way: { final } }) => {
        const same = final.dst?.family === address.family && compareAddresses(final.dst, address) === 0;
        return (
          final.dst !== undefined &&
          !(same && (port === null || final.dport === undefined || final.dport === port))
        );
      }),
    )
    .map((endpoint) => ({
      found: `is never sent to ${endpointText(endpoint)}`,
      unless: null,
      blame: null,
      ways: 0,
      probability: null,
      walk: null,
    }));
}
