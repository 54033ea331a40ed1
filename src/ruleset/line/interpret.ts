/**
 * An extension that a save line loaded, with its options → the match or target. What does not parse, and what is
 * none of ours, is kept word for word.
 */
import type { Family } from '../../model/address.ts';
import type { Match } from '../../model/match.ts';
import type { Target } from '../../model/target.ts';
import { matchSyntax } from '../matches/index.ts';
import type { RuleProblem } from '../rule-line.ts';
import { targetSyntax } from '../targets/index.ts';
import type { Loaded } from './extensions.ts';
import { type Option, Options } from './options.ts';

/** Told of what is wrong, and between which columns (from 0). */
export type Complain = (
  code: RuleProblem['code'],
  start: number,
  end: number,
  args: RuleProblem['args'],
) => void;

/**
 * Rules repeat their conditions: equal texts give the same object while they are remembered, which saves most
 * of a large rule set's time and memory. Only what has no problem is remembered.
 */
const REMEMBERED = 8192;
const known: Readonly<Record<Family, Map<string, Match>>> = { ipv4: new Map(), ipv6: new Map() };

export function matchOf(loaded: Loaded, line: string, family: Family, complain: Complain): Match {
  /* A comment is mostly one rule's own. */
  const repeats = loaded.syntax !== null && loaded.name !== 'comment';
  const text = repeats ? wholeText(loaded, line) : null;
  const before = text === null ? undefined : known[family].get(text);
  if (before !== undefined) return before;
  const options = new Options(loaded.options, family);
  const syntax = loaded.syntax === null ? null : matchSyntax(loaded.name);
  const match = syntax?.fromSave(options, loaded.name) ?? null;
  if (match === null || options.fault !== null) {
    const why = explain(loaded, options.fault, line, complain);
    return { kind: 'unknown', name: loaded.name, text: textOf(loaded, line), why };
  }
  if (text !== null) {
    if (known[family].size >= REMEMBERED) known[family].clear();
    known[family].set(text, match);
  }
  return match;
}

/** A name that no extension has is a chain's, until whoever knows the chains says otherwise. */
export function targetOf(loaded: Loaded, line: string, family: Family, complain: Complain): Target {
  const { name, syntax, pieces } = loaded;
  if (syntax === null && loaded.options.length === 0) return { kind: 'jump', chain: name, goto: false };
  const options = new Options(loaded.options, family);
  const target = targetSyntax(name)?.fromSave(options, name) ?? null;
  if (target !== null && options.fault === null) return target;
  const why = explain(loaded, options.fault, line, complain);
  const text = pieces.slice(1).map(({ start, end }) => line.slice(start, end));
  return { kind: 'unknown', name, text: text.join(' '), why };
}

/** The text of a match that stands in one piece, `-m name` first; null otherwise. */
function wholeText({ name, pieces }: Loaded, line: string): string | null {
  const [first] = pieces;
  let end = first?.start ?? 0;
  for (const piece of pieces) {
    if (piece !== first && piece.start !== end + 1) return null;
    end = piece.end;
  }
  const text = line.slice(first?.start, end);
  return text.startsWith(`-m ${name}`) ? text : null;
}

function textOf({ name, pieces }: Loaded, line: string): string {
  const text = pieces.map(({ start, end }) => line.slice(start, end)).join(' ');
  return /^(?:-m|--match)/.test(text) ? text : `-m ${name} ${text}`;
}

function explain(
  loaded: Loaded,
  fault: Option | null,
  line: string,
  complain: Complain,
): 'extension' | 'value' {
  const { start, end } = fault ?? loaded.pieces[0] ?? { start: 0, end: 1 };
  if (loaded.syntax === null) {
    complain('rule.extension', start, end, { name: loaded.name });
    return 'extension';
  }
  complain('rule.value', start, end, { what: line.slice(start, end) });
  return 'value';
}
