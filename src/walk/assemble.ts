/**
 * Events → walks, streaming: finds the group of an event, lets it decide, and gives walks up when they are
 * over or too old. Memory is bounded by the packets in flight: ages are counted in events, never in time.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import { diagnostic } from '../model/diagnostic.ts';
import type { TraceEvent } from '../model/event.ts';
import type { Packet } from '../model/packet.ts';
import type { Ruleset } from '../model/ruleset.ts';
import type { Walk } from '../model/walk.ts';
import { buildWalk } from './build.ts';
import { Recent } from './cause.ts';
import { Group, type Surroundings } from './group.ts';
import { Groups } from './groups.ts';
import { Host, type Machine } from './host.ts';
import { identityHash, isDistinctive } from './identity.ts';
import { isQuiet, type Node } from './node.ts';
import { Program } from './program.ts';
import { AgeQueue } from './queue.ts';
import { Numbering, type Start } from './start.ts';

export interface AssemblerOptions {
  readonly ruleset: Ruleset;
  /** Events after which a walk that may be complete is taken to be. Default 1024. */
  readonly quietEvents?: number;
  /** Events after which a walk that must go on is given up: NFQUEUE may hold a packet for long. Default 16384. */
  readonly openEvents?: number;
  /** Walks under way at once; beyond, the oldest are given up. Default 4096: 230 MB at most, measured. */
  readonly openWalks?: number;
}

export interface WalkSink {
  walk(walk: Walk): void;
  diagnostic(diagnostic: Diagnostic): void;
}

/** Events for which a walk that is over is kept, in case that the rules were wrong to say so. */
const LINGER = 256;
/** Hosts that are told apart at a time. */
const HOSTS = 16_384;
/** Events between two searches for old walks. */
const SWEEP = 256;
/** Walks under way in one group that make it a crowd: then its old ones are given up sooner. */
const CROWD = 16;
/** Events after which a walk of a crowd is given up: if it may be complete, or if it must go on. */
const CROWD_QUIET = 128;
const CROWD_OPEN = 2048;

interface Ended {
  readonly node: Node;
  readonly group: Group;
  readonly since: number;
}

export class Assembler implements Surroundings {
  readonly numbering = new Numbering();
  lastLoss = 0;
  #serial = 0;
  readonly #ruleset: Ruleset;
  readonly #sink: WalkSink;
  readonly #limits: { readonly quiet: number; readonly open: number; readonly walks: number };
  readonly #programs = new Map<string, Program>();
  readonly #hosts = new Map<string, Host>();
  readonly #groups: Groups;
  readonly #recent = new Recent();
  readonly #moving = new AgeQueue();
  readonly #waiting = new AgeQueue();
  /** Entries before `#endedAt` are done with, and let go at once: what they hold is much. */
  #ended: (Ended | undefined)[] = [];
  #endedAt = 0;
  #open = 0;
  #lastGroup: Group | null = null;
  #lastPacket: Packet | null = null;
  #crowded = false;

  constructor(options: AssemblerOptions, sink: WalkSink) {
    this.#ruleset = options.ruleset;
    this.#sink = sink;
    this.#limits = {
      quiet: options.quietEvents ?? 1024,
      open: options.openEvents ?? 16_384,
      walks: options.openWalks ?? 4096,
    };
    this.#groups = new Groups(this.#limits.walks);
  }

  /** Takes the next event of the log. */
  push(event: TraceEvent): void {
    this.#serial++;
    const group = this.#groupOf(event);
    const chain = group.host.program.table(event.table).chain(event.chain);
    const before = group.size;
    const node = group.accept({ event, chain, serial: this.#serial }, this);
    this.#open += group.size - before;
    if (node.prev === null) group.host.machine.lastStart = this.#serial;
    this.#recent.add(node);
    const { prev } = node;
    if (prev?.chain.table !== node.chain.table) group.host.see(event.table);
    this.#touch(group);
    this.#release();
    if (this.#serial % SWEEP === 0 || this.#open > this.#limits.walks) this.#sweep();
    if (group.size > CROWD && this.#serial % CROWD === 0) this.#giveUp(group);
  }

  /** The log says that lines are missing before the next event. */
  lost(_diagnostic: Diagnostic): void {
    this.lastLoss = this.#serial + 1;
  }

  /** Gives out every walk that may be complete: for an input that pauses. */
  idle(): void {
    for (const queue of [this.#moving, this.#waiting]) {
      for (let group = queue.oldest; group !== null; ) {
        const { younger } = group;
        group.settle(this);
        this.#expire(group, isQuiet);
        group = younger;
      }
    }
    this.#release(true);
  }

  /** Gives out what is left. */
  end(): void {
    this.#release(true);
    for (const queue of [this.#moving, this.#waiting]) {
      for (let group = queue.oldest; group !== null; group = queue.oldest) {
        this.#expire(group, () => true);
        this.#release(true);
        this.#drop(group);
      }
    }
  }

  causeOf(event: TraceEvent): Start | null {
    return this.#recent.causeOf(event)?.start ?? null;
  }

  over(node: Node, group: Group): void {
    this.#ended.push({ node, group, since: this.#serial });
  }

  #groupOf(event: TraceEvent): Group {
    const { packet } = event;
    const last = this.#lastGroup;
    if (last !== null && packet === this.#lastPacket && last.host.machine.name === event.host) return last;
    const host = this.#hostOf(event);
    const hash = identityHash(packet) ^ host.machine.salt;
    let group = this.#groups.find(hash, packet, host);
    if (group === null) {
      group = new Group(packet, host, hash, isDistinctive(packet));
      this.#groups.add(group);
      this.#moving.add(group);
    }
    this.#lastGroup = group;
    this.#lastPacket = packet;
    return group;
  }

  #hostOf(event: TraceEvent): Host {
    const { family } = event.packet;
    const key = event.host === null ? family : `${family} ${event.host}`;
    let host = this.#hosts.get(key);
    if (host === undefined) {
      // Names are input. What is forgotten is only which tables print.
      if (this.#hosts.size >= HOSTS) this.#hosts.clear();
      let program = this.#programs.get(family);
      if (program === undefined) {
        program = new Program(this.#ruleset, family);
        this.#programs.set(family, program);
      }
      host = new Host(this.#machineOf(event.host), program);
      this.#hosts.set(key, host);
    }
    return host;
  }

  #machineOf(name: string | null): Machine {
    for (const family of ['ipv4', 'ipv6']) {
      const machine = this.#hosts.get(name === null ? family : `${family} ${name}`)?.machine;
      if (machine !== undefined) return machine;
    }
    // Of one host alone none: nearly all logs have but one.
    return { name, salt: Math.imul(this.#hosts.size, 0x9e3779b1), lastStart: -1 };
  }

  #touch(group: Group): void {
    group.touched = this.#serial;
    this.#moving.add(group);
  }

  /** Gives out the walks that have been over for a while. */
  #release(all = false): void {
    const until = all ? Number.POSITIVE_INFINITY : this.#serial - LINGER;
    while (this.#endedAt < this.#ended.length) {
      const ended = this.#ended[this.#endedAt];
      if (ended === undefined || ended.since > until) break;
      this.#ended[this.#endedAt++] = undefined;
      if (!ended.group.release(ended.node)) continue;
      this.#emit(ended.node, ended.group.host);
      if (ended.group.isEmpty) this.#drop(ended.group);
    }
    if (this.#endedAt > 1024 && this.#endedAt * 2 > this.#ended.length) {
      this.#ended = this.#ended.slice(this.#endedAt);
      this.#endedAt = 0;
    }
  }

  #sweep(): void {
    const quiet = this.#serial - this.#limits.quiet;
    for (
      let group = this.#moving.oldest;
      group !== null && group.touched < quiet;
      group = this.#moving.oldest
    ) {
      group.settle(this);
      this.#expire(group, isQuiet);
      if (group.isEmpty) this.#drop(group);
      else this.#waiting.add(group);
    }
    const open = this.#serial - this.#limits.open;
    for (
      let group = this.#waiting.oldest;
      group !== null && group.touched < open;
      group = this.#waiting.oldest
    ) {
      this.#expire(group, () => true);
      this.#drop(group);
    }
    while (this.#open > this.#limits.walks) {
      const group = this.#waiting.oldest ?? this.#moving.oldest;
      if (group === null) break;
      this.#warn(group);
      this.#expire(group, () => true);
      this.#drop(group);
    }
  }

  /** Gives up the old walks of a crowded group that is never quiet as a whole. */
  #giveUp(group: Group): void {
    const quiet = this.#serial - CROWD_QUIET;
    const open = this.#serial - CROWD_OPEN;
    this.#expire(group, (node) => node.serial < open || (node.serial < quiet && isQuiet(node)));
  }

  #expire(group: Group, isDone: (node: Node) => boolean): void {
    const before = group.size;
    for (const node of group.expire(isDone, this)) this.#emit(node, group.host);
    this.#open += group.size - before;
  }

  #drop(group: Group): void {
    if (group.queue === null) return;
    group.queue.remove(group);
    if (this.#lastGroup === group) this.#lastGroup = null;
    this.#groups.remove(group);
  }

  #emit(last: Node, host: Host): void {
    const lossAfter = this.lastLoss > last.serial && this.lastLoss - last.serial < LINGER;
    const logWentOn = host.machine.lastStart > last.serial && !lossAfter;
    const give = (): void => this.#sink.walk(buildWalk(last, host, { logWentOn }));
    if (last.start.n > 0) give();
    else last.start.whenNumbered = give;
  }

  #warn(group: Group): void {
    if (this.#crowded) return;
    this.#crowded = true;
    const node = group.newest;
    if (node === null) return;
    const at = { file: node.event.file, line: node.event.line, column: 1 };
    this.#sink.diagnostic(diagnostic('walk.crowded', at, { limit: this.#limits.walks }));
  }
}
