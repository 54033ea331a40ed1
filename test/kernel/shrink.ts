/**
 * Makes a failing case small by asking the kernel again and again: fewer packets, fewer rules, fewer chains
 * and tables, fewer set entries, as long as it still fails. What is left is readable.
 */
import { type Case, caseFiles, type JudgedCase } from './lab/case-folder.ts';
import { type Played, play, replay } from './lab/play.ts';
import { type HostState, Router } from './lab/router.ts';
import { parseRestore, printRestore, type RestoreTable } from './restore-text.ts';

export interface Shrunk {
  readonly state: HostState;
  readonly played: Played;
}

/** Whether a played case fails. */
export type Fails = (files: ReadonlyMap<string, string>, judged: JudgedCase) => boolean;

/** Plays a case with the packets that it lists. @throws Error as the lab does. */
export async function playCase(input: Case): Promise<Shrunk> {
  const router = await Router.open(input.family, input.network, input.mute);
  try {
    router.load(input.rules, input.sets);
    const state = router.print();
    return { state, played: await play(router, replay(input.packets)) };
  } finally {
    await router.close();
  }
}

/**
 * The smallest failing case that was found from `input`, which fails at packet `n`.
 * @returns null if it does not fail when it is played again.
 */
export async function shrink(input: Case, n: number, fails: Fails): Promise<Shrunk | null> {
  let best: Shrunk | null = null;
  const test = async (candidate: Case): Promise<boolean> => {
    try {
      const shrunk = await playCase(candidate);
      const files = caseFiles(shrunk.state, shrunk.played);
      if (!fails(files, { ...candidate, truth: shrunk.played.truth })) return false;
      best = shrunk;
      return true;
    } catch {
      return false;
    }
  };
  let current: Case = { ...input, packets: input.packets.filter((packet) => packet.n <= n) };
  if (!(await test(current))) return null;
  const keep = async <T>(items: readonly T[], build: (items: readonly T[]) => Case): Promise<void> => {
    current = build(await fewest(items, (some) => test(build(some))));
  };
  await keep(current.packets, (packets) => ({ ...current, packets }));
  const tables = parseRestore(current.rules);
  await keep(ruleKeys(tables), (keys) => ({ ...current, rules: printRestore(withRules(tables, keys)) }));
  const [raw = [], others = []] = [
    parseRestore(current.rules).filter(({ name }) => name === 'raw'),
    parseRestore(current.rules).filter(({ name }) => name !== 'raw'),
  ];
  await keep(others, (some) => ({ ...current, rules: printRestore([...raw, ...some]) }));
  await keep(current.sets.split('\n'), (lines) => ({ ...current, sets: lines.join('\n') }));
  await keep(current.packets, (packets) => ({ ...current, packets }));
  await test(current);
  return best;
}

/** The rules without which nothing would be logged. */
const TRACES = / --tos 0x04\/0x04 -j TRACE$/;

/** `table rule-index` of every rule that may go. */
function ruleKeys(tables: readonly RestoreTable[]): readonly string[] {
  return tables.flatMap(({ name, rules }) =>
    rules.flatMap((rule, i) => (TRACES.test(rule) ? [] : [`${name} ${i}`])),
  );
}

/** Only these rules; user chains that nothing names any more go with them. */
function withRules(tables: readonly RestoreTable[], keys: readonly string[]): readonly RestoreTable[] {
  const kept = new Set(keys);
  return tables.map((table) => {
    const rules = table.rules.filter((rule, i) => TRACES.test(rule) || kept.has(`${table.name} ${i}`));
    const chains = table.chains.filter(
      ({ name, builtin }) => builtin || rules.some((rule) => ` ${rule} `.includes(` ${name} `)),
    );
    return { ...table, chains, rules };
  });
}

/**
 * The fewest items, in order, with which `test` still holds (delta debugging: halves first, then single ones).
 */
async function fewest<T>(
  items: readonly T[],
  test: (items: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let current = items;
  for (let size = Math.ceil(current.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < current.length; ) {
      const without = [...current.slice(0, from), ...current.slice(from + size)];
      if (await test(without)) current = without;
      else from += size;
    }
  }
  return current;
}
