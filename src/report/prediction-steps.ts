/**
 * A predicted path → sections by hook and table, as a log would show it: each rule in the words of its
 * owner's file, what it changes on the step that does it, what was assumed where it was needed.
 */
import type { Family } from '../model/address.ts';
import type { LoggedStep } from '../model/oracle.ts';
import type { PacketSnapshot, PredictedPath } from '../model/prediction.ts';
import { type Place, placeOf, type Ruleset } from '../model/ruleset.ts';
import type { TargetKind } from '../model/target.ts';
import type { Changes } from '../model/walk.ts';
import { changeLinesFrom, markNoteOf, testedBits } from './changes.ts';
import { type Line, line, type Row, type Section, span } from './outline.ts';
import { endsOf } from './prediction-verdict.ts';
import { loggedAs, matchedBefore, placeText } from './steps-outline.ts';

/** A row with the section that it belongs to. */
export interface PlacedRow extends Pick<Section, 'hook' | 'table'> {
  readonly row: Row;
}

/** One row a step; its number is the step's, from 1. */
export function predictedRows(path: PredictedPath, family: Family, ruleset: Ruleset): readonly PlacedRow[] {
  return path.steps.map((step, i) => ({
    hook: step.hook,
    table: step.table,
    row: rowOf(path, i, step, placeOf(ruleset, family, step)),
  }));
}

/** The rows from `first` on, under their hooks and tables. */
export function predictedSections(rows: readonly PlacedRow[], first = 0): readonly Section[] {
  const sections: { hook: Section['hook']; table: Section['table']; rows: Row[] }[] = [];
  for (const { hook, table, row } of rows.slice(first)) {
    const last = sections.at(-1);
    if (last !== undefined && last.hook === hook && last.table === table) last.rows.push(row);
    else sections.push({ hook, table, rows: [row] });
  }
  return sections;
}

function rowOf(path: PredictedPath, index: number, step: LoggedStep, place: Place): Row {
  const { rule, chain, number, depth } = step;
  const state = path.states[index] ?? path.final;
  return {
    line: index + 1,
    file: null,
    depth,
    place: rule === null ? chain : `${chain}:${number}`,
    text: placeText(place, step, () => matchedBefore((i) => path.steps[i], index)),
    notes: [
      ...loggedAs(place, step),
      ...markNote(path, index, place),
      ...changeLinesFrom(endsOf(state), { place, ...changesAt(path, index, step) }),
      ...path.assumptions.filter(({ at }) => at === index).map(({ fact }) => assumed(fact)),
    ],
    weight: step === path.decidedBy ? 'decides' : null,
  };
}

function assumed(fact: string): Line {
  return line(span('muted', `assuming: ${fact}`));
}

/** Targets of which each field's change is their own; else it happens between two steps. */
const REWRITES: Readonly<Record<'address' | 'ttl' | 'tos', readonly TargetKind[]>> = {
  address: ['DNAT', 'SNAT', 'MASQUERADE', 'REDIRECT', 'NETMAP'],
  ttl: ['TTL'],
  tos: ['TOS', 'DSCP'],
};

/** What changes from a step to the next, and whose doing it is. */
function changesAt(
  path: PredictedPath,
  index: number,
  { rule }: LoggedStep,
): { readonly changes: Changes | null; readonly between?: Changes } {
  const before = path.states[index] ?? path.final;
  const after = path.states[index + 1] ?? path.final;
  const kind = rule?.target.kind;
  const does = (what: keyof typeof REWRITES): boolean => kind !== undefined && REWRITES[what].includes(kind);
  const { mark, ttl, tos, ...rest } = differences(before, after, does('address'));
  const { src, dst, sport, dport, ...devices } = rest;
  const addresses = defined({ src, dst, sport, dport });
  const own = {
    ...defined({ mark }),
    ...(does('address') ? addresses : {}),
    ...(does('ttl') ? defined({ ttl }) : {}),
    ...(does('tos') ? defined({ tos }) : {}),
  };
  const others = {
    ...(does('address') ? {} : addresses),
    ...(does('ttl') ? {} : defined({ ttl })),
    ...(does('tos') ? {} : defined({ tos })),
    ...devices,
  };
  return {
    changes: Object.keys(own).length === 0 ? null : own,
    ...(Object.keys(others).length === 0 ? {} : { between: others }),
  };
}

type Defined<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

function defined<T extends object>(fields: T): Defined<T> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Defined<T>;
}

function pair<T>(before: T | undefined, after: T | undefined): readonly [T, T] | undefined {
  return before === undefined || after === undefined || before === after ? undefined : [before, after];
}

/** An address that is not known any more is a change too: it is now `?`. */
function differences(before: PacketSnapshot, after: PacketSnapshot, rewrites: boolean): Changes {
  const [from, to] = [endsOf(before), endsOf(after)];
  // What a condition taught about the packet is no change of it.
  const learned = (field: 'src' | 'dst' | 'sport' | 'dport'): boolean =>
    !rewrites && before[field] === undefined;
  const end = <K extends keyof typeof from>(
    field: K,
  ): readonly [(typeof from)[K], (typeof from)[K]] | undefined =>
    learned(field) ? undefined : pair(from[field], to[field]);
  return defined({
    mark: pair(before.mark, after.mark),
    src: end('src'),
    dst: end('dst'),
    sport: end('sport'),
    dport: end('dport'),
    ttl: pair(before.ttl, after.ttl),
    tos: pair(before.tos, after.tos),
    length: pair(before.length, after.length),
    in: pair(before.in, after.in),
    out: pair(before.out, after.out),
  });
}

/** Who last changed one of the bits that the rule tests. */
function markNote({ states, steps }: PredictedPath, index: number, place: Place): readonly Line[] {
  const mask = testedBits(place);
  const now = states[index]?.mark;
  if (mask === null || now === undefined) return [];
  for (let i = index - 1; i >= 0; i--) {
    const [before, after, setter] = [states[i]?.mark, states[i + 1]?.mark, steps[i]];
    if (before === undefined || after === undefined || setter === undefined) return [];
    if (((before ^ after) & mask) !== 0) return [markNoteOf(now, mask, setter)];
  }
  return [];
}
