/**
 * Copies of what a report keeps beyond a batch. A string cut out of a batch of input may keep the whole
 * batch in memory for as long as it lives (V8 slices without copying): what is kept must own its text.
 */
import type { TraceEvent } from '../model/event.ts';
import type { Packet } from '../model/packet.ts';
import type { Walk } from '../model/walk.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The same text in memory of its own. Lone surrogates become U+FFFD. */
export function owned(text: string): string {
  return decoder.decode(encoder.encode(text));
}

/** The same walk with text of its own; rules are shared, they live as long as the rule set does. */
export function ownedWalk(walk: Walk): Walk {
  const texts = new Map<string, string>();
  const own = (text: string): string => {
    let copy = texts.get(text);
    if (copy === undefined) {
      copy = owned(text);
      texts.set(text, copy);
    }
    return copy;
  };
  const packets = new Map<Packet, Packet>();
  const ownPacket = (packet: Packet): Packet => {
    let copy = packets.get(packet);
    if (copy === undefined) {
      copy = structuredClone(packet);
      packets.set(packet, copy);
    }
    return copy;
  };
  const ownEvent = (event: TraceEvent): TraceEvent => ({
    ...event,
    host: event.host === null ? null : own(event.host),
    stamp: event.stamp === null ? null : own(event.stamp),
    chain: own(event.chain),
    text: owned(event.text),
    packet: ownPacket(event.packet),
  });
  return {
    ...walk,
    host: walk.host === null ? null : own(walk.host),
    packet: ownPacket(walk.packet),
    steps: walk.steps.map((step) => ({ ...step, event: ownEvent(step.event) })),
  };
}
