/**
 * Law 6: a changed rule or observed step that leaves the log unexplained is found, at that packet and step.
 * Whether a changed rule sends a packet another way is asked the simulator, which sees no log.
 */
import { expect, describe as group, test } from 'vitest';
import { startsOf } from '../../src/compare/start.ts';
import type { LoggedStep } from '../../src/model/oracle.ts';
import type { Step, Walk } from '../../src/model/walk.ts';
import { simulate } from '../../src/simulate/index.ts';
import {
  type Capture,
  FUZZ,
  readCapture,
  readRules,
  rulesText,
  SCENARIOS,
  walkOf,
  walksOf,
} from './capture.ts';
import { check, describe } from './check.ts';
import { ruleMutations, STEP_CHANGES, seeded } from './mutate.ts';

const EACH = Number(process.env['TRACE_MUTATIONS'] ?? 6);

/** Captures in which chance decides nothing, so that one path is predicted. */
const CERTAIN = [
  'pod-to-pod',
  'denied',
  'docker-bridge',
  'ipip-ping/node1',
  ...FUZZ.filter((name) => name.includes('deterministic')),
];

const NO_OPTIONS = { uptime: null, cause: null, after: [] } as const;

function isAt(step: LoggedStep, { event }: Step): boolean {
  if (step.table !== event.table || step.chain !== event.chain || step.number !== event.number) return false;
  return step.type === event.type || (step.alsoRule && event.type === 'rule');
}

/** The first packet that the rules send another way than the log shows, and the step where it parts. */
function firstChange(
  walks: readonly Walk[],
  paths: readonly (readonly LoggedStep[])[][],
): { walk: number; at: number } | null {
  for (const [i, { steps }] of walks.entries()) {
    // What this host answers is not simulated by itself.
    const { transport } = steps[0]?.event.packet ?? { transport: { kind: 'none' } };
    if (transport.kind === 'icmp' && transport.quoted !== null) continue;
    const common = (paths[i] ?? []).map((path) => {
      const parting = steps.findIndex((step, k) => path[k] === undefined || !isAt(path[k], step));
      return parting < 0 && path.length === steps.length
        ? Number.POSITIVE_INFINITY
        : parting < 0
          ? steps.length
          : parting;
    });
    const at = Math.max(...common);
    if (at !== Number.POSITIVE_INFINITY) return { walk: i, at };
  }
  return null;
}

/** Where a check found something wrong: the diverging step, or the first before which lines are missing. */
function foundAt({ check: { divergence, missing } }: Walk): number | null {
  const gap = missing[0];
  return divergence?.at ?? (gap === undefined ? null : gap.after + 1);
}

/** The lines part by what the packet is, before the names of its steps do: the simulation compares names only. */
function isOtherPacket(walk: Walk | undefined): boolean {
  const divergence = walk?.check.divergence ?? null;
  return divergence !== null && divergence.expected === divergence.observed;
}

function mutatedRules(capture: Capture): { changing: number; missed: string[]; elsewhere: string[] } {
  const all = ruleMutations(rulesText(capture.name, 'rules.save'));
  const random = seeded(7);
  const walks = walksOf(capture);
  const packets = walks.flatMap((walk) => startsOf(walk, NO_OPTIONS).slice(0, 1)).map(({ packet }) => packet);
  const result = { changing: 0, missed: [] as string[], elsewhere: [] as string[] };
  // Each mutation once at most, in an order that the seed gives.
  for (let i = 0; i < EACH && all.length > 0; i++) {
    const [mutation] = all.splice(random(all.length), 1);
    if (mutation === undefined) continue;
    const ruleset = readRules('rules.save', mutation.text, capture.events);
    const predicted = [...simulate(ruleset, capture.context, packets)];
    const change = firstChange(
      walks,
      predicted.map(({ paths }) => paths.map(({ steps }) => steps)),
    );
    if (change === null) continue;
    result.changing++;
    const found = check(walksOf(capture, ruleset), ruleset, capture.context).walks[change.walk];
    const at = found === undefined ? null : foundAt(found);
    const said = `${mutation.kind}: ${mutation.rule}; wanted #${change.walk + 1} at ${change.at}; ${found === undefined ? '' : describe(found)}`;
    if (at === null) result.missed.push(said);
    else if (at !== change.at && !(at < change.at && isOtherPacket(found))) result.elsewhere.push(said);
  }
  return result;
}

group('a changed rule', () => {
  test.each(CERTAIN)('%s', (name) => {
    const { missed, elsewhere } = mutatedRules(readCapture(name, 'rules.save'));
    expect(missed).toEqual([]);
    expect(elsewhere).toEqual([]);
  });
});

group('a changed step', () => {
  test.each([...SCENARIOS, ...FUZZ])('%s', (name) => {
    const capture = readCapture(name, 'rules.save');
    const walks = walksOf(capture).map((walk) => walk);
    const random = seeded(11);
    const missed: string[] = [];
    const elsewhere: string[] = [];
    for (const [kind, change] of Object.entries(STEP_CHANGES)) {
      for (let i = 0; i < Math.ceil(EACH / 3); i++) {
        const index = random(walks.length);
        const walk = walks[index];
        const at = random(walk?.steps.length ?? 1);
        const step = walk?.steps[at];
        // Of two lines that contradict each other nobody can tell the wrong one.
        if (walk === undefined || step === undefined || walk.steps.length < 3) continue;
        const event = change(step.event);
        if (
          event.number === step.event.number &&
          event.chain === step.event.chain &&
          event.packet === step.event.packet
        )
          continue;
        const [place] = walkOf(1, [event], capture.ruleset).steps;
        if (place === undefined) continue;
        const steps = walk.steps.map((other, k) => (k === at ? { ...place, hook: step.hook } : other));
        const changed = [...walks.slice(0, index), { ...walk, steps }];
        const found = check(changed, capture.ruleset, capture.context).walks[index];
        const said = `${kind} of #${index + 1} at ${at}: ${found === undefined ? '' : describe(found)}`;
        if (found?.check.divergence == null) missed.push(said);
        else if (found.check.divergence.at !== at) elsewhere.push(said);
      }
    }
    expect(missed).toEqual([]);
    expect(elsewhere).toEqual([]);
  });
});
