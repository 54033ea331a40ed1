/**
 * What the check keeps of each host: its name → its evaluator, and what its packets taught. Names are input, so
 * there may be one in every line: past a number of them those that were quiet longest are given up, half of
 * them at once, and what was found about them is kept.
 */
import type { Evaluator, Run } from '../model/evaluator.ts';
import type { Finding } from '../model/finding.ts';
import { Alike } from './alike.ts';
import { Causes } from './causes.ts';
import { Facts } from './facts.ts';
import type { Lacking } from './lacking.ts';
import { Repeats } from './repeats.ts';
import { Room } from './room.ts';
import type { Position } from './timeline.ts';

/** A host takes 35 KB without any connection. */
const HOSTS = 1024;

export interface HostState {
  readonly evaluator: Evaluator;
  readonly facts: Facts;
  readonly causes: Causes;
  readonly repeats: Repeats;
  readonly alike: Alike | null;
  readonly lacking: Lacking;
  /** Runs whose last line has not passed yet, by last line. */
  readonly unconfirmed: { readonly run: Run; readonly end: Position }[];
  /** A packet's last line has passed before another one's first. */
  begun: boolean;
  /** Walks that agree and lack lines in their middle. */
  gaps: number;
  diverged: number;
}

/** A host of which no packet was checked yet. */
export function openHost(evaluator: Evaluator, lacking: Lacking, room: Room, mayRepeat: boolean): HostState {
  return {
    evaluator,
    facts: new Facts(),
    causes: new Causes(room),
    repeats: new Repeats(),
    alike: mayRepeat ? new Alike(evaluator, room) : null,
    lacking,
    unconfirmed: [],
    begun: false,
    gaps: 0,
    diverged: 0,
  };
}

export class Hosts {
  readonly #open: (host: string | null, room: Room) => HostState;
  readonly #room = new Room();
  /** The one that was quiet longest first. */
  readonly #states = new Map<string | null, HostState>();
  #latest: string | null = null;
  /** What was found about hosts that were given up. */
  readonly #past: Finding[] = [];

  constructor(open: (host: string | null, room: Room) => HostState) {
    this.#open = open;
  }

  /** The host of that name, which has a packet now. */
  at(host: string | null): HostState {
    const known = this.#states.get(host);
    if (known !== undefined && host === this.#latest) return known;
    this.#latest = host;
    if (known === undefined && this.#states.size >= HOSTS) this.#giveUpQuiet();
    const state = known ?? this.#open(host, this.#room);
    this.#states.delete(host);
    this.#states.set(host, state);
    this.#room.hosts = this.#states.size;
    return state;
  }

  all(): Iterable<HostState> {
    return this.#states.values();
  }

  findings(): readonly Finding[] {
    return [...this.#past, ...[...this.#states.values()].flatMap(findingsOf)];
  }

  #giveUpQuiet(): void {
    for (const [name, state] of [...this.#states].slice(0, HOSTS / 2)) {
      if (this.#past.length < HOSTS) this.#past.push(...findingsOf(state));
      this.#states.delete(name);
    }
  }
}

function findingsOf({ facts, lacking }: HostState): readonly Finding[] {
  return [...facts.findings(), ...lacking.findings()];
}
