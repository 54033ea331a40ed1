/**
 * What is folded of a log → the findings of a postmortem, in order of weight: wrong rules, packets that went
 * another way than the rules say, packets that did not arrive, what the input lacks. Each with its evidence.
 */
import { isLoss } from '../model/diagnostic.ts';
import type { Finding } from '../model/finding.ts';
import { isTableName } from '../model/hook.ts';
import { placeOf, type Rule, type Ruleset } from '../model/ruleset.ts';
import type { Walk } from '../model/walk.ts';
import { DIVERGENCE_ADVICE, ENDING_ADVICE, FINDING_ADVICE, LOSS_ADVICE } from './advice.ts';
import { becauseLine } from './because.ts';
import { capitalised, counted, number } from './count.ts';
import type { Group } from './groups.ts';
import { type Block, type Evidence, type Line, line, span, type Tone } from './outline.ts';
import { ENDING_WORDING } from './prediction-wording.ts';
import { ownText } from './rule-text.ts';
import type { Tally } from './tally.ts';
import { DISPOSITION_TONE } from './verdict.ts';
import { findingText, messageOf } from './wording.ts';

/** One finding, as a postmortem tells it. */
export interface Told {
  readonly tone: Tone;
  readonly title: Line;
  readonly evidence: readonly Evidence[];
  /** The condition that is responsible; empty if none is known. */
  readonly condition: Line;
  readonly next: string;
}

/** Findings of one kind that are told; the rest is counted. */
const MAX_OF_A_KIND = 20;

/** @param groups all groups of equal walks, alarming ones first */
export function toldFindings(
  tally: Tally,
  groups: readonly Group[],
  ruleset: Ruleset | null,
): readonly Told[] {
  const found = [...tally.findings.values()].flatMap(({ examples }) => examples);
  const of = (severity: Finding['severity']): readonly Told[] =>
    found.filter((each) => each.severity === severity).map((each) => ofInput(each, groups, ruleset));
  return [
    ...of('error'),
    ...divergences(groups, ruleset),
    ...stops(groups),
    ...of('warning'),
    ...troubles(tally),
    ...incompletes(groups),
    ...of('info'),
  ];
}

const SEVERITY_TONE = { error: 'bad', warning: 'warn', info: 'muted' } as const;

function ofInput(found: Finding, groups: readonly Group[], ruleset: Ruleset | null): Told {
  return {
    tone: SEVERITY_TONE[found.severity],
    title: line(capitalised(findingText(found))),
    evidence: inputEvidence(found, groups, ruleset),
    condition: [],
    next: FINDING_ADVICE[found.code](found.args),
  };
}

/** The line of the log from which on it holds, and the rule that it names. */
function inputEvidence(
  { at, args }: Finding,
  groups: readonly Group[],
  ruleset: Ruleset | null,
): readonly Evidence[] {
  if (at === null) return [];
  const place = `${at.file}:${at.line}`;
  for (const { example } of groups) {
    const event = example.steps.find(
      (step) => step.event.line === at.line && step.event.file === at.file,
    )?.event;
    if (event === undefined) continue;
    const rule = ruleNamed(`${args['table']}:${args['chain']}:rule:${args['number']}`, example, ruleset);
    return [{ place, text: event.text }, ...(rule === null ? [] : [ruleEvidence(rule)])];
  }
  return [{ place, text: 'from this line of the log on' }];
}

interface Cluster {
  readonly example: Walk;
  count: number;
}

/** Groups that share a key, with the packets of all; in the order of the groups. */
function clusters(groups: readonly Group[], key: (walk: Walk) => string | null): readonly Cluster[] {
  const found = new Map<string, Cluster>();
  for (const { example, count } of groups) {
    const name = key(example);
    if (name === null) continue;
    const known = found.get(name);
    if (known === undefined) found.set(name, { example, count });
    else known.count += count;
  }
  return [...found.values()]
    .sort((a, b) => b.count - a.count || a.example.n - b.example.n)
    .slice(0, MAX_OF_A_KIND);
}

function divergences(groups: readonly Group[], ruleset: Ruleset | null): readonly Told[] {
  return clusters(groups, ({ check: { divergence } }) =>
    divergence === null
      ? null
      : JSON.stringify([
          divergence.expected,
          divergence.observed,
          divergence.because?.rule,
          divergence.because?.condition,
        ]),
  ).map(({ example, count }) => {
    const { divergence } = example.check;
    const expected = divergence?.expected ?? null;
    const observed = divergence?.observed ?? null;
    const because = divergence?.because ?? null;
    const names = new Set([expected, observed, because === null ? null : asStep(because.rule)]);
    const rules = [...names].flatMap((name) => {
      const rule = name === null ? null : ruleNamed(name, example, ruleset);
      return rule === null ? [] : [ruleEvidence(rule)];
    });
    return {
      tone: 'bad',
      title: line(
        `${counted(count, 'packet')} did not go as the rules say: `,
        ...(expected === observed
          ? ['before ', span('code', observed ?? 'the end'), ' the packet is not what they make of it']
          : [
              'they lead to ',
              span('code', expected ?? 'no further step'),
              ', the kernel logged ',
              span('code', observed ?? 'no further step'),
            ]),
        ...first(example, count),
      ),
      evidence: [...stepEvidence(example, divergence?.at ?? 0), ...rules],
      condition: because === null ? [] : becauseLine(because),
      next: DIVERGENCE_ADVICE,
    };
  });
}

/** `table:chain:number` → the name of that rule's step. */
function asStep(rule: string): string {
  return rule.replace(/:(\d+)$/, ':rule:$1');
}

function first(walk: Walk, count: number): Line {
  return line(count === 1 ? ': ' : '; first ', { ...span('strong', `#${walk.n}`), walk: walk.n });
}

/** The step's line; before the end of a walk that ended too early, its last. */
function stepEvidence({ steps }: Walk, at: number): readonly Evidence[] {
  const event = (steps[at] ?? steps.at(-1))?.event;
  return event === undefined ? [] : [{ place: `${event.file}:${event.line}`, text: event.text }];
}

function ruleEvidence(rule: Rule): Evidence {
  return { place: `${rule.source.file}:${rule.source.line}`, text: ownText(rule) };
}

function ruleNamed(name: string, walk: Walk, ruleset: Ruleset | null): Rule | null {
  const [, table = '', chain = '', number = ''] = /^([^:]+):(.+):[a-z]+:(\d+)$/.exec(name) ?? [];
  if (ruleset === null || !isTableName(table)) return null;
  const place = placeOf(ruleset, walk.packet.family, { table, chain, number: Number(number) });
  return place.kind === 'rule' ? place.rule : null;
}

/** Packets that did not arrive, by what stopped them. */
function stops(groups: readonly Group[]): readonly Told[] {
  return clusters(groups, ({ disposition, decidedBy, steps, check }) => {
    if (check.divergence !== null || ENDING_ADVICE[disposition] === undefined) return null;
    // Where lines are missing, the log does not tell that it went no further.
    if (disposition === 'vanished' && check.missing.length > 0) return null;
    const step = (decidedBy === null ? undefined : steps[decidedBy]) ?? steps.at(-1);
    return JSON.stringify([
      disposition,
      step?.event.table,
      step?.event.chain,
      step?.event.number,
      check.ending,
    ]);
  }).map(({ example, count }) => {
    const { disposition, steps, check } = example;
    const at = example.decidedBy ?? steps.length - 1;
    const step = steps[at];
    const place = step?.place;
    const where =
      step === undefined
        ? ''
        : example.decidedBy === null
          ? ` after ${step.hook} ${step.event.table}, no rule said so`
          : place?.kind === 'policy'
            ? ` by the policy of ${step.event.table} ${step.event.chain}`
            : ` by ${step.event.table} ${step.event.chain}:${step.event.number}`;
    return {
      tone: DISPOSITION_TONE[disposition],
      title: line(
        `${counted(count, 'packet')} `,
        span(DISPOSITION_TONE[disposition], disposition),
        where,
        ...first(example, count),
      ),
      evidence: [...stepEvidence(example, at), ...(place?.kind === 'rule' ? [ruleEvidence(place.rule)] : [])],
      condition: check.ending == null ? [] : line(ENDING_WORDING[check.ending]),
      next: ENDING_ADVICE[disposition] ?? '',
    };
  });
}

/** Inputs that could not be read, lines that were lost or not understood. */
function troubles({ problems }: Tally): readonly Told[] {
  return [...problems.values()].flatMap(({ count, examples }): readonly Told[] => {
    const [example] = examples;
    if (example === undefined || example.severity === 'info') return [];
    const lost = isLoss(example);
    return [
      {
        tone: SEVERITY_TONE[example.severity],
        title: line(
          count === 1 ? capitalised(messageOf(example)) : `${number(count)} times: ${messageOf(example)}`,
        ),
        evidence: examples.map(({ at, excerpt }) => ({
          place: excerpt === null && at.line <= 1 ? at.file : `${at.file}:${at.line}`,
          text: excerpt?.text ?? '',
        })),
        condition: [],
        next: lost ? LOSS_ADVICE : 'these lines themselves; the rest of the input was used',
      },
    ];
  });
}

function incompletes(groups: readonly Group[]): readonly Told[] {
  const open = groups.filter(({ example }) => example.check.status === 'incomplete');
  const [shown] = open;
  if (shown === undefined) return [];
  const count = open.reduce((sum, group) => sum + group.count, 0);
  return [
    {
      tone: 'warn',
      title: line(
        `${counted(count, 'packet')} agree as far as they were logged: lines of them are missing`,
        ...first(shown.example, count),
      ),
      evidence: [],
      condition: [],
      next: LOSS_ADVICE,
    },
  ];
}

/** The section of findings; says so if there is nothing to find. */
export function findingBlocks(told: readonly Told[]): readonly Block[] {
  const blocks: Block[] = [{ kind: 'heading', text: line('Findings'), id: 'findings' }];
  if (told.length === 0) blocks.push({ kind: 'paragraph', text: line('Nothing to object to.') });
  told.forEach(({ title, tone, evidence, condition, next }, i) => {
    blocks.push({
      kind: 'heading',
      level: 3,
      id: `finding-${i + 1}`,
      text: line(span(tone, `${i + 1}. `), ...title),
    });
    if (evidence.length > 0) blocks.push({ kind: 'evidence', items: evidence });
    const items = [
      ...(condition.length === 0 ? [] : [line(span('strong', 'Because: '), condition)]),
      line(span('strong', 'Look at: '), next),
    ];
    blocks.push({ kind: 'list', items });
  });
  return blocks;
}
