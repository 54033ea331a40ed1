/**
 * A walk → its outline: verdict, what is known of it (where, when, who decided, what was rewritten, whether
 * the rules explain it), and its steps. Adds nothing that the walk does not say.
 */
import type { Check, Missing } from '../model/check.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { dportOf, type Packet, sportOf } from '../model/packet.ts';
import type { Ruleset } from '../model/ruleset.ts';
import type { Walk } from '../model/walk.ts';
import { counted } from './count.ts';
import { divergenceOutline } from './divergence.ts';
import { joined, type Line, line, span, type WalkOutline } from './outline.ts';
import { tellerOf } from './prediction-wording.ts';
import type { Renumbering } from './renumbering.ts';
import { ownText } from './rule-text.ts';
import { gapsOf, sectionsOf } from './steps-outline.ts';
import { bothTimes, spanText } from './time.ts';
import { endpoint, endpoints, finalPacket, outcome, packetKind } from './verdict.ts';

export interface WalkOutlineOptions {
  /** The equal walks that this one stands for. */
  readonly like?: Likeness | null;
  /** Places within the walk's lines where the log lost something. */
  readonly losses?: readonly Diagnostic[];
  /** To quote a rule that the walk did not meet. */
  readonly ruleset?: Ruleset | null;
  /** What the findings say of numbers in the log; null: not known yet, or nothing. */
  readonly renumbering?: Renumbering | null;
  /** Packets that this one called forth, as far as they are known by now. */
  readonly called?: readonly number[];
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

/** Most assumptions of one kind that the head of a walk names; each stands with its step too. */
const NAMED_FACTS = 5;

export function walkOutline(walk: Walk, options: WalkOutlineOptions = {}): WalkOutline {
  const { like = null, losses = [], ruleset = null, renumbering = null, called = [] } = options;
  return {
    n: walk.n,
    count: like === null ? 1 : like.count,
    verdict: verdictLine(walk, like, renumbering),
    facts: [
      whereAndWhen(walk, called),
      ...(like === null ? [] : [like.note]),
      ...decision(walk),
      ...translation(walk),
      ...checkLines(walk, isEndOpen(walk, renumbering)),
    ].filter((fact) => fact.length > 0),
    divergence: walk.check.divergence === null ? null : divergenceOutline(walk, ruleset, renumbering),
    sections: sectionsOf(walk, losses, renumbering),
  };
}

/** The whole verdict: who, what, and how it ended. */
export function verdictLine(
  walk: Walk,
  like: Likeness | null = null,
  renumbering: Renumbering | null = null,
): Line {
  const { packet } = walk;
  const status = walk.check.status;
  const who = like === null ? endpoints(packet) : endpointsOfMany(packet, like);
  return line(
    span('strong', who),
    `  ${like === null ? packetKind(packet) : like.kind}: `,
    outcome(walk, like?.side === 'dst'),
    ...(status === 'diverges' ? [' — ', span('bad', 'not what the rules say')] : []),
    ...(isEndOpen(walk, renumbering)
      ? [' — ', span('warn', 'its last rule is not known')]
      : gapsOf(walk).length > 0
        ? [' — ', span('warn', 'lines are missing')]
        : []),
  );
}

/** Only its end lacks, and that may be because its last line is of a rule that these rules lack. */
function isEndOpen(walk: Walk, renumbering: Renumbering | null): boolean {
  const last = walk.steps.at(-1);
  if (renumbering === null || last === undefined) return false;
  const gaps = gapsOf(walk);
  if (gaps.length === 0 || gaps.some(({ after }) => after < walk.steps.length - 1)) return false;
  return renumbering.of(last.event)?.includes(null) === true;
}

function endpointsOfMany(packet: Packet, { ports, side }: Likeness): string {
  if (ports === null) return endpoints(packet);
  const range = ports.from === ports.to ? `${ports.from}` : `${ports.from}–${ports.to}`;
  const src = endpoint(packet.src.text, side === 'src' ? range : sportOf(packet));
  const dst = endpoint(packet.dst.text, side === 'dst' ? range : dportOf(packet));
  return `${src} → ${dst}`;
}

function whereAndWhen(walk: Walk, called: readonly number[]): Line {
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
  const host = walk.host === null ? [] : [walk.host];
  const parts = [...host, ...(time === null ? [] : [time]), ...uptime, range, steps];
  const other = (n: number): Line => [{ ...span('muted', `#${n}`), walk: n }];
  return line(
    span('muted', parts.join(' · ')),
    ...(walk.causedBy === null ? [] : [span('muted', ' · called forth by '), other(walk.causedBy)]),
    ...(called.length === 0 ? [] : [span('muted', ' · called forth '), joined(called.map(other), ', ')]),
  );
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

function checkLines({ steps, check }: Walk, isOpen: boolean): readonly Line[] {
  const { status, missing } = check;
  switch (status) {
    case 'agrees':
      return [line(span('good', 'agrees'), ' with the rules'), ...assumedLines(check)];
    case 'incomplete':
      return [
        line(
          span('warn', 'incomplete'),
          ': agrees as far as it was logged',
          isOpen
            ? ', and ended at what may be a rule that these rules lack (see the findings)'
            : missingText(missing, steps.length),
        ),
        ...assumedLines(check),
      ];
    case 'diverges':
    case 'unchecked':
      return [];
  }
}

/** How many steps the log lacks; those after the last line are what the rules would have had follow. */
function missingText(missing: readonly Missing[], length: number): string {
  const count = (gaps: readonly Missing[]): number => gaps.reduce((sum, { steps }) => sum + steps.length, 0);
  const last = missing.filter((gap) => gap.after === length - 1);
  const after = count(last);
  const before = count(missing) - after;
  return [
    ...(before > 0 ? [`, ${counted(before, 'step is', 'steps are')} missing`] : []),
    ...(last.length > 0 ? [', then the log has no more of it'] : []),
    ...(after > 0 ? [`: by the rules ${counted(after, 'step')} would follow`] : []),
  ].join('');
}

/** What was assumed, by what would have told it. */
function assumedLines({ assumptions }: Check): readonly Line[] {
  const groups = new Map<string, Set<string>>();
  for (const assumption of assumptions) {
    const teller = tellerOf(assumption);
    groups.set(teller, (groups.get(teller) ?? new Set()).add(assumption.fact));
  }
  return [...groups].map(([teller, facts]) => {
    const more = facts.size > NAMED_FACTS ? `; and ${facts.size - NAMED_FACTS} more` : '';
    return line(
      span('warn', 'assumed'),
      span('muted', ` (${teller}): `),
      `${[...facts].slice(0, NAMED_FACTS).join('; ')}${more}`,
    );
  });
}
