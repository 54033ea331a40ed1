/**
 * The program's prediction of a case, and its check of the case's log, made from the texts of its files as a person
 * would give them. The one file of the kernel tests that calls the program.
 */
import { analyze } from '../../src/analyze.ts';
import { parseContext } from '../../src/context/index.ts';
import { isTableName } from '../../src/model/hook.ts';
import type { LoggedStep } from '../../src/model/oracle.ts';
import type { PredictedPath } from '../../src/model/prediction.ts';
import { parseRuleset, type SeenChain, settleRuleset } from '../../src/ruleset/index.ts';
import { parsePackets, simulate } from '../../src/simulate/index.ts';
import type { PredictedPacket, PredictedWay } from './judge.ts';

const CONTEXT = ['ipset.save', 'ip-addr.txt', 'ip-route.txt', 'ip-rule.txt', 'conntrack.txt'];

/**
 * Predicts the packets of a case's `packets.jsonl` from its rules (a save or a listing) and context. A listing does
 * not name its tables: where its chains leave that open, the log's do.
 */
export function predict(
  files: ReadonlyMap<string, string>,
  rules = 'rules.save',
): readonly PredictedPacket[] {
  const linesOf = (name: string) => (files.get(name) ?? '').split('\n');
  const packets = parsePackets('packets.jsonl', linesOf('packets.jsonl')).packets;
  const family = packets[0]?.packet.family ?? null;
  const draft = parseRuleset([{ file: rules, lines: linesOf(rules), table: null, family }]);
  const { ruleset } = settleRuleset(draft, seenChains(linesOf('trace.log')));
  const { context } = parseContext(CONTEXT.map((file) => ({ file, lines: linesOf(file) })));
  const predictions = simulate(
    ruleset,
    context,
    packets.map(({ packet }) => packet),
  );
  return [...predictions].map(({ paths, more }, i) => ({
    n: packets[i]?.n ?? i,
    ways: paths.map(wayOf),
    more,
  }));
}

/** A walk of the log that the program holds to contradict the rules. */
export interface DivergingWalk {
  /** Line of `trace.log` with which it begins. */
  readonly line: number;
  readonly expected: string | null;
  readonly observed: string | null;
}

/** Checks a case's `trace.log` against its rules (a save or a listing) and context. */
export async function check(
  files: ReadonlyMap<string, string>,
  rules = 'rules.save',
): Promise<readonly DivergingWalk[]> {
  const linesOf = (name: string) => (files.get(name) ?? '').split('\n');
  const lines = linesOf('trace.log').filter((line) => line !== '');
  const family = lines[0]?.includes(' HOPLIMIT=') === true ? 'ipv6' : 'ipv4';
  async function* logs() {
    yield { file: 'trace.log', firstLine: 1, lines };
  }
  const diverging: DivergingWalk[] = [];
  const pieces = analyze({
    logs: logs(),
    rules: [{ file: rules, lines: linesOf(rules), table: null, family }],
    contexts: CONTEXT.map((file) => ({ file, lines: linesOf(file) })),
    options: { year: null, timezone: null },
  });
  for await (const records of pieces) {
    for (const record of records) {
      const { divergence = null, steps } =
        record.type === 'walk' ? { ...record.walk.check, steps: record.walk.steps } : { steps: [] };
      if (divergence === null) continue;
      const { expected, observed } = divergence;
      diverging.push({ line: steps[0]?.event.line ?? 0, expected, observed });
    }
  }
  return diverging;
}

function seenChains(log: readonly string[]): readonly SeenChain[] {
  return log.flatMap((line) => {
    const [, table = '', chain = ''] = /TRACE: (\w+):(\S+):\w+:\d+ IN=/.exec(line) ?? [];
    return isTableName(table)
      ? [{ family: line.includes(' TTL=') ? 'ipv4' : 'ipv6', table, chain } as const]
      : [];
  });
}

function wayOf({ steps, disposition, final, assumptions }: PredictedPath): PredictedWay {
  const leaves = disposition === 'forwarded' || disposition === 'sent';
  const { out, src, dst, sport, dport, ttl, tos, length } = final;
  const left = { out, src: src?.text, dst: dst?.text, sport, dport, ttl, tos, length };
  return { steps: steps.map(stepText), left: leaves ? left : null, why: assumptions.map(({ fact }) => fact) };
}

function stepText({ table, chain, type, number }: LoggedStep): string {
  return `${table}:${chain}:${type}:${number}`;
}
