/**
 * What the packet was before the first line of its walk: a walk → the starts worth trying, likeliest first.
 * The first line shows the packet after whatever stands before it: rules ahead of TRACE, and, if the log
 * lost the beginning, whole hooks. What cannot be told is unknown, never guessed.
 */
import type { RunOptions } from '../model/evaluator.ts';
import { type Hook, isBuiltin, type TableName } from '../model/hook.ts';
import { isBridged, markOf, type Packet } from '../model/packet.ts';
import { type PacketSpec, specOfPacket } from '../model/packet-spec.ts';
import type { Ruleset } from '../model/ruleset.ts';
import type { Step, Walk } from '../model/walk.ts';
import type { Start } from './search.ts';
import { isEncapsulating, isFromTunnel, isMembershipReport } from './tunnel.ts';

type Changes = Partial<PacketSpec>;

/**
 * Starts at the hook of the first line, for a walk whose beginning is lost and cannot be told: the packet as
 * it was there, of which the marks and the rewrites before the line are not known.
 */
export function lateStartsOf(walk: Walk, options: RunOptions, ruleset: Ruleset): readonly Start[] {
  const first = walk.steps[0];
  if (first === undefined) return [];
  const { packet } = first.event;
  const spec = { ...specOfPacket(packet), out: packet.out };
  const ways: readonly Changes[] = [{ mark: markOf(packet) }, { mark: null }, { mark: null, ...REWRITTEN }];
  const starts = hooksOf(first).flatMap((from) =>
    ways.map((way) => ({ packet: { ...spec, ...way }, options: { ...options, from } })),
  );
  return [...starts, ...copyStarts(first, options), ...teeStarts(first, options, ruleset)];
}

/** The copy of a packet to many that came back: no link header, by the interface that it left by. */
function copyStarts({ event: { packet } }: Step, options: RunOptions): readonly Start[] {
  const left = packet.out !== '' && packet.in === '' ? packet.out : packet.mac === '' ? packet.in : '';
  if (left === '' || packet.uid !== null || !isToMany(packet)) return [];
  const spec = { ...specOfPacket(packet), in: null, out: left };
  return [{ packet: spec, options: { ...options, from: 'copy' } }];
}

/** Multicast, or an address that may be a network's broadcast address: its last byte has all ones. */
function isToMany({ family, dst }: Packet): boolean {
  const [first = 0] = dst.words;
  if (family === 'ipv6') return first >>> 24 === 0xff;
  return first >>> 28 === 0xe || (first & 0xff) === 0xff;
}

/**
 * The copy that TEE sent: never tracked; traced and with the mark of its original, or, where TEE stands before TRACE, from the rule
 * here that traces it, with a mark that rules before it may have changed.
 */
function teeStarts({ event: { packet } }: Step, options: RunOptions, ruleset: Ruleset): readonly Start[] {
  if (packet.in !== '' || packet.uid !== null || !hasTee(ruleset)) return [];
  const spec = specOfPacket(packet);
  const copied = { ...options, tee: true };
  const untraced = [0, null].map((mark) => ({ packet: { ...spec, mark }, options: copied }));
  return [{ packet: spec, options: { ...copied, traced: true } }, ...untraced];
}

/** Hooks behind the first one that the line may be of. */
function hooksOf({ event }: Step): readonly NonNullable<RunOptions['from']>[] {
  const { in: from, out: to } = event.packet;
  if (event.table === 'raw') return [];
  if (isBuiltin(event.table, event.chain)) {
    const { chain } = event;
    return chain === 'INPUT' || chain === 'FORWARD' || chain === 'POSTROUTING' ? [chain] : [];
  }
  if (to === '') return ['INPUT'];
  return from === '' ? ['POSTROUTING'] : ['FORWARD', 'POSTROUTING'];
}

/**
 * The starts of a walk. A fresh packet's mark is 0; a packet out of a tunnel, or around one, brings another's.
 * @param carried a packet that carried another one brought this walk's first mark
 */
export function startsOf(walk: Walk, options: RunOptions, carried = false): readonly Start[] {
  const first = walk.steps[0];
  if (first === undefined) return [];
  const { packet } = first.event;
  const spec = specOfPacket(packet);
  const mark = markOf(packet);
  // A packet around another one may also be a fresh one, marked before the line by rules ahead of TRACE.
  const brought = first.event.table !== 'raw' ? [mark, null] : mark === 0 ? [0] : [mark, 0];
  const fresh = carried && packet.in !== '' ? [...new Set([0, ...brought])] : [0];
  const marks = bringsMark(packet) ? brought : fresh;
  const starts: Start[] = [];
  for (const changes of waysTo(first, packet)) {
    for (const each of marks) starts.push({ packet: { ...spec, mark: each, ...changes }, options });
  }
  return starts;
}

/** What the packet may have been at its start, as far as that is not what the line shows. */
function waysTo(first: Step, packet: Packet): readonly Changes[] {
  if (packet.in === 'lo') return [...translated(MADE_HERE), {}];
  switch (hookOf(first)) {
    case 'PREROUTING':
      return first.event.table === 'raw' ? [{}] : [{}, REWRITTEN];
    case 'INPUT':
      return translated({});
    case 'OUTPUT':
      if (first.event.table === 'raw') return [{}];
      return MAY_BE_TRANSLATED.has(first.event.table) ? translated({}) : [{}, REWRITTEN];
    case 'FORWARD':
      return first.event.chain === 'FORWARD' ? translated(forwarded(packet)) : passing(packet);
    case 'POSTROUTING':
      if (packet.in !== '' || packet.physIn !== null) return passing(packet);
      return [...translated({}), ...translated({ out: undefined })];
  }
}

/** A packet with both interfaces came in by one; one around another may name a tunnel device there. */
function passing(packet: Packet): readonly Changes[] {
  const came = translated(forwarded(packet));
  return isEncapsulating(packet) ? [...came, ...translated({ ...MADE_HERE, out: packet.out })] : came;
}

/** The last hook that the line can be of: a user chain's line tells it only by its interfaces. */
function hookOf({ event, hook }: Step): Hook {
  if (event.table === 'raw' || isBuiltin(event.table, event.chain)) return hook;
  const { in: from, out: to } = event.packet;
  if (to === '') return 'INPUT';
  return from !== '' ? 'FORWARD' : 'POSTROUTING';
}

/** A packet on `lo` was made here: its OUTPUT half may not have been traced. */
const MADE_HERE: Changes = { in: null, out: 'lo', mac: undefined, packetType: undefined };

/** Tables of OUTPUT that stand behind its nat table. */
const MAY_BE_TRANSLATED: ReadonlySet<TableName> = new Set(['filter', 'security']);

/** The destination before any translation is not known. */
const UNKNOWN_TO: Changes = { dst: undefined, dport: undefined };

/** Nothing that a rule may have rewritten is known. */
const REWRITTEN: Changes = { ttl: undefined, tosKnown: 0, length: undefined };

/** With what the line shows, with another destination that was translated to it, or with other rewrites too. */
function translated(changes: Changes): readonly Changes[] {
  const to = { ...changes, ...UNKNOWN_TO };
  return [changes, { ...changes, ...REWRITTEN }, to, { ...to, ...REWRITTEN }];
}

/** Forwarding took one off the TTL; within a bridge it does not. */
function forwarded(packet: Packet): Changes {
  return { ttl: isBridged(packet) ? packet.ttl : packet.ttl + 1 };
}

/** A packet around another one, out of a tunnel, or with a mark that is none: what it shows is older than it. */
function bringsMark(packet: Packet): boolean {
  if (packet.in !== '' && packet.out === '') return isFromTunnel(packet);
  return isEncapsulating(packet) || isMembershipReport(packet);
}

const TEES = new WeakMap<Ruleset, boolean>();

function hasTee(ruleset: Ruleset): boolean {
  let has = TEES.get(ruleset);
  if (has === undefined) {
    const chains = ruleset.tables.flatMap((table) => [...table.chains.values()]);
    has = chains.some(({ rules }) => rules.some(({ target }) => target.kind === 'TEE'));
    TEES.set(ruleset, has);
  }
  return has;
}
