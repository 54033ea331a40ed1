/**
 * TCP window tracking (tcp_in_window, net/netfilter/nf_conntrack_proto_tcp.c): what conntrack knows of both sides
 * of a connection, and whether a segment fits. Sequence numbers modulo 2^32; undefined: not known, which fits.
 */
import { TCP_FLAGS } from '../model/packet.ts';
import type { Skb } from './skb.ts';

/** Most that an acknowledgement may lag behind (MAXACKWINCONST). */
const ACK_WINDOW = 66_000;

export type Kind = 'syn' | 'synack' | 'fin' | 'ack' | 'rst' | 'none';

export interface Side {
  readonly end: number | undefined;
  readonly maxEnd: number | undefined;
  /** 0: nothing seen of this side yet. */
  readonly maxWindow: number;
  /** Undefined: it acknowledged nothing yet. */
  readonly maxAck: number | undefined;
  readonly scale: number;
  readonly scaled: boolean;
  readonly closeInit: boolean;
  readonly liberal: boolean;
}

/** A side of a new connection before anything was seen of it. */
export const UNSEEN: Side = {
  end: 0,
  maxEnd: 0,
  maxWindow: 0,
  maxAck: undefined,
  scale: 0,
  scaled: false,
  closeInit: false,
  liberal: false,
};

function kindOf(flags: number): Kind {
  if ((flags & TCP_FLAGS.RST) !== 0) return 'rst';
  if ((flags & TCP_FLAGS.SYN) !== 0) return (flags & TCP_FLAGS.ACK) !== 0 ? 'synack' : 'syn';
  if ((flags & TCP_FLAGS.FIN) !== 0) return 'fin';
  return (flags & TCP_FLAGS.ACK) !== 0 ? 'ack' : 'none';
}

/** Sequence number comparison: whether `a` comes before `b`. */
export function before(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}
export function wrap(value: number): number {
  return value >>> 0;
}

export interface Segment {
  readonly kind: Kind;
  readonly flags: number;
  readonly seq: number | undefined;
  readonly ack: number | undefined;
  readonly window: number | undefined;
  /** Sequence number behind the segment. */
  readonly end: number | undefined;
  /** Window scale option; null: none. */
  readonly scale: number | null;
  /** The header has options. */
  readonly options: boolean;
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

/** What window tracking looks at. */
export function segmentOf(skb: Skb, flags: number): Segment {
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
    options: (skb.tcpOptions ?? '') !== '',
  };
}

/** A window that was not told is taken as a wide one. */
function windowOf(segment: Segment): number {
  return segment.window ?? 0xffff;
}

/** What a SYN tells of its sender. Options, if there are any, begin all flags anew (tcp_options). */
export function openSide(side: Side, segment: Segment): Side {
  const { end, scale, options } = segment;
  const opened = { ...side, end, maxEnd: end, maxWindow: Math.max(1, windowOf(segment)) };
  if (!options) return opened;
  return { ...opened, scale: scale ?? 0, scaled: scale !== null, maxAck: undefined, closeInit: false };
}

/** A segment and the two sides that it passes between. */
export interface Passing {
  readonly sender: Side;
  readonly receiver: Side;
  readonly segment: Segment;
  readonly reply: boolean;
  /** State of the connection before the segment: SYN sent, or answered. */
  readonly opening: 'sent' | 'answered' | null;
  /** nf_conntrack_tcp_be_liberal. */
  readonly liberal: boolean;
}

/** `ignore`: part of the connection, of which it changes nothing. Both sides as they are afterwards. */
export interface Fit {
  readonly verdict: 'accept' | 'ignore' | 'invalid';
  /** It lies within both windows: not accepted out of liberality. */
  readonly fits: boolean;
  readonly sender: Side;
  readonly receiver: Side;
}

/** Whether the segment lies within the windows. */
export function checkWindow(passing: Passing): Fit {
  const { segment, opening } = passing;
  const rst = (segment.flags & TCP_FLAGS.RST) !== 0;
  const acks = (segment.flags & TCP_FLAGS.ACK) !== 0;
  const { seq: rawSeq, end: rawEnd } = segment;
  if (rawSeq === undefined || rawEnd === undefined || (acks && segment.ack === undefined)) {
    const maxWindow = Math.max(1, passing.sender.maxWindow, windowOf(segment));
    return {
      verdict: 'accept',
      fits: true,
      sender: { ...passing.sender, maxWindow },
      receiver: passing.receiver,
    };
  }
  const { sender, receiver, done } = begin(passing, rawEnd);
  if (done) return { verdict: 'accept', fits: false, sender, receiver };
  const noAck = !acks || (rst && segment.ack === 0);
  const ack = noAck ? receiver.end : segment.ack;
  const answersSyn = rst && rawSeq === 0 && opening === 'sent' && sender.end !== undefined;
  const [seq, end] = answersSyn ? [sender.end ?? 0, sender.end ?? 0] : [rawSeq, rawEnd];
  const misfit = misfitOf(sender, receiver, seq, end, ack);
  if (misfit !== null) {
    const told = misfit === 'more than expected' ? { ...sender, end } : sender;
    const verdict = misfit === 'too far' ? 'invalid' : 'ignore';
    const liberal = sender.liberal || passing.liberal;
    return { verdict: liberal ? 'accept' : verdict, fits: false, sender: told, receiver };
  }
  return moveOn(sender, receiver, segment, { end, ack, acks });
}

/** Takes up a side of which nothing was seen yet, or that begins anew. */
function begin(
  { sender, receiver, segment, reply, opening }: Passing,
  end: number,
): { readonly sender: Side; readonly receiver: Side; readonly done: boolean } {
  const syn = (segment.flags & TCP_FLAGS.SYN) !== 0;
  const acks = (segment.flags & TCP_FLAGS.ACK) !== 0;
  if (syn) {
    const first = sender.maxWindow === 0;
    const again = opening !== null && (sender.end === undefined || before(sender.end, end));
    if (!first && !again) return { sender, receiver, done: false };
    const opened = openSide(sender, segment);
    // RFC 1323: both sides must offer scaling.
    const unscaled = reply && !(opened.scaled && receiver.scaled);
    const told = receiver.end === undefined && opening === 'sent' && acks ? segment.ack : receiver.end;
    return {
      sender: unscaled ? { ...opened, scale: 0 } : opened,
      receiver: { ...receiver, end: told, scale: unscaled ? 0 : receiver.scale },
      done: !acks && (first || reply),
    };
  }
  if (sender.maxWindow > 0) return { sender, receiver, done: false };
  const maxWindow = Math.max(1, windowOf(segment) * 2 ** sender.scale);
  const taken = { ...sender, end, maxWindow, maxEnd: wrap(end + maxWindow) };
  const { ack } = segment;
  if (receiver.maxWindow === 0)
    return { sender: taken, receiver: { ...receiver, end: ack, maxEnd: ack }, done: false };
  const keepsAlive = receiver.end !== undefined && ack === wrap(receiver.end + 1);
  return { sender: taken, receiver: keepsAlive ? { ...receiver, end: ack } : receiver, done: false };
}

type Misfit = 'too far' | 'more than expected' | 'too late';

function misfitOf(
  sender: Side,
  receiver: Side,
  seq: number,
  end: number,
  ack: number | undefined,
): Misfit | null {
  const lag = Math.max(ACK_WINDOW, sender.maxWindow);
  const ackHigh = ack !== undefined && receiver.end !== undefined && !before(ack, wrap(receiver.end + 1));
  const ackLow =
    ack !== undefined && receiver.end !== undefined && !before(wrap(receiver.end - lag - 1), ack);
  const seen = sender.end === undefined || before(wrap(sender.end - receiver.maxWindow - 1), end);
  if (sender.maxEnd !== undefined && !before(seq, wrap(sender.maxEnd + 1))) {
    const overshot = wrap(end - sender.maxEnd + 1);
    const near = receiver.maxWindow > 0 && seen && overshot <= receiver.maxWindow;
    return near && !ackLow && !ackHigh ? 'more than expected' : 'too far';
  }
  if (ackHigh) return 'too far';
  return (receiver.maxWindow > 0 && !seen) || ackLow ? 'too late' : null;
}

function moveOn(
  sender: Side,
  receiver: Side,
  segment: Segment,
  { end, ack, acks }: { readonly end: number; readonly ack: number | undefined; readonly acks: boolean },
): Fit {
  const syn = (segment.flags & TCP_FLAGS.SYN) !== 0;
  const win = windowOf(segment) * (syn ? 1 : 2 ** sender.scale);
  const moved = {
    ...sender,
    maxWindow: Math.max(sender.maxWindow, win),
    end: sender.end === undefined || before(sender.end, end) ? end : sender.end,
    maxAck: acks && (sender.maxAck === undefined || before(sender.maxAck, ack ?? 0)) ? ack : sender.maxAck,
  };
  const over =
    receiver.maxWindow > 0 && sender.maxEnd !== undefined && before(sender.maxEnd, end)
      ? wrap(end - sender.maxEnd)
      : 0;
  const offered = ack === undefined ? undefined : wrap(ack + win);
  const wider =
    offered !== undefined && (receiver.maxEnd === undefined || before(wrap(receiver.maxEnd - 1), offered));
  return {
    verdict: 'accept',
    fits: true,
    sender: moved,
    receiver: {
      ...receiver,
      maxWindow: receiver.maxWindow + over,
      maxEnd: wider ? wrap(offered + (win === 0 ? 1 : 0)) : receiver.maxEnd,
    },
  };
}
