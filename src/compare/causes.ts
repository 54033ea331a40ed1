/**
 * Which packet another one comes of: an error's or a reset's walk → the run of the packet that it answers,
 * whose connection it inherits; a tunnel's outer packet → the mark that the inner one keeps. Remembers the latest packets only: an answer follows at once.
 */
import type { Address } from '../model/address.ts';
import type { Run } from '../model/evaluator.ts';
import type { Header, Packet } from '../model/packet.ts';
import type { Walk } from '../model/walk.ts';
import type { Room } from './room.ts';
import { isEncapsulating, isIpsec } from './tunnel.ts';

/** Packets remembered, or up to twice as many. More than are under way at once, yet few: each keeps its run alive. */
const REMEMBERED = 64;
/** Of all hosts together. */
const REMEMBERED_ALL = 1024;

type Ends = Pick<Packet, 'src' | 'dst'>;

/** A walk is much: only what answers and carried packets ask of it is kept. */
interface Remembered {
  readonly n: number;
  readonly packet: Packet;
  /** Its addresses as its lines show them, one after another. */
  readonly ends: readonly Ends[];
  readonly run: Run;
}

export class Causes {
  readonly #latest: Remembered[] = [];
  readonly #room: Room;

  constructor(room: Room) {
    this.#room = room;
  }

  add(walk: Walk, run: Run): void {
    this.#latest.push({ n: walk.n, packet: walk.packet, ends: endsOf(walk), run });
    const remembered = this.#room.share(REMEMBERED, REMEMBERED_ALL);
    if (this.#latest.length > remembered * 2) this.#latest.splice(0, this.#latest.length - remembered);
  }

  /** Whether a packet that carried another one was delivered with this mark: the inner one keeps it. */
  deliveredAround(mark: number): boolean {
    return this.#latest.some(
      ({ packet, run }) =>
        run.disposition === 'delivered' && run.final.mark.value === mark && isEncapsulating(packet),
    );
  }

  /** Whether an IPsec packet was delivered: what is decrypted out of it stays traced. */
  get deliveredIpsec(): boolean {
    return this.#latest.some(({ packet, run }) => run.disposition === 'delivered' && isIpsec(packet));
  }

  /** The run that called this walk forth; null if it came from outside, or nothing tells. */
  of(walk: Walk): Run | null {
    const packet = walk.steps[0]?.event.packet;
    // What a program sent, though it be an ICMP error, nobody called forth: conntrack looks it up.
    if (packet === undefined || packet.in !== '' || packet.uid !== null) return null;
    if (walk.causedBy !== null) {
      const cause = this.#latest.findLast((known) => known.n === walk.causedBy);
      if (cause !== undefined) return cause.run;
    }
    const quoted = quotedOf(packet);
    if (quoted === null) return null;
    return this.#latest.findLast((known) => isQuoted(known, quoted))?.run ?? null;
  }
}

function quotedOf(packet: Packet): Header | null {
  return packet.transport.kind === 'icmp' ? packet.transport.quoted : null;
}

function endsOf({ steps }: Walk): readonly Ends[] {
  const ends: Ends[] = [];
  let last: Ends | undefined;
  for (const { event } of steps) {
    const { src, dst } = event.packet;
    if (last?.src.text === src.text && last.dst.text === dst.text) continue;
    last = { src, dst };
    ends.push(last);
  }
  return ends;
}

/** The quote is the packet as it was on its way, translated back or not; its last translation no line may show. */
function isQuoted({ packet, ends, run: { final } }: Remembered, quoted: Header): boolean {
  if (packet.protocol !== quoted.protocol || packet.id !== quoted.id) return false;
  const isIt = (src: Address | undefined, dst: Address | undefined): boolean =>
    src?.text === quoted.src.text && dst?.text === quoted.dst.text;
  return isIt(final.src, final.dst) || ends.some((each) => isIt(each.src, each.dst));
}
