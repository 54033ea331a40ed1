/**
 * Fragments put together: before the first table where connections are tracked (nf_ct_frag6_reasm, ip_defrag in
 * nf_defrag_ipv4), else for IPv4 before INPUT (ip_local_deliver). The fragment that completes a datagram goes
 * on as the whole of it, with the header of the first; those before it go no further.
 */
import type { PacketSpec } from '../model/packet-spec.ts';

/** Datagrams that wait for more; the oldest is given up. */
const MOST_WAITING = 1024;

/** Bytes before a fragment's payload: the IPv6 fragment header goes away with reassembly. */
const HEADERS = { ipv4: { fragment: 20, whole: 20 }, ipv6: { fragment: 48, whole: 40 } } as const;

function keyOf({ family, src, dst, protocol, id, flowLabel }: PacketSpec): string {
  const named = family === 'ipv4' ? `${protocol} ${id ?? ''}` : `${id ?? flowLabel ?? ''}`;
  return `${src?.text ?? '?'} ${dst?.text ?? '?'} ${named}`;
}

function payloadOf(packet: PacketSpec): number | undefined {
  const options = (packet.ipOptions?.length ?? 0) / 2;
  return packet.length === undefined ? undefined : packet.length - HEADERS[packet.family].fragment - options;
}

export class Reassembly {
  readonly #waiting = new Map<string, PacketSpec[]>();

  /** The whole datagram if this fragment completes it; null if more are to come. */
  push(packet: PacketSpec): PacketSpec | null {
    const key = keyOf(packet);
    const pieces = [...(this.#waiting.get(key) ?? []), packet];
    this.#waiting.delete(key);
    const whole = join(pieces);
    if (whole !== null) return whole;
    this.#waiting.set(key, pieces);
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > MOST_WAITING && oldest !== undefined) this.#waiting.delete(oldest);
    return null;
  }
}

function join(pieces: readonly PacketSpec[]): PacketSpec | null {
  const sorted = pieces.toSorted((a, b) => (a.fragment?.offset ?? 0) - (b.fragment?.offset ?? 0));
  let end = 0;
  for (const piece of sorted) {
    if ((piece.fragment?.offset ?? 0) > end) return null;
    const payload = payloadOf(piece);
    if (payload === undefined) return null;
    end = Math.max(end, (piece.fragment?.offset ?? 0) + payload);
  }
  const [first] = sorted;
  if (first === undefined || sorted.at(-1)?.fragment?.more !== false) return null;
  const options = (first.ipOptions?.length ?? 0) / 2;
  return {
    ...first,
    fragment: undefined,
    pieces: sorted.map(({ fragment, length }) => ({ offset: fragment?.offset ?? 0, length: length ?? 0 })),
    length: HEADERS[first.family].whole + options + end,
  };
}
