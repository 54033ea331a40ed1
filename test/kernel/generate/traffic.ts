/**
 * Random packets, one after another, each knowing what became of those before: flows begin, go on, are
 * answered by whoever was really reached, and are complained about by ICMP errors.
 */
import { parseAddress } from '../../../src/model/address.ts';
import { type PacketLine, protocolNumber } from '../lab/packet-line.ts';
import { identityOf, type Outcome, type Traffic } from '../lab/play.ts';
import { answer, complaint, type Sighting } from './answer.ts';
import type { Dice } from './dice.ts';
import { beginFlow, type Draft, follow } from './flow.ts';
import { EXTRA_PORT, PORTS, type World } from './world.ts';

/** Identity (IP id or flow label) of packet 0. */
const FIRST_IDENTITY = 20_000;
/** How far back a flow or a sighting may lie to be taken up again. */
const MEMORY = 8;

export class RandomTraffic implements Traffic {
  readonly planned: PacketLine[] = [];
  readonly #world: World;
  readonly #dice: Dice;
  readonly #count: number;
  readonly #flows: Draft[] = [];
  readonly #sightings: Sighting[] = [];
  readonly #known: boolean;
  /** Flows that are not taken up again: rules may ask for what no file tells of them. */
  readonly #ended = new Set<string>();
  /** TCP flows that go on by answers alone. */
  readonly #answering = new Set<string>();
  #sent = 0;

  /** @param known nothing may be beyond what files tell: where the kernel draws a port, the traffic ends */
  constructor(world: World, dice: Dice, count: number, known: boolean) {
    this.#known = known;
    this.#world = world;
    this.#dice = dice;
    this.#count = count;
  }

  next(): PacketLine | null {
    if (this.#known && this.#ended.size > 0) return null;
    if (this.#sent >= this.planned.length) {
      if (this.#sent >= this.#count) return null;
      this.#plan(this.#chooseTold());
    }
    return this.planned[this.#sent++] ?? null;
  }

  saw(packet: PacketLine, { left, lines }: Outcome): void {
    for (const { device, packet: heard } of left) {
      if (identityOf(heard) !== identityOf(packet)) continue;
      if (hasStrangePort(packet, heard)) {
        this.#ended.add(endsOf(packet));
        continue;
      }
      this.#sightings.push({ at: device, packet: heard });
    }
    const delivered = deliveredFrom(lines, packet);
    if (delivered !== null && !hasStrangePort(packet, delivered))
      this.#sightings.push({ at: null, packet: delivered });
  }

  /** Lets TCP go on only where the far end answers: what a saved connection's windows are no file tells. */
  settle(): void {
    for (const flow of [...this.#flows, ...this.#sightings.map(({ packet }) => packet)]) {
      if (protocolNumber(flow.protocol) === 6) this.#answering.add(endsOf(flow));
    }
    const kept = this.#flows.filter(({ protocol }) => protocol !== 'tcp');
    this.#flows.splice(0, this.#flows.length, ...kept);
  }

  #chooseTold(): Draft {
    for (;;) {
      const draft = this.#choose();
      if (!this.#ended.has(endsOf(draft.quoted ?? draft))) return draft;
    }
  }

  #choose(): Draft {
    const dice = this.#dice;
    const sighting = this.#recent(this.#sightings);
    if (sighting !== null && dice.chance(0.4)) {
      if (dice.chance(0.12)) return complaint(this.#world, dice, sighting);
      const draft = answer(this.#world, dice, sighting);
      if (draft !== null) return draft;
    }
    const last = this.#recent(this.#flows);
    if (last !== null && dice.chance(0.35)) return follow(dice, last);
    return beginFlow(this.#world, dice, this.planned.length);
  }

  #recent<T>(values: readonly T[]): T | null {
    return values.at(-1 - this.#dice.below(MEMORY)) ?? null;
  }

  /** Numbers a draft, or the fragments that it is cut into. */
  #plan(draft: Draft): void {
    if (draft.quoted === undefined && !this.#answering.has(endsOf(draft))) this.#flows.push(draft);
    const identity = FIRST_IDENTITY + this.planned.length;
    for (const piece of this.#cut(draft)) {
      const { df, ...rest } = piece;
      const n = this.planned.length;
      this.planned.push(
        this.#world.family === 4
          ? { n, ...rest, id: identity, df: df ?? false }
          : { n, ...rest, flowLabel: identity },
      );
    }
  }

  #cut(draft: Draft): readonly Draft[] {
    const dice = this.#dice;
    // What loops back is cut again on its way, and its pieces walk alone.
    const loops = draft.in === undefined && this.#world.sides.some(({ own }) => own.includes(draft.dst));
    const cuttable =
      ['udp', 'icmp', 'icmpv6', 89].includes(draft.protocol) && draft.quoted === undefined && !loops;
    if (!cuttable || !dice.chance(0.05)) return [draft];
    const header = this.#world.family === 4 ? 20 : 48;
    const size = 8 * dice.between(2, 4);
    const count = dice.between(2, 3);
    return Array.from({ length: count }, (_, i) => ({
      ...draft,
      df: false,
      length: header + size,
      fragment: { offset: i * size, more: i < count - 1 },
    }));
  }
}

/** The two ends of a flow, in either direction alike. */
function endsOf({
  src,
  dst,
  sport = 0,
  dport = 0,
}: Pick<PacketLine, 'src' | 'dst' | 'sport' | 'dport'>): string {
  return [`${src} ${sport}`, `${dst} ${dport}`].toSorted().join(' ');
}

/** The kernel chose a source port at random, two connections having met in one tuple: no file tells it. */
function hasStrangePort(packet: PacketLine, { sport }: Sighting['packet']): boolean {
  return sport !== undefined && sport !== packet.sport && !(PORTS.includes(sport) || sport === EXTRA_PORT);
}

/** The packet as a local program got it, read off the last line of INPUT; null if it was not delivered. */
function deliveredFrom(lines: readonly string[], packet: PacketLine): Sighting['packet'] | null {
  const last = lines.at(-1);
  if (last === undefined || !/^TRACE: \w+:INPUT:(policy|return|rule):\d+ /.test(last)) return null;
  const field = (name: string) => new RegExp(` ${name}=(\\S+)`).exec(last)?.[1];
  const [sport, dport] = [field('SPT'), field('DPT')];
  const { n: _, in: __, fragment: ___, mac: ____, ...rest } = packet;
  return {
    ...rest,
    src: parseAddress(field('SRC') ?? '')?.text ?? packet.src,
    dst: parseAddress(field('DST') ?? '')?.text ?? packet.dst,
    ...(sport === undefined ? {} : { sport: Number(sport) }),
    ...(dport === undefined ? {} : { dport: Number(dport) }),
  };
}
