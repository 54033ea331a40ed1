/**
 * Which packet another one comes of: an error's or a reset's walk → the run of the packet that it answers,
 * whose connection it inherits; a tunnel's outer packet → the mark that the inner one keeps. Remembers the latest packets only: an answer follows at once.
 */
import type { Run } from '../model/evaluator.ts';
import type { Header, Packet } from '../model/packet.ts';
import type { Walk } from '../model/walk.ts';
import { isEncapsulating, isIpsec } from './tunnel.ts';

/** Packets remembered. */
const REMEMBERED = 256;

interface Remembered {
  readonly walk: Walk;
  readonly run: Run;
}

export class Causes {
  readonly #latest: Remembered[] = [];

  add(walk: Walk, run: Run): void {
    this.#latest.push({ walk, run });
    if (this.#latest.length > REMEMBERED * 2) this.#latest.splice(0, REMEMBERED);
  }

  /** Whether a packet that carried another one was delivered with this mark: the inner one keeps it. */
  deliveredAround(mark: number): boolean {
    return this.#latest.some(
      ({ walk, run }) =>
        run.disposition === 'delivered' && run.final.mark.value === mark && isEncapsulating(walk.packet),
    );
  }

  /** Whether an IPsec packet was delivered: what is decrypted out of it stays traced. */
  get deliveredIpsec(): boolean {
    return this.#latest.some(({ walk, run }) => run.disposition === 'delivered' && isIpsec(walk.packet));
  }

  /** The run that called this walk forth; null if it came from outside, or nothing tells. */
  of(walk: Walk): Run | null {
    const packet = walk.steps[0]?.event.packet;
    if (packet === undefined || packet.in !== '') return null;
    if (walk.causedBy !== null) {
      const cause = this.#latest.findLast((known) => known.walk.n === walk.causedBy);
      if (cause !== undefined) return cause.run;
    }
    const quoted = quotedOf(packet);
    if (quoted === null) return null;
    return this.#latest.findLast((known) => isQuoted(known.walk, quoted))?.run ?? null;
  }
}

function quotedOf(packet: Packet): Header | null {
  return packet.transport.kind === 'icmp' ? packet.transport.quoted : null;
}

/** The quote is the packet as it was on its way, translated back or not. */
function isQuoted(walk: Walk, quoted: Header): boolean {
  return walk.steps.some(({ event: { packet } }) => {
    if (packet.protocol !== quoted.protocol || packet.id !== quoted.id) return false;
    return packet.src.text === quoted.src.text && packet.dst.text === quoted.dst.text;
  });
}
