/**
 * An observed walk or a predicted path → a way: its steps with what they mean, its end, and what the packet was
 * at last. What the last line cannot show is null: a source address is rewritten behind it.
 */
import type { Way, WayStep } from '../model/difference.ts';
import { type Hook, isBuiltin, isHook, isTableName } from '../model/hook.ts';
import { dportOf, type Packet, sportOf } from '../model/packet.ts';
import type { PredictedPath } from '../model/prediction.ts';
import { placeOf, type Ruleset } from '../model/ruleset.ts';
import type { TargetKind } from '../model/target.ts';
import type { Gap, Step, Walk } from '../model/walk.ts';
import { isAnswer } from './conversation.ts';
import { owned } from './own.ts';

const REWRITES_SOURCE: ReadonlySet<TargetKind> = new Set(['SNAT', 'MASQUERADE', 'NETMAP', 'unknown']);

/** The way of a walk; lines that are missing and known are filled in. */
export function wayOfWalk(walk: Walk, ruleset: Ruleset): Way {
  const { packet: first, check, gaps } = walk;
  const last = walk.steps.at(-1);
  const packet = last?.event.packet ?? first;
  const hidden = last?.place.kind === 'rule' && REWRITES_SOURCE.has(last.place.rule.target.kind);
  const steps: WayStep[] = [];
  let decidedBy: number | null = null;
  const missing = new Map(check.missing.map((gap) => [gap.after, gap]));
  fill(steps, missing.get(-1), walk.steps[0], first, ruleset);
  walk.steps.forEach((step, i) => {
    if (walk.decidedBy === i) decidedBy = steps.length;
    steps.push(stepOf(step));
    fill(steps, missing.get(i), walk.steps[i + 1] ?? step, first, ruleset);
  });
  const answer = isAnswer(first);
  return {
    family: first.family,
    steps,
    disposition: walk.disposition,
    decidedBy,
    open: walk.disposition === 'unknown' || isOpen(gaps, check.missing),
    in: first.in === '' ? null : owned(first.in),
    out: packet.out === '' ? null : owned(packet.out),
    endpoint: answer
      ? hidden
        ? null
        : { address: packet.src.text, port: sportOf(packet) }
      : { address: packet.dst.text, port: dportOf(packet) },
    peer: answer ? packet.dst.text : hidden ? null : packet.src.text,
    mark: packet.mark,
  };
}

/** Whether something is missing and nobody knows what. */
function isOpen(gaps: readonly Gap[], missing: readonly Gap[]): boolean {
  const told = new Set(missing.filter(({ steps }) => steps.length > 0).map(({ after }) => after));
  return [...gaps, ...missing].some(({ after }) => !told.has(after));
}

function stepOf({ event, hook, place }: Step): WayStep {
  const chain = place.kind === 'rule' ? place.rule.chain : owned(event.chain);
  return { hook, table: event.table, chain, type: event.type, number: event.number, place };
}

/** Adds the steps of a gap. Their hook is told by the built-in chain, else by the step before. */
function fill(
  steps: WayStep[],
  gap: Gap | undefined,
  next: Step | undefined,
  { family }: Packet,
  ruleset: Ruleset,
): void {
  for (const name of gap?.steps ?? []) {
    const [, table = '', chain = '', type = '', number = ''] =
      /^([a-z]+):(.*):(rule|return|policy):(\d+)$/s.exec(name) ?? [];
    if (!isTableName(table) || (type !== 'rule' && type !== 'return' && type !== 'policy')) continue;
    const hook: Hook | undefined =
      isBuiltin(table, chain) && isHook(chain) ? chain : (steps.at(-1)?.hook ?? next?.hook);
    if (hook === undefined) continue;
    const place = placeOf(ruleset, family, { table, chain, number: Number(number) });
    steps.push({ hook, table, chain, type, number: Number(number), place });
  }
}

/** The way of a predicted path. */
export function wayOfPath(path: PredictedPath, packet: Packet, ruleset: Ruleset): Way {
  const { final, disposition, decidedBy } = path;
  const answer = isAnswer(packet);
  const end = answer ? final.src : final.dst;
  const port = (answer ? final.sport : final.dport) ?? null;
  return {
    family: packet.family,
    steps: path.steps.map(({ hook, table, chain, type, number }) => ({
      hook,
      table,
      chain,
      type,
      number,
      place: placeOf(ruleset, packet.family, { table, chain, number }),
    })),
    disposition,
    decidedBy: decidedBy === null ? null : path.steps.indexOf(decidedBy),
    open: disposition === 'unknown',
    in: packet.in === '' ? null : packet.in,
    out: final.out === undefined || final.out === '' ? null : final.out,
    endpoint: end === undefined ? null : { address: end.text, port },
    peer: (answer ? final.dst : final.src)?.text ?? null,
    mark: final.mark ?? null,
  };
}
