/**
 * The rules of one chain, before and after → which are the same, which moved, were edited, came or went. Rules
 * are aligned by meaning, so that an inserted one changes nothing about those behind it.
 */
import { diffArrays } from 'diff';
import type { RuleChange } from '../model/difference.ts';
import type { Rule } from '../model/ruleset.ts';
import { likeness, type Meaning, meaningOf, sameMeaning } from './meaning.ts';
import { splitOptions } from './options.ts';

/** Pairs of the same rule, whatever became of its number, and the changes. */
export interface ChainAlignment {
  readonly same: readonly (readonly [Rule, Rule])[];
  readonly changes: readonly RuleChange[];
}

/** Edits beyond which the order of a chain's rules is not looked at any more: the work grows by their square. */
const MOST_EDITS = 2000;
/** Pairs of a block of changed rules that are looked at for likeness. */
const MOST_PAIRS = 40_000;
/** From here on, a rule that went and one that came are one rule, edited. */
const ALIKE = 0.5;

export function alignChain(before: readonly Rule[], after: readonly Rule[]): ChainAlignment {
  const a = before.map(meaningOf);
  const b = after.map(meaningOf);
  const blocks = blocksOf(a, b);
  const same: (readonly [Rule, Rule])[] = blocks.same.map(([x, y]) => [x.rule, y.rule]);
  const went = new Set(blocks.changed.flatMap(({ went }) => went));
  const came = new Set(blocks.changed.flatMap((block) => block.came));
  const changes: RuleChange[] = [];
  for (const [x, y] of movedPairs(went, came)) {
    went.delete(x);
    came.delete(y);
    changes.push({ kind: 'moved', a: x.rule, b: y.rule, parts: NO_PARTS });
  }
  for (const block of blocks.changed) {
    const left = block.went.filter((each) => went.has(each));
    const right = block.came.filter((each) => came.has(each));
    for (const [x, y] of editedPairs(left, right)) {
      went.delete(x);
      came.delete(y);
      changes.push({ kind: 'changed', a: x.rule, b: y.rule, parts: partsOf(x.rule, y.rule) });
    }
  }
  for (const { rule } of went) changes.push({ kind: 'removed', a: rule, b: null, parts: NO_PARTS });
  for (const { rule } of came) changes.push({ kind: 'added', a: null, b: rule, parts: NO_PARTS });
  return { same, changes: changes.sort((x, y) => placeIn(x) - placeIn(y)) };
}

const NO_PARTS: RuleChange['parts'] = { a: [], b: [] };

function placeIn({ a, b }: RuleChange): number {
  return b?.number ?? a?.number ?? 0;
}

interface Blocks {
  readonly same: readonly (readonly [Meaning, Meaning])[];
  readonly changed: readonly { readonly went: readonly Meaning[]; readonly came: readonly Meaning[] }[];
}

function blocksOf(a: readonly Meaning[], b: readonly Meaning[]): Blocks {
  const found = diffArrays([...a], [...b], { comparator: sameMeaning, maxEditLength: MOST_EDITS });
  if (found === undefined) return blocksByKey(a, b);
  const same: (readonly [Meaning, Meaning])[] = [];
  const changed: { went: Meaning[]; came: Meaning[] }[] = [];
  let [i, j] = [0, 0];
  let open: { went: Meaning[]; came: Meaning[] } | null = null;
  for (const { added, removed, count } of found) {
    if (!added && !removed) {
      open = null;
      for (let k = 0; k < count; k++) {
        const [x, y] = [a[i++], b[j++]];
        if (x !== undefined && y !== undefined) same.push([x, y]);
      }
      continue;
    }
    if (open === null) {
      open = { went: [], came: [] };
      changed.push(open);
    }
    for (let k = 0; k < count; k++) {
      const each = removed ? a[i++] : b[j++];
      if (each !== undefined) (removed ? open.went : open.came).push(each);
    }
  }
  return { same, changed };
}

/** Where nearly all is new: rules of one meaning are taken for the same wherever they stand. */
function blocksByKey(a: readonly Meaning[], b: readonly Meaning[]): Blocks {
  const waiting = new Map<string, Meaning[]>();
  for (const each of b) waiting.set(each.key, [...(waiting.get(each.key) ?? []), each]);
  const same: (readonly [Meaning, Meaning])[] = [];
  const went: Meaning[] = [];
  for (const each of a) {
    const other = waiting.get(each.key)?.shift();
    if (other === undefined) went.push(each);
    else same.push([each, other]);
  }
  const taken = new Set(same.map(([, other]) => other));
  return { same, changed: [{ went, came: b.filter((each) => !taken.has(each)) }] };
}

function* movedPairs(
  went: ReadonlySet<Meaning>,
  came: ReadonlySet<Meaning>,
): Iterable<readonly [Meaning, Meaning]> {
  const arrived = new Map<string, Meaning[]>();
  for (const each of came) arrived.set(each.key, [...(arrived.get(each.key) ?? []), each]);
  for (const each of [...went]) {
    const other = arrived.get(each.key)?.shift();
    if (other !== undefined) yield [each, other];
  }
}

/** The likeliest pairs first; what finds no partner came or went. */
function editedPairs(
  went: readonly Meaning[],
  came: readonly Meaning[],
): readonly (readonly [Meaning, Meaning])[] {
  if (went.length * came.length > MOST_PAIRS) return [];
  const scored = went.flatMap((a, i) =>
    came.flatMap((b, j) => {
      const score = likeness(a, b);
      return score < ALIKE ? [] : [{ a, b, score, apart: Math.abs(i - j) }];
    }),
  );
  scored.sort((x, y) => y.score - x.score || x.apart - y.apart);
  const taken = new Set<Meaning>();
  return scored.flatMap(({ a, b }): readonly (readonly [Meaning, Meaning])[] => {
    if (taken.has(a) || taken.has(b)) return [];
    taken.add(a).add(b);
    return [[a, b]];
  });
}

function partsOf(a: Rule, b: Rule): RuleChange['parts'] {
  const [ofA, ofB] = [splitOptions(a.text), splitOptions(b.text)];
  return { a: ofA.filter((part) => !ofB.includes(part)), b: ofB.filter((part) => !ofA.includes(part)) };
}
