/**
 * Logs made harder: the lines of several packets shuffled into each other, each packet's own order kept, and
 * the IDs taken away by which a naive reader would group them.
 */
import { dportOf, type Packet, sportOf } from '../../src/model/packet.ts';
import type { Capture } from './capture.ts';

/** A small random generator with a seed (mulberry32): numbers from 0 to below 1. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** One packet's lines as text from `TRACE:` on, and what it shares with packets of its connection. */
export interface PacketLines {
  readonly lines: readonly string[];
  readonly connections: ReadonlySet<string>;
}

/** The packets of a capture in the order of their first lines; no times, so that order alone tells. */
export function packetsOf(capture: Capture): PacketLines[] {
  const byLine = new Map(capture.events.map((event) => [event.line, event]));
  const packets = capture.truth.flatMap(({ lines }) => {
    const events = lines.map((line) => {
      const event = byLine.get(line);
      if (event === undefined) throw new Error(`${capture.name}: no line ${line}`);
      return event;
    });
    const [first] = events;
    if (first === undefined) return [];
    return [
      {
        first: first.line,
        lines: events.map((event) => event.text),
        connections: new Set(events.flatMap(({ packet }) => connectionsOf(packet))),
      },
    ];
  });
  return packets.sort((a, b) => a.first - b.first);
}

/** Names of the connections that the packet may belong to, the same for both directions. */
function connectionsOf(packet: Packet): string[] {
  const { transport } = packet;
  const quoted = transport.kind === 'icmp' ? transport.quoted : null;
  return [packet, ...(quoted === null ? [] : [quoted])].map((header) => {
    const ends = [`${header.src.text} ${sportOf(header)}`, `${header.dst.text} ${dportOf(header)}`];
    const id = header.transport.kind === 'icmp' ? header.transport.id : '';
    return `${header.protocol} ${ends.sort().join(' ')} ${id}`;
  });
}

/** The line without its IP ID and flow label; packets with neither ports nor an ICMP id keep theirs. */
export function withoutId(line: string): string {
  if (!/ SPT=| TYPE=\d+ CODE=\d+ ID=/.test(line)) return line;
  return line.replace(/( TTL=\d+) ID=\d+ /g, '$1 ID=0 ').replace(/ FLOWLBL=\d+ /g, ' FLOWLBL=0 ');
}

/**
 * The packets' lines mixed, `inFlight` packets at a time.
 * @param apart packets of one connection are never in flight at once; otherwise they only begin in order
 */
export function mix(
  packets: readonly PacketLines[],
  inFlight: number,
  random: () => number,
  apart: boolean,
): string[] {
  const waiting = [...packets];
  const flying: { readonly packet: PacketLines; next: number }[] = [];
  const mixed: string[] = [];
  for (;;) {
    while (flying.length < inFlight) {
      const at = waiting.findIndex((packet, i) => !apart || isFree(packet, waiting.slice(0, i), flying));
      const packet = waiting[at];
      if (packet === undefined) break;
      waiting.splice(at, 1);
      flying.push({ packet, next: 0 });
    }
    const at = Math.floor(random() * flying.length);
    const flight = flying[at];
    if (flight === undefined) return mixed;
    const line = flight.packet.lines[flight.next++];
    if (line !== undefined) mixed.push(line);
    if (flight.next >= flight.packet.lines.length) flying.splice(at, 1);
  }
}

function isFree(
  packet: PacketLines,
  earlier: readonly PacketLines[],
  flying: readonly { readonly packet: PacketLines }[],
): boolean {
  return ![...earlier, ...flying.map((flight) => flight.packet)].some((other) =>
    [...other.connections].some((name) => packet.connections.has(name)),
  );
}

/** Number of walks of `found` that are also in `wanted`, each counted once: equal texts are interchangeable. */
export function countExact(wanted: readonly string[], found: readonly string[]): number {
  const left = new Map<string, number>();
  for (const text of wanted) left.set(text, (left.get(text) ?? 0) + 1);
  let exact = 0;
  for (const text of found) {
    const count = left.get(text) ?? 0;
    if (count === 0) continue;
    left.set(text, count - 1);
    exact++;
  }
  return exact;
}
