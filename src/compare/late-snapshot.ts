/**
 * When the connections were saved: walks in the order of their first lines → the first one that shows that they
 * were saved after the log had begun, so that they do not tell what stood before. Such a walk opens a connection
 * (nat prints only a connection's first packet) that stands among the saved ones, and which cannot have run out
 * since, had it stood before. Leaves alone what that means for the connections.
 */
import type { Context, SavedConnection, SavedTuple } from '../model/context.ts';
import type { TraceEvent } from '../model/event.ts';
import { type Finding, finding } from '../model/finding.ts';
import { dportOf, type Packet, sportOf } from '../model/packet.ts';
import type { Walk } from '../model/walk.ts';

/** Connections that open in the log and may have run out before, of which so many tell all the same, if none goes on. */
const ENOUGH = 3;
/** Seconds that conntrack keeps a closed connection, and that a host at least waits before it uses its ports again. */
const TIME_WAIT = 120;
const REUSE = 60;

export class LateSnapshot {
  readonly #saved = new Map<string, SavedConnection>();
  /** The first line of the log. */
  #began: TraceEvent | null = null;
  #opened = 0;
  #wentOn = 0;
  #isLate = false;

  get isLate(): boolean {
    return this.#isLate;
  }

  constructor({ connections }: Pick<Context, 'connections'>) {
    for (const connection of connections ?? []) {
      const key = connection.zone === 0 ? savedKey(connection.original, connection.protocol) : null;
      if (key !== null) this.#saved.set(key, connection);
    }
  }

  /** The next walk: the finding, once, if it shows it; else null. */
  push({ steps }: Walk): Finding | null {
    const event = steps[0]?.event;
    if (event === undefined || this.#saved.size === 0 || this.#isLate) return null;
    this.#began ??= event;
    const key = packetKey(event.packet);
    const connection = key === null ? undefined : this.#saved.get(key);
    if (key === null || connection === undefined) return null;
    const opens = steps.some((step) => step.event.table === 'nat');
    this.#saved.delete(key);
    if (opens) this.#opened++;
    else this.#wentOn++;
    const many = this.#opened >= ENOUGH && this.#wentOn === 0;
    if (!opens || !(many || stood(connection, secondsBetween(this.#began, event)))) return null;
    this.#isLate = true;
    const { packet, file, line } = event;
    const fact = `${endpoint(packet.src.text, sportOf(packet))} → ${endpoint(packet.dst.text, dportOf(packet))}`;
    return finding('check.late-snapshot', { file: connection.at.file, fact }, { file, line, column: 1 });
  }
}

/** Whether it would still have stood, saved before the log began: then nothing can have opened it. */
function stood({ timeout, state }: SavedConnection, since: number | null): boolean {
  if (timeout === null || since === null) return timeout !== null;
  if (state === 'CLOSE') return false;
  return state === 'TIME_WAIT' ? TIME_WAIT - timeout + since < REUSE : since <= timeout;
}

function endpoint(address: string, port: number | null): string {
  if (port === null) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Null if neither clock tells. */
function secondsBetween(a: TraceEvent, b: TraceEvent): number | null {
  if (a.uptime !== null && b.uptime !== null) return b.uptime - a.uptime;
  return a.time !== null && b.time !== null ? (b.time - a.time) / 1000 : null;
}

function savedKey({ src, dst, sport, dport, icmpId, icmpType }: SavedTuple, protocol: number): string | null {
  const icmp = icmpType !== null;
  return keyOf(protocol, src.text, icmp ? icmpId : sport, dst.text, icmp ? icmpType : dport);
}

function packetKey(packet: Packet): string | null {
  const { protocol, src, dst, transport } = packet;
  if (protocol === null) return null;
  return transport.kind === 'icmp'
    ? keyOf(protocol, src.text, transport.id, dst.text, transport.type)
    : keyOf(protocol, src.text, sportOf(packet), dst.text, dportOf(packet));
}

/** Null for what has no ports or id: too many packets are alike. */
function keyOf(
  protocol: number,
  src: string,
  from: number | null,
  dst: string,
  to: number | null,
): string | null {
  return from === null || to === null ? null : `${protocol} ${src} ${from} ${dst} ${to}`;
}
