/**
 * Findings that one chain of the traced rules had one rule more, less or elsewhere → which of these rules a number
 * in the log was. Only a finding that explains every packet that diverges there counts; where it leaves open which rule it
 * was, so does this. Nothing is said of numbers that are the same.
 */
import type { Family } from '../model/address.ts';
import type { TraceEvent } from '../model/event.ts';
import type { Finding } from '../model/finding.ts';
import { type Place, placeOf, type Ruleset } from '../model/ruleset.ts';

/** A rule of these, or null: one that they lack. */
type Candidate = number | null;

export class Renumbering {
  private readonly chains = new Map<string, (number: number) => readonly Candidate[]>();
  private readonly ruleset: Ruleset | null;

  constructor(findings: Iterable<Finding>, ruleset: Ruleset | null) {
    this.ruleset = ruleset;
    for (const { code, args } of findings) {
      const { table, chain, from, to, explained, diverging } = args;
      if (explained === undefined || explained !== diverging) continue;
      const edit = editOf(code, Number(from), Number(to));
      if (edit !== null) this.chains.set(`${table} ${chain}`, edit);
    }
  }

  /** What the line's rule is among these, each a possibility; null: it is the one of this number. */
  of({ table, chain, number, type, packet: { family } }: TraceEvent): readonly (Place | null)[] | null {
    const { ruleset } = this;
    const edit = ruleset === null ? undefined : this.chains.get(`${table} ${chain}`);
    if (ruleset === null || edit === undefined) return null;
    const candidates = [...new Set(edit(number))];
    if (candidates.length === 1 && candidates[0] === number) return null;
    return candidates.map((candidate) =>
      candidate === null ? null : placeIn(ruleset, family, { table, chain, number: candidate, type }),
    );
  }
}

/** Of a number in the traced chain. */
function editOf(
  code: Finding['code'],
  from: number,
  to: number,
): ((number: number) => readonly Candidate[]) | null {
  const each = (of: (place: number) => Candidate): readonly Candidate[] =>
    Array.from({ length: to - from + 1 }, (_, i) => of(from + i));
  switch (code) {
    case 'rules.inserted':
      return (k) => each((place) => (k < place ? k : k === place ? null : k - 1));
    case 'rules.deleted':
      return (k) => each((place) => (k < place ? k : k + 1));
    case 'rules.moved':
      // Rule `from` stood as number `to`; those between made room.
      return (k) => [k === to ? from : k >= from && k < to ? k + 1 : k > to && k <= from ? k - 1 : k];
    default:
      return null;
  }
}

function placeIn(
  ruleset: Ruleset,
  family: Family,
  step: Pick<TraceEvent, 'table' | 'chain' | 'number' | 'type'>,
): Place | null {
  const place = placeOf(ruleset, family, step);
  return place.kind === 'missing' || place.kind === 'ungiven' ? null : place;
}
