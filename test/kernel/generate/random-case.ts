/** A random case from a seed: world, sets, rules and traffic, played through a router of its own. */
import type { Case } from '../lab/case-folder.ts';
import { LostRecordsError } from '../lab/kmsg.ts';
import { type Played, play, type Traffic } from '../lab/play.ts';
import { type HostState, Router } from '../lab/router.ts';
import { Dice } from './dice.ts';
import { makeRuleset } from './ruleset.ts';
import { makeSets } from './sets.ts';
import { RandomTraffic } from './traffic.ts';
import { makeWorld } from './world.ts';

export interface RandomCaseOptions {
  readonly seed: number;
  readonly family: 4 | 6;
  /** Leave nothing to chance. */
  readonly known: boolean;
  /** How many, those included that are sent before the state is saved. */
  readonly packets: number;
}

/** What the host would answer by itself walks OUTPUT and may set the connection's mark: no prediction follows it. */
const MUTE = true;

/** Share of the cases whose log begins when connections stand already, and how many packets made them. */
const WARM = 0.2;
const WARM_PACKETS = 8;

/** The first packets of the traffic; the fragments of a datagram stay together. */
function firstOf(traffic: Traffic, count: number): Traffic {
  let sent = 0;
  return {
    planned: traffic.planned,
    next: () => {
      if (sent >= count && sent >= traffic.planned.length) return null;
      sent++;
      return traffic.next();
    },
    saw: (packet, outcome) => traffic.saw(packet, outcome),
  };
}

export interface PlayedCase {
  readonly input: Case;
  readonly state: HostState;
  readonly played: Played;
}

/** How often a case is played again if others' lines pushed its own out of the kernel's log. */
const PATIENCE = 5;

/** Makes and plays the case of this seed. @throws Error if the kernel refuses it or its truth is not certain. */
export async function playRandomCase(options: RandomCaseOptions): Promise<PlayedCase> {
  for (let i = 1; ; i++) {
    try {
      return await playOnce(options);
    } catch (error) {
      if (!(error instanceof LostRecordsError) || i === PATIENCE) throw error;
    }
  }
}

async function playOnce(options: RandomCaseOptions): Promise<PlayedCase> {
  const { seed, family, known, packets } = options;
  const dice = new Dice(seed);
  const world = makeWorld(family, dice, known);
  const sets = makeSets(world, dice);
  const rules = makeRuleset({ world, sets, dice, known });
  const router = await Router.open(family, world.network, MUTE);
  try {
    router.load(rules, sets.map(({ text }) => text).join(''));
    const traffic = new RandomTraffic(world, dice, packets, known);
    if (dice.chance(WARM)) {
      await play(router, firstOf(traffic, WARM_PACKETS));
      traffic.settle();
    }
    const state = router.print();
    const played = await play(router, traffic);
    const input: Case = {
      family,
      network: world.network,
      mute: MUTE,
      rules: state['rules.save'],
      sets: state['ipset.save'],
      packets: played.packets,
    };
    return { input, state, played };
  } finally {
    await router.close();
  }
}
