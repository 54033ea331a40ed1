/** A predicted path → the lines that stand under its verdict: who decided, how the packet is at the end, what was assumed. */
import type { PredictedPath } from '../model/prediction.ts';
import { counted } from './count.ts';
import { type Line, line, span } from './outline.ts';
import { endsOf, endsText } from './prediction-verdict.ts';
import { ownText } from './rule-text.ts';

/** Facts that a line names. */
const NAMED_FACTS = 5;

/** How many steps, and whether a log would have them. */
export function stepsText({ steps, traced }: PredictedPath): string {
  const why = traced === false ? 'no TRACE rule matches it: ' : '';
  const untraced = `${why}shown as if traced from its first rule`;
  return `${counted(steps.length, 'step')}${traced ? '' : ` · ${untraced}`}`;
}

/** Which rule decided, the packet at the end, what was taken for granted. */
export function pathFacts(path: PredictedPath): readonly Line[] {
  return [...decision(path), finalLine(path), ...certainty(path)];
}

/** The deciding rule in its own words. */
function decision({ decidedBy }: PredictedPath): readonly Line[] {
  const rule = decidedBy?.rule;
  if (rule == null) return [];
  const { table, chain, number, source } = rule;
  return [
    line(
      `${table} ${chain}:${number} is `,
      span('code', ownText(rule)),
      span('muted', `  (${source.file}:${source.line})`),
    ),
  ];
}

/** The packet as it is last. */
function finalLine({ states, final }: PredictedPath): Line {
  const ends = endsText(endsOf(final));
  const changed = endsText(endsOf(states[0] ?? final)) !== ends;
  const { mark, ttl } = final;
  const parts = [
    mark === undefined ? 'mark not known' : `mark 0x${mark.toString(16)}`,
    ...(ttl === undefined ? [] : [`TTL ${ttl}`]),
  ];
  return line('at the end ', span(changed ? 'change' : 'plain', ends), `, ${parts.join(', ')}`);
}

function factsText(facts: readonly string[]): string {
  const more = facts.length > NAMED_FACTS ? `; and ${facts.length - NAMED_FACTS} more` : '';
  return `${facts.slice(0, NAMED_FACTS).join('; ')}${more}`;
}

/** What was taken for granted, each fact once. */
export function factsOf({ assumptions }: PredictedPath): readonly string[] {
  return [...new Set(assumptions.map(({ fact }) => fact))];
}

function certainty(path: PredictedPath): readonly Line[] {
  const facts = factsOf(path);
  const { unchecked } = path;
  if (facts.length + unchecked.length === 0) {
    return [line(span('good', 'certain'), ': nothing had to be assumed')];
  }
  const tables = `${unchecked.length === 1 ? 'table' : 'tables'} ${unchecked.join(', ')}`;
  return [
    ...(facts.length === 0 ? [] : [line(span('warn', 'assuming'), ` that ${factsText(facts)}`)]),
    ...(unchecked.length === 0
      ? []
      : [line(span('warn', 'not given'), `: ${tables}, taken as if nothing happened there`)]),
  ];
}

/** `, if …`: what a way hangs on. */
export function ifLine(facts: readonly string[]): Line {
  return facts.length === 0 ? [] : line(span('muted', `, if ${factsText(facts)}`));
}
