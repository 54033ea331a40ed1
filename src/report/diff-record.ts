/** A difference → the objects of the machine contract: one for each rule, chain and flow that differs, the summary last. */
import { SCHEMA_VERSION } from '../model/analysis.ts';
import {
  type ChainChange,
  type Difference,
  differs,
  type FlowDifference,
  type PartedStep,
  type Passage,
  type RuleChange,
  type TableChange,
  type WayDifference,
  type WayStep,
} from '../model/difference.ts';
import { stepName } from '../model/event.ts';
import { protocolKey } from '../model/protocol.ts';
import type { Rule } from '../model/ruleset.ts';
import { placeInFile } from './sarif.ts';

type Json = Readonly<Record<string, unknown>>;

/** All objects but the summary. */
export function* differenceRecords({ rules, sets, flows }: Difference): Iterable<Json> {
  for (const change of rules?.tables ?? []) yield tableRecord(change);
  for (const change of rules?.chains ?? []) yield chainRecord(change);
  for (const change of rules?.rules ?? []) yield ruleRecord(change);
  for (const change of sets) yield { type: 'set-difference', ...change };
  for (const flow of flows) yield flowRecord(flow);
}

function tableRecord({ kind, family, table }: TableChange): Json {
  return { type: 'table-difference', kind, family, table };
}

function chainRecord({ kind, family, table, a, b }: ChainChange): Json {
  return {
    type: 'chain-difference',
    kind,
    family,
    table,
    chain: (b ?? a)?.name ?? '',
    a: a === null ? null : { policy: a.policy, rules: a.rules.length },
    b: b === null ? null : { policy: b.policy, rules: b.rules.length },
  };
}

function ruleRecord({ kind, a, b, parts }: RuleChange): Json {
  const rule = b ?? a;
  return {
    type: 'rule-difference',
    kind,
    family: rule?.family ?? null,
    table: rule?.table ?? null,
    chain: rule?.chain ?? null,
    a: a === null ? null : placedRule(a),
    b: b === null ? null : placedRule(b),
    ...(kind === 'changed' ? { parts } : {}),
  };
}

function placedRule({ number, text, source }: Rule): Json {
  return { rule: number, text, source: { file: source.file, line: source.line, text: source.text } };
}

function flowRecord({ flow, status, ways, packets }: FlowDifference): Json {
  const { host, family, protocol, client, server, port } = flow;
  return {
    type: 'flow-difference',
    status,
    flow: {
      host,
      family,
      protocol: protocol === null ? null : protocolKey(protocol),
      src: client,
      dst: server,
      ...(port === null ? {} : { dport: port }),
    },
    packets,
    ways: ways.map(wayRecord),
  };
}

function wayRecord({ packet, a, b, changed, parting, why, certain }: WayDifference): Json {
  return {
    packet,
    changed,
    why,
    certain,
    first:
      parting === null ? null : { at: parting.at, a: partedRecord(parting.a), b: partedRecord(parting.b) },
    a: passageRecord(a),
    b: passageRecord(b),
  };
}

function partedRecord(parted: PartedStep | null): Json | null {
  if (parted === null) return null;
  const { step, fate } = parted;
  const { place } = step;
  const source = placeInFile(place);
  return {
    step: stepName(step),
    hook: step.hook,
    text: place.kind === 'rule' ? place.rule.text : null,
    source: source === null ? null : { file: source.file, line: source.line },
    fate,
  };
}

function passageRecord(passage: Passage | null): Json | null {
  if (passage === null) return null;
  const { way, packets, first, assumptions } = passage;
  const decider: WayStep | undefined = way.decidedBy === null ? undefined : way.steps[way.decidedBy];
  return {
    packets,
    start: first,
    steps: way.steps.map(stepName),
    disposition: way.disposition,
    by: decider === undefined ? null : `${decider.table}:${decider.chain}:${decider.number}`,
    in: way.in,
    out: way.out,
    endpoint: way.endpoint,
    peer: way.peer,
    mark: way.mark,
    assumptions,
  };
}

/** The `summary` object. */
export function differenceSummary(difference: Difference): Json {
  const { mode, rules, counts, packets, beyond, leftOut, partial } = difference;
  const count = (kind: RuleChange['kind']): number =>
    rules?.rules.filter((change) => change.kind === kind).length ?? 0;
  return {
    type: 'summary',
    schemaVersion: SCHEMA_VERSION,
    mode,
    differs: differs(difference),
    rules:
      rules === null
        ? null
        : {
            same: rules.same,
            removed: count('removed'),
            added: count('added'),
            moved: count('moved'),
            changed: count('changed'),
            chains: rules.chains.length,
          },
    flows: counts,
    packets,
    beyond,
    ...(leftOut === null ? {} : { leftOut }),
    ...(partial ? { partial: true } : {}),
  };
}
