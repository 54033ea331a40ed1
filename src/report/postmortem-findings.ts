/**
 * What is folded of a log → the findings of a postmortem, in order of weight: wrong rules, packets that went
 * another way than the rules say, packets that did not arrive, what the input lacks. Each with its evidence.
 */
import { isLoss } from '../model/diagnostic.ts';
import type { Finding } from '../model/finding.ts';
import { isTableName } from '../model/hook.ts';
import { placeOf, type Rule, type Ruleset } from '../model/ruleset.ts';
import type { Walk } from '../model/walk.ts';
import { DIVERGENCE_ADVICE, FINDING_ADVICE, LOSS_ADVICE } from './advice.ts';
import { becauseLine } from './because.ts';
import { capitalised, counted, number } from './count.ts';
import type { Flows } from './flows.ts';
import type { Group } from './groups.ts';
import { type Block, type Evidence, line, span } from './outline.ts';
import { stops } from './postmortem-stops.ts';
import type { Renumbering } from './renumbering.ts';
import type { Tally } from './tally.ts';
import { clusters, firstOf, ruleEvidence, stepEvidence, type Told, toldOfInput } from './told.ts';
import { findingText, messageOf } from './wording.ts';

/** @param groups all groups of equal walks, alarming ones first */
export function toldFindings(
  tally: Tally,
  groups: readonly Group[],
  ruleset: Ruleset | null,
  flows: Flows,
): readonly Told[] {
  const found = [...tally.findings.values()].flatMap(({ examples }) => examples);
  const of = (severity: Finding['severity']): readonly Told[] =>
    found.filter((each) => each.severity === severity).map((each) => ofInput(each, groups, ruleset));
  return [
    ...of('error'),
    ...divergences(groups, ruleset, tally.renumbering(ruleset)),
    ...stops(groups, ruleset, flows),
    ...of('warning'),
    ...troubles(tally),
    ...incompletes(groups),
    ...of('info'),
  ];
}

const SEVERITY_TONE = { error: 'bad', warning: 'warn', info: 'muted' } as const;

function ofInput(found: Finding, groups: readonly Group[], ruleset: Ruleset | null): Told {
  return toldOfInput({
    tone: SEVERITY_TONE[found.severity],
    title: line(capitalised(findingText(found))),
    evidence: inputEvidence(found, groups, ruleset),
    next: FINDING_ADVICE[found.code](found.args),
  });
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

function divergences(
  groups: readonly Group[],
  ruleset: Ruleset | null,
  renumbering: Renumbering,
): readonly Told[] {
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
    const event = divergence === null ? undefined : example.steps[divergence.at]?.event;
    // Where the chain had other numbers, what these rules have at the logged one is beside the point.
    const others = event === undefined ? null : renumbering.of(event);
    const names =
      others === null ? [expected, observed, because === null ? null : asStep(because.rule)] : [expected];
    const ran = others?.length === 1 && others[0]?.kind === 'rule' ? [others[0].rule] : [];
    const rules = new Set([
      ...names.flatMap((name) => (name === null ? [] : (ruleNamed(name, example, ruleset) ?? []))),
      ...ran,
    ]);
    return {
      tone: 'bad',
      walk: example.n,
      who: null,
      notes: [],
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
        ...firstOf(example, count),
      ),
      evidence: [...stepEvidence(example, divergence?.at ?? 0), ...[...rules].map(ruleEvidence)],
      condition:
        others !== null && event !== undefined
          ? line(`${event.table} ${event.chain} was not what these rules have`)
          : divergence === null
            ? []
            : becauseLine(divergence),
      next: DIVERGENCE_ADVICE,
    };
  });
}

/** `table:chain:number` → the name of that rule's step. */
function asStep(rule: string): string {
  return rule.replace(/:(\d+)$/, ':rule:$1');
}

function ruleNamed(name: string, walk: Walk, ruleset: Ruleset | null): Rule | null {
  const [, table = '', chain = '', number = ''] = /^([^:]+):(.+):[a-z]+:(\d+)$/.exec(name) ?? [];
  if (ruleset === null || !isTableName(table)) return null;
  const place = placeOf(ruleset, walk.packet.family, { table, chain, number: Number(number) });
  return place.kind === 'rule' ? place.rule : null;
}

/** Inputs that could not be read, lines that were lost or not understood. */
function troubles({ problems }: Tally): readonly Told[] {
  return [...problems.values()].flatMap(({ count, examples }): readonly Told[] => {
    const [example] = examples;
    if (example === undefined || example.severity === 'info') return [];
    const lost = isLoss(example);
    return [
      toldOfInput({
        tone: SEVERITY_TONE[example.severity],
        title: line(
          count === 1 ? capitalised(messageOf(example)) : `${number(count)} times: ${messageOf(example)}`,
        ),
        evidence: examples.map(({ at, excerpt }) => ({
          place: excerpt === null && at.line <= 1 ? at.file : `${at.file}:${at.line}`,
          text: excerpt?.text ?? '',
        })),
        next: lost ? LOSS_ADVICE : 'these lines themselves; the rest of the input was used',
      }),
    ];
  });
}

function incompletes(groups: readonly Group[]): readonly Told[] {
  const open = groups.filter(({ example }) => example.check.status === 'incomplete');
  const [shown] = open;
  if (shown === undefined) return [];
  const count = open.reduce((sum, group) => sum + group.count, 0);
  return [
    toldOfInput({
      tone: 'warn',
      walk: shown.example.n,
      title: line(
        `${counted(count, 'packet')} agree as far as they were logged: lines of them are missing`,
        ...firstOf(shown.example, count),
      ),
      evidence: [],
      next: LOSS_ADVICE,
    }),
  ];
}

/** The section of findings; says so if there is nothing to find. */
export function findingBlocks(told: readonly Told[]): readonly Block[] {
  const blocks: Block[] = [{ kind: 'heading', text: line('Findings'), id: 'findings' }];
  if (told.length === 0) blocks.push({ kind: 'paragraph', text: line('Nothing to object to.') });
  told.forEach(({ title, tone, who, evidence, condition, notes, next }, i) => {
    blocks.push({
      kind: 'heading',
      level: 3,
      id: `finding-${i + 1}`,
      text: line(span(tone, `${i + 1}. `), ...title),
    });
    if (who !== null) blocks.push(who);
    if (evidence.length > 0) blocks.push({ kind: 'evidence', items: evidence });
    const items = [
      ...(condition.length === 0 ? [] : [line(span('strong', 'Because: '), condition)]),
      ...notes,
      line(span('strong', 'Look at: '), next),
    ];
    blocks.push({ kind: 'list', items });
  });
  return blocks;
}
