/**
 * TCP as conntrack follows it: which packets of a flow are INVALID, which state the entry is in. The
 * behaviour is that of nf_conntrack_tcp_packet and tcp_in_window (net/netfilter/nf_conntrack_proto_tcp.c,
 * Linux 6.x). Where a sequence number or window is unknown the packet is taken to lie inside.
 */
import { TCP_FLAGS } from '../model/packet.ts';
import type { Direction, Skb } from './skb.ts';

/** NO none, SS SYN sent, SR SYN received, ES established, FW FIN wait, CW close wait, LA last ACK, TW time wait, CL close, S2 SYN sent by both. */
export type TcpState = 'NO' | 'SS' | 'SR' | 'ES' | 'FW' | 'CW' | 'LA' | 'TW' | 'CL' | 'S2';
/** IG: let through without a change; IV: INVALID. */
type Next = TcpState | 'IG' | 'IV';
type Kind = 'syn' | 'synack' | 'fin' | 'ack' | 'rst' | 'none';

const STATES: readonly TcpState[] = ['NO', 'SS', 'SR', 'ES', 'FW', 'CW', 'LA', 'TW', 'CL', 'S2'];

/** Next state by direction and packet; columns in the order of STATES. */
const TRANSITIONS: Readonly<Record<Direction, Readonly<Record<Kind, string>>>> = {
  original: {
    syn: 'SS SS IG IG IG IG IG SS SS S2',
    synack: 'IV IV IG IG IG IG IG IG IG SR',
    fin: 'IV IV FW FW LA LA LA TW CL IV',
    ack: 'ES IV ES ES CW CW TW TW CL IV',
    rst: 'IV CL CL CL CL CL CL CL CL CL',
    none: 'IV IV IV IV IV IV IV IV IV IV',
  },
  reply: {
    syn: 'IV S2 IV IV IV IV IV SS IV S2',
    synack: 'IV SR IG IG IG IG IG IG IG SR',
    fin: 'IV IV FW FW LA LA LA TW CL IV',
    ack: 'IV IG SR ES CW CW TW TW CL IG',
    rst: 'IV CL CL CL CL CL CL CL CL CL',
    none: 'IV IV IV IV IV IV IV IV IV IV',
  },
};

const NEXT: Readonly<Record<Direction, Readonly<Record<Kind, readonly Next[]>>>> = {
  original: readTable(TRANSITIONS.original),
  reply: readTable(TRANSITIONS.reply),
};

function readTable(rows: Readonly<Record<Kind, string>>): Record<Kind, readonly Next[]> {
  const row = (kind: Kind): readonly Next[] =>
    rows[kind].split(' ').map((name) => {
      if (name === 'IG' || name === 'IV') return name;
      return STATES.find((state) => state === name) ?? 'IV';
    });
  return {
    syn: row('syn'),
    synack: row('synack'),
    fin: row('fin'),
    ack: row('ack'),
    rst: row('rst'),
    none: row('none'),
  };
}

/** What conntrack knows of one side. Sequence numbers modulo 2^32; undefined: not known. */
interface Side {
  readonly end: number | undefined;
  readonly maxEnd: number | undefined;
  /** 0: nothing seen of this side yet. */
  readonly maxWindow: number;
  readonly maxAck: number | undefined;
  readonly scale: number;
  readonly scaled: boolean;
  readonly closeInit: boolean;
  readonly liberal: boolean;
}
const UNSEEN: Side = {
  end: undefined,
  maxEnd: undefined,
  maxWindow: 0,
  maxAck: undefined,
  scale: 0,
  scaled: false,
  closeInit: false,
  liberal: false,
};

interface Last {
  readonly kind: Kind;
  readonly direction: Direction | null;
  readonly end: number | undefined;
  readonly window: number | undefined;
  /** A SYN that was let through while the last ACK was awaited: a challenge ACK may come. */
  readonly challenge: boolean;
}

export interface TcpTrack {
  readonly state: TcpState;
  readonly original: Side;
  readonly reply: Side;
  readonly last: Last;
  readonly simultaneous: boolean;
}

const NO_LAST: Last = { kind: 'none', direction: null, end: undefined, window: undefined, challenge: false };

const SAVED: Readonly<Record<string, TcpState>> = {
  NONE: 'NO',
  SYN_SENT: 'SS',
  SYN_RECV: 'SR',
  ESTABLISHED: 'ES',
  FIN_WAIT: 'FW',
  CLOSE_WAIT: 'CW',
  LAST_ACK: 'LA',
  TIME_WAIT: 'TW',
  CLOSE: 'CL',
  SYN_SENT2: 'S2',
};

/** The track of a saved connection: its windows were not saved. */
export function savedTcp(state: string | null): TcpTrack {
  const side: Side = { ...UNSEEN, maxWindow: 0xffff, liberal: true };
  return {
    state: SAVED[state ?? ''] ?? 'ES',
    original: side,
    reply: side,
    last: NO_LAST,
    simultaneous: false,
  };
}

/** FIN, SYN, RST, ACK, URG combinations that are legal; PSH, ECE and CWR never matter (tcp_valid_flags). */
const LEGAL = new Set(
  [
    ['SYN'],
    ['SYN', 'URG'],
    ['SYN', 'ACK'],
    ['RST'],
    ['RST', 'ACK'],
    ['FIN', 'ACK'],
    ['FIN', 'ACK', 'URG'],
    ['ACK'],
    ['ACK', 'URG'],
  ].map((names) => names.reduce((sum, name) => sum | (TCP_FLAGS[name as keyof typeof TCP_FLAGS] ?? 0), 0)),
);
const LOOKED_AT = TCP_FLAGS.FIN | TCP_FLAGS.SYN | TCP_FLAGS.RST | TCP_FLAGS.ACK | TCP_FLAGS.URG;

export function legalFlags(flags: number): boolean {
  return LEGAL.has(flags & LOOKED_AT);
}

function kindOf(flags: number): Kind {
  if ((flags & TCP_FLAGS.RST) !== 0) return 'rst';
  if ((flags & TCP_FLAGS.SYN) !== 0) return (flags & TCP_FLAGS.ACK) !== 0 ? 'synack' : 'syn';
  if ((flags & TCP_FLAGS.FIN) !== 0) return 'fin';
  return (flags & TCP_FLAGS.ACK) !== 0 ? 'ack' : 'none';
}

/** Sequence number comparison: whether `a` comes before `b`. */
function before(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}
function wrap(value: number): number {
  return value >>> 0;
}

interface Segment {
  readonly kind: Kind;
  readonly flags: number;
  readonly seq: number | undefined;
  readonly ack: number | undefined;
  readonly window: number | undefined;
  /** Sequence number behind the segment. */
  readonly end: number | undefined;
  readonly scale: number | null;
}

/** Value of the window scale option, if the header has it. */
function windowScale(options: string | undefined): number | null {
  for (let i = 0; options !== undefined && i + 2 <= options.length; ) {
    const kind = Number.parseInt(options.slice(i, i + 2), 16);
    if (kind === 0) return null;
    if (kind === 1) {
      i += 2;
      continue;
    }
    const size = Number.parseInt(options.slice(i + 2, i + 4), 16);
    if (!(size >= 2)) return null;
    if (kind === 3 && size === 3) return Math.min(14, Number.parseInt(options.slice(i + 4, i + 6), 16));
    i += size * 2;
  }
  return null;
}

function segmentOf(skb: Skb, flags: number): Segment {
  const kind = kindOf(flags);
  const header = skb.tcpHeaderLength ?? (kind === 'syn' || kind === 'synack' ? skb.payloadLength : 20);
  const data = header === undefined || skb.payloadLength === undefined ? 0 : skb.payloadLength - header;
  const extra = ((flags & TCP_FLAGS.SYN) !== 0 ? 1 : 0) + ((flags & TCP_FLAGS.FIN) !== 0 ? 1 : 0);
  return {
    kind,
    flags,
    seq: skb.seq,
    ack: skb.ack,
    window: skb.window,
    end: skb.seq === undefined ? undefined : wrap(skb.seq + Math.max(0, data) + extra),
    scale: windowScale(skb.tcpOptions),
  };
}

/** A window that was not told is taken as a wide one. */
function windowOf(segment: Segment): number {
  return segment.window ?? 0xffff;
}

function openSide(segment: Segment): Side {
  return {
    ...UNSEEN,
    end: segment.end,
    maxEnd: segment.end,
    maxWindow: Math.max(1, windowOf(segment)),
    scale: segment.scale ?? 0,
    scaled: segment.scale !== null,
  };
}

/** The track that a first packet opens (tcp_new); null: it is INVALID. */
export function openTcp(skb: Skb, flags: number, loose: boolean): TcpTrack | null {
  const segment = segmentOf(skb, flags);
  const next = NEXT.original[segment.kind][0];
  if (next === 'SS') {
    return {
      state: 'SS',
      original: openSide(segment),
      reply: UNSEEN,
      last: { ...NO_LAST, kind: 'syn', direction: 'original', end: segment.end, window: segment.window },
      simultaneous: false,
    };
  }
  if (next !== 'ES' || !loose) return null;
  const side = openSide(segment);
  const liberal = {
    ...side,
    maxEnd: side.end === undefined ? undefined : wrap(side.end + side.maxWindow),
    maxAck: segment.ack,
    liberal: true,
  };
  return {
    state: 'ES',
    original: liberal,
    reply: { ...UNSEEN, liberal: true },
    last: { ...NO_LAST, kind: segment.kind, direction: 'original', end: segment.end },
    simultaneous: false,
  };
}

export type TcpVerdict =
  /** Part of the connection. `killed`: the entry goes with it. */
  | { readonly kind: 'valid'; readonly track: TcpTrack; readonly assured: boolean; readonly killed: boolean }
  | { readonly kind: 'invalid' }
  /** A closed connection opens anew: look the packet up again without this entry. */
  | { readonly kind: 'reopen' };

const INVALID: TcpVerdict = { kind: 'invalid' };

function established(track: TcpTrack): boolean {
  return (
    STATES.indexOf(track.state) >= STATES.indexOf('ES') && STATES.indexOf(track.state) <= STATES.indexOf('TW')
  );
}

function kept(track: TcpTrack): TcpVerdict {
  return { kind: 'valid', track, assured: false, killed: false };
}

/** What a packet of a known connection is to it (nf_conntrack_tcp_packet). */
export function followTcp(
  track: TcpTrack,
  direction: Direction,
  skb: Skb,
  flags: number,
  connection: { readonly seenReply: boolean; readonly assured: boolean | undefined },
  settings: { readonly liberal: boolean },
): TcpVerdict {
  if (!legalFlags(flags)) return INVALID;
  const segment = segmentOf(skb, flags);
  const { kind } = segment;
  let from = track;
  let next = NEXT[direction][kind][STATES.indexOf(track.state)] ?? 'IV';
  const opposite: Direction = direction === 'original' ? 'reply' : 'original';
  if (next === 'IV') return INVALID;
  if (next === 'SS' && (track.state === 'TW' || track.state === 'CL')) {
    const closed = track.original.closeInit || track.reply.closeInit;
    if (closed || (track.last.direction === direction && track.last.kind === 'rst'))
      return { kind: 'reopen' };
    next = 'IG';
  }
  if (next === 'IG') {
    const acknowledges = segment.ack !== undefined && segment.ack === track.last.end;
    if (
      kind !== 'synack' ||
      track.last.kind !== 'syn' ||
      track.last.direction !== opposite ||
      !acknowledges
    ) {
      const challenge = kind === 'syn' && direction === 'original' && track.state === 'LA';
      return kept({
        ...track,
        last: { kind, direction, end: segment.end, window: segment.window, challenge },
      });
    }
    // It answers a SYN that was let through: both sides are in step, the entry was not.
    const side: Side = {
      ...UNSEEN,
      end: track.last.end,
      maxEnd: track.last.end,
      maxWindow: Math.max(1, track.last.window ?? 0xffff),
    };
    from = { ...track, state: 'SS', [opposite]: side, [direction]: UNSEEN };
    next = 'SR';
  } else if (
    next === 'TW' &&
    track.state === 'LA' &&
    kind === 'ack' &&
    track.last.challenge &&
    track.last.direction === opposite &&
    track.last.kind === 'syn'
  ) {
    return kept({ ...track, last: { ...track.last, challenge: false } });
  } else if (next === 'SR' && direction === 'reply' && kind === 'ack' && track.simultaneous) {
    next = 'ES';
  } else if (next === 'CL' && kind === 'rst') {
    const reset = closeByReset(track, direction, segment, connection);
    if (reset === 'invalid') return INVALID;
    if (reset === 'stay') next = track.state;
    if (reset === 'skip-window') return settle(from, next, direction, segment, connection);
  }
  const window = checkWindow(from, direction, segment, settings.liberal);
  if (window === 'invalid') return INVALID;
  if (window === 'ignore') return kept(track);
  return settle(window, next, direction, segment, connection);
}

/** Whether a RST is credible, and whether it closes. */
function closeByReset(
  track: TcpTrack,
  direction: Direction,
  { seq, ack }: Segment,
  connection: { readonly seenReply: boolean; readonly assured: boolean | undefined },
): 'invalid' | 'stay' | 'skip-window' | 'check' {
  const { maxAck } = track[direction === 'original' ? 'reply' : 'original'];
  let stay = false;
  if (maxAck !== undefined && seq !== undefined) {
    if (seq === 0 && !established(track)) return 'check';
    if (before(seq, maxAck)) return 'invalid';
    if (!established(track) || seq === maxAck) return 'check';
    if (track.last.kind === 'ack' && track.last.direction === direction && seq === track.last.end)
      return 'check';
    stay = true;
  }
  const letThrough =
    (connection.seenReply && track.last.kind === 'syn') ||
    (connection.assured !== true && track.last.kind === 'ack');
  if (letThrough && ack !== undefined && ack === track.last.end) return 'skip-window';
  return stay ? 'stay' : 'check';
}

/** tcp_in_window: the track with both windows moved on, or why not. */
function checkWindow(
  track: TcpTrack,
  direction: Direction,
  segment: Segment,
  allLiberal: boolean,
): TcpTrack | 'invalid' | 'ignore' {
  const opposite: Direction = direction === 'original' ? 'reply' : 'original';
  let sender = track[direction];
  let receiver = track[opposite];
  const syn = (segment.flags & TCP_FLAGS.SYN) !== 0;
  const acks = (segment.flags & TCP_FLAGS.ACK) !== 0;
  const rst = (segment.flags & TCP_FLAGS.RST) !== 0;
  const moved = (): TcpTrack => ({ ...track, [direction]: sender, [opposite]: receiver });
  const { seq: rawSeq, end: rawEnd } = segment;
  if (rawSeq === undefined || rawEnd === undefined || (acks && segment.ack === undefined)) {
    sender = { ...sender, maxWindow: Math.max(1, sender.maxWindow, windowOf(segment)) };
    return moved();
  }
  let seq = rawSeq;
  let end = rawEnd;
  let ack = segment.ack ?? 0;
  let win = windowOf(segment);
  if (sender.maxWindow === 0) {
    if (syn) {
      sender = { ...openSide(segment), liberal: sender.liberal };
      if (!sender.scaled || !receiver.scaled) {
        sender = { ...sender, scale: 0 };
        receiver = { ...receiver, scale: 0 };
      }
      if (!acks) return moved();
    } else {
      const maxWindow = Math.max(1, win * 2 ** sender.scale);
      sender = { ...sender, end, maxWindow, maxEnd: wrap(end + maxWindow) };
      if (receiver.maxWindow === 0) receiver = { ...receiver, end: ack, maxEnd: ack };
      else if (receiver.end !== undefined && ack === wrap(receiver.end + 1))
        receiver = { ...receiver, end: ack };
    }
  } else if (
    syn &&
    (sender.end === undefined || before(sender.end, end)) &&
    (track.state === 'SS' || track.state === 'SR')
  ) {
    sender = { ...openSide(segment), liberal: sender.liberal };
    if (!sender.scaled || !receiver.scaled) {
      sender = { ...sender, scale: 0 };
      receiver = { ...receiver, scale: 0 };
    }
    if (direction === 'reply' && !acks) return moved();
  }
  if (receiver.end !== undefined && (!acks || (rst && ack === 0))) ack = receiver.end;
  if (rst && seq === 0 && track.state === 'SS' && sender.end !== undefined) {
    seq = sender.end;
    end = sender.end;
  }
  const liberal = sender.liberal || allLiberal;
  const upper = sender.maxEnd;
  const ackUpper = receiver.end;
  const ackWindow = Math.max(66000, sender.maxWindow);
  const ackLow = ackUpper !== undefined && !before(wrap(ackUpper - ackWindow - 1), ack);
  const inReceiver = sender.end === undefined || before(wrap(sender.end - receiver.maxWindow - 1), end);
  if (!liberal) {
    if (upper !== undefined && !before(seq, wrap(upper + 1))) {
      const overshot = wrap(end - upper + 1);
      const close = receiver.maxWindow > 0 && inReceiver && overshot <= receiver.maxWindow;
      return close && !ackLow && (ackUpper === undefined || before(ack, wrap(ackUpper + 1)))
        ? 'ignore'
        : 'invalid';
    }
    if (ackUpper !== undefined && !before(ack, wrap(ackUpper + 1))) return 'invalid';
    if (receiver.maxWindow > 0 && !inReceiver) return 'ignore';
    if (ackLow) return 'ignore';
  }
  if (!syn) win = win * 2 ** sender.scale;
  const oldMaxEnd = sender.maxEnd;
  sender = {
    ...sender,
    maxWindow: Math.max(sender.maxWindow, win),
    end: sender.end === undefined || before(sender.end, end) ? end : sender.end,
    maxAck: acks && (sender.maxAck === undefined || before(sender.maxAck, ack)) ? ack : sender.maxAck,
  };
  if (receiver.maxWindow > 0 && oldMaxEnd !== undefined && before(oldMaxEnd, end)) {
    receiver = { ...receiver, maxWindow: receiver.maxWindow + wrap(end - oldMaxEnd) };
  }
  const offered = wrap(ack + win + (win === 0 ? 1 : 0));
  if (receiver.maxEnd === undefined || !before(wrap(ack + win), receiver.maxEnd)) {
    receiver = { ...receiver, maxEnd: offered };
  }
  return moved();
}

function settle(
  track: TcpTrack,
  next: Next,
  direction: Direction,
  segment: Segment,
  connection: { readonly seenReply: boolean; readonly assured: boolean | undefined },
): TcpVerdict {
  const state = STATES.find((known) => known === next) ?? track.state;
  const closes = state === 'FW' && track.state !== 'FW';
  const side = closes ? { ...track[direction], closeInit: true } : track[direction];
  return {
    kind: 'valid',
    track: {
      ...track,
      [direction]: side,
      state,
      last: {
        kind: segment.kind,
        direction,
        end: segment.end ?? track.last.end,
        window: segment.window,
        challenge: track.last.challenge,
      },
      simultaneous: track.simultaneous || state === 'S2',
    },
    assured: connection.seenReply && (track.state === 'SR' || track.state === 'ES') && state === 'ES',
    killed: !connection.seenReply && segment.kind === 'rst',
  };
}
