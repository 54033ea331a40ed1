/**
 * TCP as conntrack follows it: which packets of a flow are INVALID, which state the entry is in. The behaviour is that
 * of nf_conntrack_tcp_packet (net/netfilter/nf_conntrack_proto_tcp.c, Linux 6.x); its windows are in tcp-window.ts.
 */
import { TCP_FLAGS } from '../model/packet.ts';
import type { Direction, Skb } from './skb.ts';
import {
  before,
  checkWindow,
  type Fit,
  type Kind,
  openSide,
  type Segment,
  type Side,
  segmentOf,
  UNSEEN,
  wrap,
} from './tcp-window.ts';

/** NO none, SS SYN sent, SR SYN received, ES established, FW FIN wait, CW close wait, LA last ACK, TW time wait, CL close, S2 SYN sent by both. */
type TcpState = 'NO' | 'SS' | 'SR' | 'ES' | 'FW' | 'CW' | 'LA' | 'TW' | 'CL' | 'S2';
/** IG: let through without a change; IV: INVALID. */
type Next = TcpState | 'IG' | 'IV';

const STATES: readonly TcpState[] = ['NO', 'SS', 'SR', 'ES', 'FW', 'CW', 'LA', 'TW', 'CL', 'S2'];

/** Next state by direction and packet; columns in the order of STATES. */
const TRANSITIONS: Readonly<Record<Direction, Readonly<Record<Kind, string>>>> = {
  original: {
    syn: 'SS SS IG IG IG IG IG SS SS S2',
    synack: 'IV IV SR IV IV IV IV IV IV SR',
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

interface Last {
  readonly kind: Kind;
  readonly direction: Direction | null;
  readonly end: number | undefined;
  readonly ack: number | undefined;
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

const NO_LAST: Last = {
  kind: 'none',
  direction: null,
  end: undefined,
  ack: undefined,
  window: undefined,
  challenge: false,
};

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
export function savedTcp(name: string | null): TcpTrack {
  const state = SAVED[name ?? ''] ?? 'ES';
  const open: Side = { ...UNSEEN, end: undefined, maxEnd: undefined, maxWindow: 0xffff };
  const side = { ...open, liberal: true };
  // After a SYN alone nothing was seen of the other side, whose answer will tell where the SYN ended.
  const [original, reply] = state === 'SS' ? [open, UNSEEN] : [side, side];
  return { state, original, reply, last: NO_LAST, simultaneous: false };
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

/** The track that a first packet opens (tcp_new); null: it is INVALID. */
export function openTcp(skb: Skb, flags: number, loose: boolean): TcpTrack | null {
  const segment = segmentOf(skb, flags);
  const next = NEXT.original[segment.kind][0];
  if (next !== 'SS' && (next !== 'ES' || !loose)) return null;
  const opened = openSide(UNSEEN, segment);
  const pickedUp = next === 'ES';
  const maxEnd = segment.end === undefined ? undefined : wrap(segment.end + opened.maxWindow);
  const track: TcpTrack = {
    state: 'NO',
    original: pickedUp ? { ...opened, maxEnd, liberal: true } : opened,
    reply: { ...UNSEEN, liberal: pickedUp },
    last: NO_LAST,
    simultaneous: false,
  };
  const { sender, receiver, fits } = fitWindow(track, 'original', segment, pickedUp);
  return take({ ...track, original: sender, reply: receiver }, next, 'original', segment, fits);
}

export type TcpVerdict =
  /** Part of the connection. `counted`: its counters take it in. `killed`: the entry goes with it. */
  | {
      readonly kind: 'valid';
      readonly track: TcpTrack;
      readonly assured: boolean;
      readonly counted: boolean;
      readonly killed: boolean;
    }
  /** Not part of it, though it may leave its mark on the entry. */
  | { readonly kind: 'invalid'; readonly track: TcpTrack }
  /** A closed connection opens anew: look the packet up again without this entry. */
  | { readonly kind: 'reopen' };

interface Flow {
  readonly seenReply: boolean;
  readonly assured: boolean | undefined;
}

/** States in which a tuple may have been taken into use again (tcp_can_early_drop). */
const CLOSING: ReadonlySet<TcpState> = new Set(['FW', 'LA', 'TW', 'CL', 'CW']);

function kept(track: TcpTrack): TcpVerdict {
  return { kind: 'valid', track, assured: false, counted: false, killed: false };
}

/** What a packet of a known connection is to it (nf_conntrack_tcp_packet). */
export function followTcp(
  track: TcpTrack,
  direction: Direction,
  skb: Skb,
  flags: number,
  flow: Flow,
  settings: { readonly liberal: boolean },
): TcpVerdict {
  if (!legalFlags(flags)) return { kind: 'invalid', track };
  const segment = segmentOf(skb, flags);
  const { kind } = segment;
  const opposite: Direction = direction === 'original' ? 'reply' : 'original';
  let from = track;
  let next = NEXT[direction][kind][STATES.indexOf(track.state)] ?? 'IV';
  if (next === 'IV') return { kind: 'invalid', track };
  if (next === 'SS' && (track.state === 'TW' || track.state === 'CL')) {
    const closed = track.original.closeInit || track.reply.closeInit;
    if (closed || (track.last.direction === direction && track.last.kind === 'rst'))
      return { kind: 'reopen' };
    next = 'IG';
  }
  if (next === 'IG') {
    if (!answersIgnored(track, opposite, segment))
      return kept({ ...track, last: ignored(track, direction, segment) });
    from = inStep(track, direction, opposite);
    next = 'SR';
  } else if (next === 'TW' && isChallenge(track, opposite, segment)) {
    return kept({ ...track, last: { ...track.last, challenge: false } });
  } else if (next === 'SR' && direction === 'reply' && kind === 'ack' && track.simultaneous) {
    next = 'ES';
  } else if (next === 'CL' && kind === 'rst') {
    const reset = closeByReset(track, direction, segment, flow);
    if (reset === 'invalid') return { kind: 'invalid', track };
    if (reset === 'in window') return settle(from, next, direction, segment, false, flow);
    if (reset === 'stay') next = track.state;
  }
  const { verdict, sender, receiver, fits } = fitWindow(from, direction, segment, settings.liberal);
  const moved = { ...from, [direction]: sender, [opposite]: receiver };
  if (verdict === 'invalid')
    return { kind: 'invalid', track: outOfWindow(moved, track.state, direction, segment, flow) };
  if (verdict === 'ignore') return kept({ ...moved, state: track.state });
  return settle(moved, next, direction, segment, fits, flow);
}

function fitWindow(track: TcpTrack, direction: Direction, segment: Segment, liberal: boolean): Fit {
  const opposite: Direction = direction === 'original' ? 'reply' : 'original';
  const opening = track.state === 'SS' ? 'sent' : track.state === 'SR' ? 'answered' : null;
  const [sender, receiver] = [track[direction], track[opposite]];
  return checkWindow({ sender, receiver, segment, reply: direction === 'reply', opening, liberal });
}

/** A SYN+ACK that answers a SYN which was let through as if it were none of ours. */
function answersIgnored({ last }: TcpTrack, opposite: Direction, { kind, ack }: Segment): boolean {
  return (
    kind === 'synack' &&
    last.kind === 'syn' &&
    last.direction === opposite &&
    ack !== undefined &&
    ack === last.end
  );
}

/** Both sides are in step, the entry was not: it takes over what the ignored SYN said. */
function inStep(track: TcpTrack, direction: Direction, opposite: Direction): TcpTrack {
  const { end, window } = track.last;
  const side: Side = { ...UNSEEN, end, maxEnd: end, maxWindow: Math.max(1, window ?? 0xffff) };
  const fresh: Side = { ...UNSEEN, liberal: track[direction].liberal };
  return { ...track, state: 'SS', [opposite]: side, [direction]: fresh };
}

/** What is remembered of a packet that was let through without a look. */
function ignored(track: TcpTrack, direction: Direction, { kind, end, ack, window }: Segment): Last {
  const challenge = kind === 'syn' && direction === 'original' && track.state === 'LA';
  const answers = track.state === 'SS' && kind === 'ack' && direction === 'reply';
  return { kind, direction, end, ack: answers ? ack : track.last.ack, window, challenge };
}

function isChallenge({ state, last }: TcpTrack, opposite: Direction, { kind }: Segment): boolean {
  return (
    state === 'LA' && kind === 'ack' && last.challenge && last.direction === opposite && last.kind === 'syn'
  );
}

/** Whether a RST is credible, and whether it closes. */
function closeByReset(
  track: TcpTrack,
  direction: Direction,
  { seq, ack }: Segment,
  { seenReply, assured }: Flow,
): 'invalid' | 'stay' | 'in window' | 'check' {
  if (CLOSING.has(track.state)) return 'in window';
  const { last } = track;
  const { maxAck } = track[direction === 'original' ? 'reply' : 'original'];
  const established = track.state === 'ES' && assured === true;
  let stay = false;
  if (maxAck !== undefined && seq !== undefined && last.kind !== 'syn') {
    if (seq === 0 && !established) return 'check';
    if (before(seq, maxAck)) return 'invalid';
    if (!established || seq === maxAck) return 'check';
    if (last.kind === 'ack' && last.direction === direction && seq === last.end) return 'check';
    stay = true;
  }
  const letThrough = (seenReply && last.kind === 'syn') || (assured !== true && last.kind === 'ack');
  if (letThrough && ack !== undefined && ack === last.end) return 'in window';
  const challenged = track.state === 'SS' && last.kind === 'ack' && last.direction === 'reply';
  if (challenged && seq !== undefined && seq === last.ack) return 'in window';
  return stay ? 'stay' : 'check';
}

/** A RST or FIN out of the window of an assured connection is remembered (nf_tcp_handle_invalid). */
function outOfWindow(
  track: TcpTrack,
  state: TcpState,
  direction: Direction,
  { kind }: Segment,
  { assured }: Flow,
): TcpTrack {
  const { last } = track;
  const answered = last.direction !== direction && (last.kind === 'fin' || last.kind === 'rst');
  const remembered = assured === true && (kind === 'rst' || kind === 'fin') && !answered;
  return { ...track, state, last: remembered ? { ...last, kind, direction } : last };
}

/** The track with an accepted segment taken in. */
function take(track: TcpTrack, next: Next, direction: Direction, segment: Segment, fits: boolean): TcpTrack {
  const state = STATES.find((known) => known === next) ?? track.state;
  const closes = state === 'FW' && track.state !== 'FW';
  const side = closes ? { ...track[direction], closeInit: true } : track[direction];
  const { kind, end, ack, window } = segment;
  const last: Last = kind === 'ack' && fits ? { ...track.last, end, ack, window } : track.last;
  return {
    ...track,
    [direction]: side,
    state,
    last: { ...last, kind, direction },
    simultaneous: track.simultaneous || state === 'S2',
  };
}

function settle(
  track: TcpTrack,
  next: Next,
  direction: Direction,
  segment: Segment,
  fits: boolean,
  flow: Flow,
): TcpVerdict {
  const taken = take(track, next, direction, segment, fits);
  return {
    kind: 'valid',
    track: taken,
    // A SYN that is sent again does not renew the entry, and what does not is not counted.
    counted: flow.seenReply || segment.kind !== 'syn' || track.state !== 'SS',
    assured: flow.seenReply && (track.state === 'SR' || track.state === 'ES') && taken.state === 'ES',
    killed: !flow.seenReply && segment.kind === 'rst',
  };
}
