/**
 * Walks, diagnostics and summaries → the objects of the machine contract (ndjson and json), with its keys
 * in its order. What is listed there is always present; what a packet does not have is left out.
 */
import { SCHEMA_VERSION, type Summary } from '../model/analysis.ts';
import { CONTEXT_FILES } from '../model/context.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { stepName } from '../model/event.ts';
import type { Finding } from '../model/finding.ts';
import { dportOf, type Packet, sportOf, tcpFlagNames } from '../model/packet.ts';
import { protocolKey } from '../model/protocol.ts';
import type { Place } from '../model/ruleset.ts';
import { targetName } from '../model/target.ts';
import type { Step, Walk } from '../model/walk.ts';
import { isoTime } from './time.ts';
import { findingText, messageOf } from './wording.ts';

type Json = Readonly<Record<string, unknown>>;

/** The `walk` object. */
export function walkRecord(walk: Walk): Json {
  const first = walk.steps[0]?.event;
  return {
    type: 'walk',
    n: walk.n,
    host: walk.host,
    family: walk.packet.family,
    packet: packetRecord(walk.packet),
    start: {
      file: first?.file ?? '',
      line: first?.line ?? 0,
      uptime: first?.uptime ?? null,
      time: first?.time == null ? null : isoTime(first.time),
    },
    steps: walk.steps.map(stepRecord),
    disposition: walk.disposition,
    by: deciderName(walk),
    ...(walk.check.ending == null ? {} : { ending: walk.check.ending }),
    ...(walk.causedBy === null ? {} : { causedBy: walk.causedBy }),
    check: {
      status: walk.check.status,
      unchecked: walk.check.unchecked,
      assumptions: walk.check.assumptions.map(({ at, kind, fact, settledBy }) => ({
        at,
        kind,
        fact,
        ...(settledBy === undefined ? {} : { settledBy: CONTEXT_FILES[settledBy].file }),
      })),
      missing: walk.check.missing.map(({ after, steps }) => ({ after, steps })),
      divergence: divergenceRecord(walk),
    },
  };
}

/** `table:chain:number` of the step that decided, or null. */
export function deciderName(walk: Walk): string | null {
  const decider = walk.decidedBy === null ? undefined : walk.steps[walk.decidedBy]?.event;
  return decider === undefined ? null : `${decider.table}:${decider.chain}:${decider.number}`;
}

function divergenceRecord(walk: Walk): Json | null {
  const divergence = walk.check.divergence;
  if (divergence === null) return null;
  const { at, expected, observed, because } = divergence;
  return {
    at,
    expected,
    observed,
    because:
      because === null ? null : { rule: because.rule, condition: because.condition, value: because.value },
  };
}

function packetRecord(packet: Packet): Json {
  const { transport } = packet;
  const sport = sportOf(packet);
  const dport = dportOf(packet);
  return {
    in: packet.in === '' ? null : packet.in,
    out: packet.out === '' ? null : packet.out,
    src: packet.src.text,
    dst: packet.dst.text,
    length: packet.length,
    ttl: packet.ttl,
    ...(packet.id === null ? {} : { id: packet.id }),
    protocol: packet.protocol === null ? null : protocolKey(packet.protocol),
    ...(sport === null ? {} : { sport }),
    ...(dport === null ? {} : { dport }),
    ...(transport.kind === 'tcp'
      ? { flags: tcpFlagNames(transport.flags), seq: transport.seq, ack: transport.ack }
      : {}),
    ...(transport.kind === 'icmp' ? { icmpType: transport.type, icmpCode: transport.code } : {}),
    mark: packet.mark,
    ...(transport.kind === 'icmp' && transport.id !== null ? { icmpId: transport.id } : {}),
    ...(transport.kind === 'icmp' && transport.seq !== null ? { icmpSeq: transport.seq } : {}),
    ...(transport.kind === 'ipsec' ? { spi: transport.spi } : {}),
    ...(packet.tos === 0 ? {} : { tos: packet.tos }),
    ...(packet.flowLabel === null || packet.flowLabel === 0 ? {} : { flowLabel: packet.flowLabel }),
    ...(packet.df ? { df: true } : {}),
    ...(packet.mf ? { mf: true } : {}),
    ...(packet.fragmentOffset === 0 ? {} : { fragment: packet.fragmentOffset }),
    ...(packet.physIn === null ? {} : { physIn: packet.physIn }),
    ...(packet.physOut === null ? {} : { physOut: packet.physOut }),
    ...(packet.mac === null || packet.mac === '' ? {} : { mac: packet.mac }),
    ...(packet.uid === null ? {} : { uid: packet.uid }),
    ...(packet.gid === null ? {} : { gid: packet.gid }),
  };
}

function stepRecord({ event, hook, depth, place, changes, between }: Step): Json {
  const rule = place.kind === 'rule' ? place.rule : null;
  return {
    file: event.file,
    line: event.line,
    hook,
    table: event.table,
    chain: event.chain,
    type: event.type,
    rule: event.number,
    depth,
    uptime: event.uptime,
    text: rule?.text ?? null,
    source: rule === null ? null : { file: rule.source.file, line: rule.source.line, text: rule.source.text },
    target: targetThatRan(place),
    ...(changes === null ? {} : { changes }),
    ...(between === undefined ? {} : { between }),
  };
}

/** The target that really ran: a rule's, a policy's verdict, RETURN at a chain's end; null if unknown or none. */
function targetThatRan(place: Place): string | null {
  switch (place.kind) {
    case 'rule':
      return targetName(place.rule.target);
    case 'policy':
      return place.chain.policy;
    case 'return':
      return 'RETURN';
    case 'missing':
    case 'ungiven':
      return null;
  }
}

/** The `diagnostic` object. */
export function diagnosticRecord(diagnostic: Diagnostic): Json {
  return {
    type: 'diagnostic',
    code: diagnostic.code,
    severity: diagnostic.severity,
    file: diagnostic.at.file,
    line: diagnostic.at.line,
    column: diagnostic.at.column,
    message: messageOf(diagnostic),
  };
}

/** The `finding` object. */
export function findingRecord(finding: Finding): Json {
  return {
    type: 'finding',
    code: finding.code,
    severity: finding.severity,
    file: finding.at?.file ?? null,
    line: finding.at?.line ?? null,
    message: findingText(finding),
    args: finding.args,
  };
}

/** The `summary` object; `partial` is there only if the run was interrupted. */
export function summaryRecord(summary: Summary): Json {
  return {
    type: 'summary',
    schemaVersion: SCHEMA_VERSION,
    lines: summary.lines,
    records: summary.records,
    traceLines: summary.traceLines,
    unparsed: summary.unparsed,
    notOurs: summary.notOurs,
    walks: summary.walks,
    dispositions: summary.dispositions,
    checks: summary.checks,
    ...(summary.partial ? { partial: true } : {}),
  };
}

/** `table:chain:type:number` of a step. */
export function nameOf(step: Step): string {
  return stepName(step.event);
}
