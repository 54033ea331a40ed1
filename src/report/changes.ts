/**
 * What a step changed → lines such as `mark 0x0 → 0x40000` and `dst 10.0.0.9:80 → 10.1.0.7:8080 by DNAT`;
 * what changed after it by no rule (forwarding, routing, conntrack); and who set the mark that it tests.
 */
import type { TraceEvent } from '../model/event.ts';
import { dportOf, sportOf } from '../model/packet.ts';
import type { Place } from '../model/ruleset.ts';
import { targetName } from '../model/target.ts';
import type { Changes, Step } from '../model/walk.ts';
import { type Line, line, span } from './outline.ts';
import { endpoint } from './verdict.ts';

/** Addresses and ports before a change. */
export interface Ends {
  readonly src: string;
  readonly dst: string;
  readonly sport: number | null;
  readonly dport: number | null;
}

/** One line for each thing that changed, and one for a new source that no line can show. */
export function changeLines(step: Step): readonly Line[] {
  const { packet } = step.event;
  const ends = {
    src: packet.src.text,
    dst: packet.dst.text,
    sport: sportOf(packet),
    dport: dportOf(packet),
  };
  return changeLinesFrom(ends, step);
}

/** The same where there is no line of a log. */
export function changeLinesFrom(
  ends: Ends,
  { changes, between, place }: Pick<Step, 'changes' | 'between' | 'place'>,
): readonly Line[] {
  const lines: Line[] = [];
  if (changes !== null) {
    const target = place.kind === 'rule' ? targetName(place.rule.target) : null;
    // Of a mark, the rule's text says how: only what no rule explains needs a name.
    const by = (what: Changed): string => (target === null || what === 'mark' ? '' : ` by ${target}`);
    lines.push(...linesOf(ends, changes, by));
  }
  if (between !== undefined) lines.push(...linesOf(ends, between, (what) => ` by ${NOBODY[what]}`));
  const shown = changes?.src !== undefined || changes?.sport !== undefined;
  if (!shown && place.kind === 'rule' && HIDES_SOURCE.has(place.rule.target.kind)) {
    lines.push(line(span('muted', 'the new source is not logged: no line follows that could show it')));
  }
  return lines;
}

/** Targets that rewrite the source; where they act, the walk's last line has been written already. */
const HIDES_SOURCE: ReadonlySet<string> = new Set(['SNAT', 'MASQUERADE']);

type Changed = 'mark' | 'address' | 'ttl' | 'tos' | 'length' | 'device';

/** What changes a packet between two lines when no rule does. */
const NOBODY: Readonly<Record<Changed, string>> = {
  mark: 'something other than these rules',
  address: 'the connection’s earlier NAT',
  ttl: 'forwarding',
  tos: 'something other than these rules',
  length: 'the network stack',
  device: 'routing',
};

function linesOf(ends: Ends, changes: Changes, by: (what: Changed) => string): readonly Line[] {
  const { mark, ttl, tos, length } = changes;
  const lines: string[] = [];
  if (mark !== undefined) lines.push(`mark ${hex(mark[0])} → ${hex(mark[1])}${by('mark')}`);
  for (const side of ['src', 'dst'] as const) {
    const moved = addressText(ends, changes, side);
    if (moved !== null) lines.push(moved + by('address'));
  }
  if (ttl !== undefined) lines.push(`ttl ${ttl[0]} → ${ttl[1]}${by('ttl')}`);
  if (tos !== undefined) lines.push(`tos ${hex(tos[0])} → ${hex(tos[1])}${by('tos')}`);
  if (length !== undefined) lines.push(`length ${length[0]} → ${length[1]}${by('length')}`);
  for (const side of ['in', 'out'] as const) {
    const device = changes[side];
    // A device that was not known yet is no change to a reader: the next section's lines name it.
    if (device !== undefined && device[0] !== '' && device[1] !== '') {
      lines.push(`${side} ${device[0]} → ${device[1]}${by('device')}`);
    }
  }
  return lines.map((text) => [span('change', text)]);
}

function addressText(ends: Ends, changes: Changes, side: 'src' | 'dst'): string | null {
  const address = changes[side];
  const port = changes[side === 'src' ? 'sport' : 'dport'];
  if (address === undefined && port === undefined) return null;
  const old = side === 'src' ? ends.sport : ends.dport;
  const [from, to] = address ?? [ends[side], ends[side]];
  const [fromPort, toPort] = port ?? [old, old];
  return `${side} ${endpoint(from, fromPort)} → ${endpoint(to, toPort)}`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** Who wrote the bits of the mark that a step's rule tests: `mark 0x14000: bits 0x4000 set by nat …`. */
export function markNote(steps: readonly Step[], step: Step): readonly Line[] {
  const setter = step.markSetBy === null ? undefined : steps[step.markSetBy];
  if (setter === undefined) return [];
  return [markNoteOf(step.event.packet.mark, testedBits(step.place), setter.event)];
}

/** @param mask The bits that are tested; null: not known which */
export function markNoteOf(
  mark: number,
  mask: number | null,
  { table, chain, number }: Pick<TraceEvent, 'table' | 'chain' | 'number'>,
): Line {
  const written = mask === null || (mark & mask) !== 0 ? 'set' : 'cleared';
  const bits = mask === null || mask === ALL_BITS ? '' : ` bits ${hex(mask)}`;
  return line(span('muted', `mark ${hex(mark)}:${bits} ${written} by ${table} ${chain}:${number}`));
}

const ALL_BITS = 0xffffffff;

/** Bits of the mark that the place's rule tests; null if it tests none. */
export function testedBits(place: Place): number | null {
  if (place.kind !== 'rule') return null;
  const match = place.rule.matches.find((each) => each.kind === 'mark');
  return match?.kind === 'mark' ? match.mark.mask : null;
}
