/**
 * Plays a captured scenario on a host built from its own files. Where a rule left the way to chance, the
 * packet is thrown again until chance falls as it did, with the connections forgotten in between.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CapturedWalk, readCapture } from './capture.ts';
import { readNetwork } from './network.ts';
import { play, replay } from './play.ts';
import { Router } from './router.ts';

/** Most throws for one packet: a choice between two fails 64 times in a row once in 10^19. */
const THROWS = 64;

export interface ScenarioStep {
  readonly walk: CapturedWalk;
  readonly seen: readonly string[];
}

/** Plays all walks of the folder. */
export async function playScenario(folder: string): Promise<readonly ScenarioStep[]> {
  const text = (name: string) => readFileSync(join(folder, name), 'utf8');
  const network = readNetwork(text('ip-addr.txt'), text('ip-route.txt'), text('ip-rule.txt'));
  const rules = text('rules.save');
  const walks = readCapture(folder);
  const router = await Router.open(4, network);
  try {
    router.load(rules, text('ipset.save'));
    for (const { packet, link } of walks) {
      if (link !== null && packet.in !== undefined) router.meet(packet.src, link.from, packet.in);
    }
    const chance = chanceRules(rules);
    const steps: ScenarioStep[] = [];
    for (const walk of walks) steps.push({ walk, seen: await throwUntilSame(router, walk, chance) });
    return steps;
  } finally {
    await router.close();
  }
}

/** `table:chain` of every chain that has a rule of chance. */
function chanceRules(rules: string): readonly string[] {
  let table = '';
  return rules.split('\n').flatMap((line) => {
    if (line.startsWith('*')) table = line.slice(1);
    const [, chain] = / -A (\S+) .*-m (?:statistic|limit) /.exec(` ${line}`) ?? [];
    return chain === undefined ? [] : [`${table}:${chain}`];
  });
}

async function throwUntilSame(
  router: Router,
  walk: CapturedWalk,
  chance: readonly string[],
): Promise<readonly string[]> {
  let seen: readonly string[] = [];
  for (let i = 0; i < THROWS; i++) {
    const { truth } = await play(router, replay([walk.packet]), walk.link?.to);
    seen = truth.find(({ error, copy }) => error !== true && copy !== true)?.steps ?? [];
    const random = [...walk.steps, ...seen].some((step) =>
      chance.some((chain) => step.startsWith(`${chain}:`)),
    );
    if (!random || seen.join() === walk.steps.join()) return seen;
    router.forget();
  }
  return seen;
}
