/**
 * A walk → its outline: verdict, facts, and its steps by hook and table, with each rule in the words of
 * its owner's file and each change on the step that made it. Adds nothing that the walk does not say.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import { dportOf, type Packet, sportOf } from '../model/packet.ts';
import type { Ruleset } from '../model/ruleset.ts';
import type { Gap, Step, Walk } from '../model/walk.ts';
import { changeLines, markNote } from './changes.ts';
import { divergenceOutline } from './divergence.ts';
import { type Line, line, type Row, type Section, span, type WalkOutline } from './outline.ts';
import { ownText, ownTextInChain } from './rule-text.ts';
import { bothTimes, spanText } from './time.ts';
import { endpoint, endpoints, finalPacket, outcome, packetKind } from './verdict.ts';
import { messageOf } from './wording.ts';

export interface WalkOutlineOptions {
  /** The equal walks that this one stands for. */
  readonly like?: Likeness | null;
  /** Places within the walk's lines where the log lost something. */
  readonly losses?: readonly Diagnostic[];
  /** To quote a rule that the walk did not meet. */
  readonly ruleset?: Ruleset | null;
}

/** What is known of several equal walks. */
export interface Likeness {
  readonly count: number;
  /** The ports that differ, and on which side; null if there are none. */
  readonly ports: { readonly from: number; readonly to: number } | null;
  readonly side: 'src' | 'dst';
  /** `TCP SYN, ACK`: what kinds of packet they are. */
  readonly kind: string;
  readonly note: Line;
}

/** Most missing steps that a gap names. */
const NAMED_STEPS = 6;

export function walkOutline(walk: Walk, options: WalkOutlineOptions = {}): WalkOutline {
  const { like = null, losses = [], ruleset = null } = options;
  return {
    n: walk.n,
    count: like === null ? 1 : like.count,
    verdict: verdictLine(walk, like),
    facts: [
      whereAndWhen(walk),
      ...(like === null ? [] : [like.note]),
      ...decision(walk),
      ...translation(walk),
      ...checkLines(walk),
    ].filter((fact) => fact.length > 0),
    divergence: walk.check.divergence === null ? null : divergenceOutline(walk, ruleset),
    sections: sectionsOf(walk, losses),
  };
}

/** The whole verdict: who, what, and how it ended. */
export function verdictLine(walk: Walk, like: Likeness | null = null): Line {
  const { packet } = walk;
  const status = walk.check.status;
  const who = like === null ? endpoints(packet) : endpointsOfMany(packet, like);
  return line(
    span('strong', who),
    `  ${like === null ? packetKind(packet) : like.kind}: `,
    outcome(walk, like?.side === 'dst'),
    ...(status === 'diverges' ? [' — ', span('bad', 'not what the rules say')] : []),
    ...(walk.gaps.length > 0 ? [' — ', span('warn', 'lines are missing')] : []),
  );
}

function endpointsOfMany(packet: Packet, { ports, side }: Likeness): string {
  if (ports === null) return endpoints(packet);
  const range = ports.from === ports.to ? `${ports.from}` : `${ports.from}–${ports.to}`;
  const src = endpoint(packet.src.text, side === 'src' ? range : sportOf(packet));
  const dst = endpoint(packet.dst.text, side === 'dst' ? range : dportOf(packet));
  return `${src} → ${dst}`;
}

function whereAndWhen(walk: Walk): Line {
  const first = walk.steps[0]?.event;
  const last = walk.steps.at(-1)?.event;
  if (first === undefined || last === undefined) return [];
  const time = bothTimes(first.stamp, first.time);
  const uptime = first.uptime === null ? [] : [`uptime ${first.uptime.toFixed(6)}`];
  const duration =
    first.uptime === null || last.uptime === null || last.uptime <= first.uptime
      ? ''
      : ` in ${spanText(last.uptime - first.uptime)}`;
  const range =
    first.file !== last.file
      ? `${first.file}:${first.line} – ${last.file}:${last.line}`
      : first.line === last.line
        ? `${first.file}:${first.line}`
        : `${first.file}:${first.line}–${last.line}`;
  const steps = `${walk.steps.length} ${walk.steps.length === 1 ? 'step' : 'steps'}${duration}`;
  const cause = walk.causedBy === null ? [] : [`called forth by #${walk.causedBy}`];
  const host = walk.host === null ? [] : [walk.host];
  const parts = [...host, ...(time === null ? [] : [time]), ...uptime, range, steps, ...cause];
  return [span('muted', parts.join(' · '))];
}

/** The deciding rule in its own words, with its place. */
function decision(walk: Walk): readonly Line[] {
  const step = walk.decidedBy === null ? undefined : walk.steps[walk.decidedBy];
  if (step?.place.kind !== 'rule') return [];
  const { rule } = step.place;
  return [
    line(
      `${rule.table} ${rule.chain}:${rule.number} is `,
      span('code', ownText(rule)),
      span('muted', `  (${rule.source.file}:${rule.source.line})`),
    ),
  ];
}

/** Addresses before and after, if NAT changed them. */
function translation({ packet, steps }: Walk): readonly Line[] {
  const before = endpoints(packet);
  const after = endpoints(finalPacket(steps, packet));
  return before === after ? [] : [line(span('change', `rewritten to ${after}`))];
}

function checkLines({ check }: Walk): readonly Line[] {
  const assumed = check.assumptions.map(({ fact }) => fact);
  const assuming = assumed.length === 0 ? '' : `, assuming that ${[...new Set(assumed)].join('; ')}`;
  const missing = check.missing.reduce((sum, { steps }) => sum + steps.length, 0);
  switch (check.status) {
    case 'agrees':
      return [line(span('good', 'agrees'), ` with the rules${assuming}`)];
    case 'incomplete':
      return [
        line(
          span('warn', 'incomplete'),
          `: agrees as far as it was logged${missing === 0 ? '' : `, ${missing} steps are missing`}${assuming}`,
        ),
      ];
    case 'diverges':
    case 'unchecked':
      return [];
  }
}

function sectionsOf(walk: Walk, losses: readonly Diagnostic[]): readonly Section[] {
  const sections: { hook: Section['hook']; table: Section['table']; rows: Row[] }[] = [];
  let file = walk.steps[0]?.event.file ?? '';
  const put = (step: Step, row: Row): void => {
    const last = sections.at(-1);
    if (last !== undefined && last.hook === step.hook && last.table === step.event.table) last.rows.push(row);
    else sections.push({ hook: step.hook, table: step.event.table, rows: [row] });
  };
  walk.steps.forEach((step, i) => {
    const before = walk.steps[i - 1] ?? step;
    for (const loss of lossesBetween(losses, before, step)) put(before, lossRow(loss));
    for (const gap of walk.gaps) if (gap.after === i - 1) put(before, gapRow(gap));
    put(step, stepRow(walk, i, step, step.event.file === file ? null : step.event.file));
    file = step.event.file;
  });
  const last = walk.steps.at(-1);
  if (last !== undefined) {
    for (const gap of walk.gaps) if (gap.after >= walk.steps.length - 1) put(last, gapRow(gap));
  }
  return sections;
}

function lossesBetween(
  losses: readonly Diagnostic[],
  { event: a }: Step,
  { event: b }: Step,
): readonly Diagnostic[] {
  if (losses.length === 0) return [];
  return losses.filter(
    ({ at }) => at.file === a.file && at.line > a.line && (a.file !== b.file || at.line <= b.line),
  );
}

function lossRow(loss: Diagnostic): Row {
  return { ...GAP_ROW, line: loss.at.line, text: [span('warn', `… ${messageOf(loss)}`)] };
}

const GAP_ROW: Row = { line: null, file: null, depth: 0, place: '', text: [], notes: [], weight: null };

function gapRow(gap: Gap): Row {
  const { length } = gap.steps;
  const named = gap.steps.slice(0, NAMED_STEPS).join(', ');
  const more = length > NAMED_STEPS ? `, and ${length - NAMED_STEPS} more` : '';
  const text =
    length === 0
      ? '… lines are missing here'
      : `… ${length} ${length === 1 ? 'line is' : 'lines are'} missing here: ${named}${more}`;
  return { ...GAP_ROW, text: [span('warn', text)] };
}

function stepRow(walk: Walk, index: number, step: Step, file: string | null): Row {
  const { event, depth, place } = step;
  const end = place.kind === 'policy' || place.kind === 'return';
  const diverges = walk.check.divergence?.at === index;
  return {
    line: event.line,
    file,
    depth,
    place: end ? event.chain : `${event.chain}:${event.number}`,
    text: textOf(walk, index, step),
    notes: [
      ...loggedAs(step),
      ...markNote(walk.steps, step),
      ...changeLines(step),
      ...walk.check.assumptions
        .filter(({ at }) => at === index)
        .map(({ fact }) => line(span('muted', `assumed: ${fact}`))),
      ...(diverges ? [line(span('bad', 'here the kernel and the rules part'))] : []),
    ],
    weight: diverges ? 'diverges' : walk.decidedBy === index ? 'decides' : null,
  };
}

function textOf(walk: Walk, index: number, { event, place }: Step): Line {
  switch (place.kind) {
    case 'rule':
      return line(
        span('code', ownTextInChain(place.rule)),
        ...(place.rule.damaged ? ['  ', span('warn', '(could not be read as a rule)')] : []),
      );
    case 'policy': {
      const { policy } = place.chain;
      if (policy === null) return line('policy', span('muted', ' (the rules given do not say which)'));
      return line('policy ', span(policy === 'DROP' ? 'bad' : 'plain', policy));
    }
    case 'return':
      if (place.chain.rules.length === 0) return line('empty chain');
      return line(matchedBefore(walk.steps, index) ? 'end of chain' : 'end of chain, no rule matched');
    case 'missing':
      return line(span('warn', `${event.type} ${event.number}: the rules given have no such rule`));
    case 'ungiven':
      return line(span('muted', event.type));
  }
}

/** Whether a rule of this very run of the chain matched before: the steps since the jump into it. */
function matchedBefore(steps: readonly Step[], index: number): boolean {
  const end = steps[index];
  if (end === undefined) return false;
  for (let i = index - 1; i >= 0; i--) {
    const step = steps[i];
    if (step === undefined || step.event.table !== end.event.table || step.depth < end.depth) return false;
    if (step.depth === end.depth) return step.event.chain === end.event.chain;
  }
  return false;
}

/** Where the log's word is not what ran: the kernel says `policy` of an unconditional rule too. */
function loggedAs({ event, place }: Step): readonly Line[] {
  if (place.kind !== 'rule' || event.type === 'rule') return [];
  return [line(span('muted', `an unconditional rule: the log says ${event.type}:${event.number}`))];
}
