/**
 * What the packet was before the first line of its walk: a walk → the starts worth trying, likeliest first.
 * The first line shows the packet after whatever stands before it: rules ahead of TRACE, and, if the log
 * lost the beginning, whole hooks. What cannot be told is unknown, never guessed.
 */
import type { RunOptions } from '../model/evaluator.ts';
import type { Packet } from '../model/packet.ts';
import { type PacketSpec, specOfPacket } from '../model/packet-spec.ts';
import type { Step, Walk } from '../model/walk.ts';
import type { Start } from './search.ts';
import { isEncapsulating } from './tunnel.ts';

/** The starts of a walk. A fresh packet's mark is 0; a packet out of a tunnel, or around one, brings another's. */
export function startsOf(walk: Walk, options: RunOptions): readonly Start[] {
  const first = walk.steps[0];
  if (first === undefined) return [];
  const { packet } = first.event;
  const spec = specOfPacket(packet);
  const start = (changes: Partial<PacketSpec>): Start => ({
    packet: { ...spec, mark: 0, ...changes },
    options,
  });
  if (bringsMark(packet)) return [start({ mark: packet.mark }), start({ mark: null })];
  if (packet.in === 'lo') return loopbackStarts(start);
  switch (first.hook) {
    case 'PREROUTING':
      return [start({})];
    case 'OUTPUT':
      return first.event.table === 'filter' || first.event.table === 'security'
        ? [start({}), start(UNTRANSLATED)]
        : [start({})];
    case 'INPUT':
      return [start({}), start(UNTRANSLATED)];
    case 'FORWARD':
    case 'POSTROUTING':
      return enteredElsewhere(first, start);
  }
}

/** The destination before any translation is not known. */
const UNTRANSLATED: Partial<PacketSpec> = { dst: undefined, dport: undefined };

/** A packet seen first on its way out: forwarding took one off its TTL; OUT is what routing chose, not what it had. */
function enteredElsewhere(first: Step, start: (changes: Partial<PacketSpec>) => Start): readonly Start[] {
  const { packet } = first.event;
  const made = packet.in === '' && packet.physIn === null;
  if (made) return [start({}), start({ ...UNTRANSLATED, out: undefined })];
  const ttl = packet.in === packet.out ? packet.ttl : packet.ttl + 1;
  return [start({ ttl }), start({ ttl, ...UNTRANSLATED })];
}

/** A packet on `lo` was made here: its OUTPUT half may not have been traced, and may have been translated. */
function loopbackStarts(start: (changes: Partial<PacketSpec>) => Start): readonly Start[] {
  const made: Partial<PacketSpec> = { in: null, out: 'lo', mac: undefined, packetType: undefined };
  return [start(made), start({ ...made, ...UNTRANSLATED }), start({})];
}

/** A packet that carries another one, or that a tunnel device gave: its mark is older than it. */
function bringsMark(packet: Packet): boolean {
  return packet.in === '' ? isEncapsulating(packet) : packet.mac === '';
}
