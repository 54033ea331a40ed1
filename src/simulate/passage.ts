/**
 * A packet's whole way through the host: hooks in order, connection tracking, NAT and routing between them
 * (trace-format 5). One packet, one path: wherever more than one is possible the oracle is asked. Packets
 * that it calls forth go their own way where they are made, if `answers` says so.
 */
import type { PacketSpec } from '../model/packet-spec.ts';
import type { Ending } from '../model/prediction.ts';
import { isInterfaceLocal, isLinkLocal, isLoopbackAddress, isMulticast } from './address-class.ts';
import { icmpError } from './answers.ts';
import { doubt, fieldDoubt, NOBODY } from './ask.ts';
import { type End, vanished } from './end.ts';
import { type HookParts, Hooks } from './hooks.ts';
import type { InputRoute } from './routing.ts';
import type { CalledForth, Run } from './run.ts';
import { CT_ATTACHED, CT_UNSET, type CtState, Skb } from './skb.ts';

/** Hooks a packet may loop through `lo` before it is given up. */
const MOST_LOOPS = 4;
/** How deep packets may call forth packets. */
const DEEPEST = 4;

export interface PassageParts
  extends HookParts,
    Omit<Run, 'skb' | 'callForth' | 'origins' | 'hook' | 'table' | 'form' | 'rule' | 'match' | 'visit'> {
  /** What an answer does: null leaves it alone. */
  readonly answers: ((packet: CalledForth, depth: number) => void) | null;
}

/** What IPv6 does not even take in, before any hook (ip6_rcv_core, net/ipv6/ip6_input.c). */
function refusedOnArrival({ family, src, dst }: Skb, byLoop: boolean): Ending | null {
  if (family !== 'ipv6') return null;
  if (src !== undefined && isMulticast(src)) return 'martian-source';
  if (byLoop) return null;
  if (src !== undefined && isLoopbackAddress(src)) return 'martian-source';
  return dst !== undefined && (isLoopbackAddress(dst) || isInterfaceLocal(dst))
    ? 'martian-destination'
    : null;
}

export class Passage {
  run: Run;
  readonly #parts: PassageParts;
  readonly #hooks: Hooks;
  readonly #depth: number;
  readonly calledForth: CalledForth[] = [];
  /** The datagram that this fragment completes; null: none; undefined: not known. */
  #whole: Pick<PacketSpec, 'length' | 'sport' | 'dport'> | null | undefined;

  constructor(parts: PassageParts, spec: PacketSpec, ct: CtState, depth = 0) {
    this.#parts = parts;
    this.#depth = depth;
    this.#hooks = new Hooks(depth > 0 ? { ...parts, watch: null } : parts);
    const skb = new Skb(spec);
    this.#whole = spec.whole;
    skb.ct = ct;
    this.run = {
      ...parts,
      skb,
      callForth: (packet) => this.#callForth(packet),
      origins: parts.program.origins(spec.family, parts.host),
      hook: 'PREROUTING',
      table: 'raw',
      form: 'save',
      rule: null,
      match: null,
      visit: 0,
    };
  }

  get skb(): Skb {
    return this.run.skb;
  }

  #callForth(packet: CalledForth): void {
    this.calledForth.push(packet);
    if (this.#depth < DEEPEST) this.#parts.answers?.(packet, this.#depth + 1);
  }

  /** Runs to the end of the way. @throws PathAbandoned if the oracle gives the path up */
  travel(): End {
    const { skb } = this;
    if (skb.fragment !== null && this.#parts.program.defragmenting(skb.family)) return vanished('reassembly');
    return skb.made ? this.#sendOut() : this.#receive(0);
  }

  /** Runs from the middle of the way to its end. @throws PathAbandoned if the oracle gives the path up */
  travelFrom(hook: 'INPUT' | 'FORWARD' | 'POSTROUTING' | 'copy'): End {
    const { skb } = this;
    skb.traced = true;
    if (hook !== 'INPUT') skb.out = skb.spec.out;
    this.#hooks.track(this.run);
    if (hook === 'INPUT') return this.#deliver();
    if (hook === 'copy') {
      // The original's OUTPUT bound it where it goes.
      if (skb.ct.kind === 'tracked') this.run.connections.change(skb.ct.tracked, { dstDone: true });
      return this.#hooks.pass('POSTROUTING', this.run) ?? this.#comeBack();
    }
    const disposition = skb.made ? 'sent' : 'forwarded';
    if (hook === 'POSTROUTING') return this.#leave(disposition, 0);
    return this.#hooks.pass('FORWARD', this.run) ?? this.#leave(disposition, 0);
  }

  #receive(loops: number): End {
    const { skb } = this;
    const refused = refusedOnArrival(skb, this.run.host.isLoopback(skb.in));
    if (refused !== null) return vanished(refused);
    const before = skb.dst?.text;
    const ended = this.#hooks.pass('PREROUTING', this.run);
    if (ended !== null) return ended;
    // A packet from lo brings its route along, unless nat changed where it goes.
    if (skb.in === 'lo' && skb.made && skb.dst?.text === before) return this.#deliver();
    const bridged = this.#isBridged();
    if (bridged) return this.#bridge();
    const route = this.run.routing.routeInput(skb, this.run.ask);
    switch (route.kind) {
      case 'local':
        return this.#deliver();
      case 'drop':
        this.#answerDrop(route.ending);
        return vanished(route.ending);
      case 'forward':
        return this.#forward(route, loops);
    }
  }

  #deliver(): End {
    const { skb } = this;
    if (skb.fragment !== null && skb.family === 'ipv4' && !this.#complete()) return vanished('reassembly');
    const ended = this.#hooks.pass('INPUT', this.run);
    return ended ?? { disposition: 'delivered', ending: null, decidedBy: null };
  }

  /** ip_local_deliver: a fragment waits here, unless it is the last that was missing. */
  #complete(): boolean {
    const { skb, run } = this;
    const whole = this.#whole;
    const completes =
      whole === undefined
        ? run.ask.decide(fieldDoubt('datagram', 'complete with this fragment'), NOBODY)
        : whole !== null;
    if (!completes) return false;
    skb.fragment = null;
    skb.length = whole?.length;
    skb.sport = whole?.sport ?? skb.sport;
    skb.dport = whole?.dport ?? skb.dport;
    return true;
  }

  /** ip_forward, ip6_forward: what is checked between the routing decision and FORWARD. */
  #forward(route: Extract<InputRoute, { kind: 'forward' }>, loops: number): End {
    const { skb, run } = this;
    const { family } = skb;
    if (skb.packetType !== 'unicast') return vanished('not-for-us');
    if (family === 'ipv6' && !run.routing.forwards(skb, run.ask)) return vanished('forwarding-off');
    if (skb.ttl !== undefined && skb.ttl <= 1) {
      this.#answer(family === 'ipv4' ? 11 : 3, 0);
      return vanished('ttl-exceeded');
    }
    if (family === 'ipv6' && skb.src !== undefined && skb.in !== route.dev) {
      const { src } = skb;
      if (isLinkLocal(src) || isMulticast(src) || isLoopbackAddress(src))
        return vanished('source-not-forwardable');
    }
    if (this.#exceeds(route.dev)) {
      this.#answer(family === 'ipv4' ? 3 : 2, family === 'ipv4' ? 4 : 0);
      return vanished('too-big');
    }
    if (skb.ttl !== undefined) skb.ttl -= 1;
    skb.out = route.dev;
    skb.via = route.via;
    return this.#hooks.pass('FORWARD', this.run) ?? this.#leave('forwarded', loops);
  }

  /** Larger than the way out takes. A TCP packet above the way in's size is many segments (GSO), which pass. */
  #exceeds(dev: string | undefined): boolean {
    const { skb } = this;
    const { host } = this.run;
    const mtu = dev === undefined ? undefined : host.mtu(dev);
    if (mtu === undefined || skb.length === undefined || skb.length <= mtu) return false;
    if (skb.family === 'ipv4' && skb.df !== true) return false;
    const inMtu = host.mtu(skb.in);
    return skb.protocol !== 6 || (inMtu !== undefined && skb.length <= inMtu);
  }

  #leave(disposition: 'forwarded' | 'sent', loops: number): End {
    const { skb } = this;
    // IPv4 sends the looped copy through POSTROUTING before the packet itself, IPv6 after it.
    if (skb.loops && skb.family === 'ipv4') this.#loopBack();
    const ended = this.#hooks.pass('POSTROUTING', this.run);
    if (ended !== null) return ended;
    if (skb.loops && skb.family === 'ipv6') this.#loopBack();
    if (skb.out !== 'lo') return { disposition, ending: null, decidedBy: null };
    if (loops >= MOST_LOOPS) return vanished('rules-loop');
    this.#enterLoopback();
    const pieces = skb.spec.pieces ?? [];
    // Seen on 6.18: IPv4 sends it through lo whole.
    const cut = skb.family === 'ipv6' && pieces.length > 1;
    return cut ? this.#receivePieces(pieces, loops) : this.#receive(loops + 1);
  }

  /** A datagram that was put together on its way out is cut anew, and each piece comes in by itself. */
  #receivePieces(pieces: NonNullable<PacketSpec['pieces']>, loops: number): End {
    const whole = this.skb;
    let end: End = vanished('reassembly');
    for (const [i, piece] of pieces.entries()) {
      const skb = whole.clone();
      skb.fragment = { offset: piece.offset, more: i < pieces.length - 1 };
      skb.length = piece.length;
      this.run = { ...this.run, skb };
      this.#whole = skb.fragment.more ? null : whole;
      end = this.#receive(loops + 1);
    }
    return end;
  }

  #enterLoopback(): void {
    const { skb } = this;
    skb.in = 'lo';
    skb.out = '';
    skb.socket = 'none';
    skb.uid = undefined;
    skb.gid = undefined;
    skb.physIn = null;
    skb.physOut = null;
    this.#lookAgain();
  }

  /**
   * A packet that conntrack made nothing of carries nothing, nor the template that named a zone and a helper
   * (nf_conntrack_in drops it): on its second arrival it is looked at anew.
   */
  #lookAgain(): void {
    const { skb } = this;
    if (skb.ct.kind !== 'invalid') return;
    skb.ct = CT_UNSET;
    skb.zone = 0;
    skb.helper = null;
  }

  /**
   * The copy of a packet to many that comes back to this host (ip_mc_output, ip6_finish_output2): a walk of
   * its own, but it shares the connection, whose bindings it makes if it is first.
   */
  #loopBack(): void {
    const { answers } = this.#parts;
    const copy = new Passage(
      { ...this.#parts, log: () => true, watch: null },
      this.skb.spec,
      CT_UNSET,
      DEEPEST,
    );
    copy.#become(this.skb.clone());
    if (copy.#hooks.pass('POSTROUTING', copy.run) === null && answers !== null) copy.#comeBack();
  }

  #become(skb: Skb): void {
    skb.loops = false;
    this.run = { ...this.run, skb };
  }

  #comeBack(): End {
    const { skb } = this;
    skb.in = skb.out ?? '';
    skb.out = '';
    skb.mac = '';
    skb.socket = 'none';
    skb.packetType = skb.dst !== undefined && isMulticast(skb.dst) ? 'multicast' : 'broadcast';
    this.#lookAgain();
    return this.#hooks.pass('PREROUTING', this.run) ?? this.#deliver();
  }

  #sendOut(): End {
    const { skb, run } = this;
    const route = run.routing.routeOutput(skb, run.ask);
    if (skb.out === undefined) {
      if (route.kind === 'drop') return vanished(route.ending);
      skb.out = route.dev;
      skb.via = route.via;
    }
    if (route.kind === 'route') skb.loops = route.loops;
    const dev = skb.out;
    const ended = this.#hooks.pass('OUTPUT', this.run);
    if (ended !== null) return ended;
    const { rerouted } = this.#hooks;
    if (rerouted !== null) {
      if (rerouted.kind === 'drop') return vanished(rerouted.ending);
      skb.out = rerouted.dev;
      skb.via = rerouted.via;
      skb.loops = rerouted.loops;
    } else {
      skb.out = dev;
    }
    return this.#leave('sent', 0);
  }

  #answer(type: number, code: number): void {
    const { run, skb } = this;
    const error = icmpError(skb, type, code, run.routing, run.ask);
    if (error !== null) run.callForth(error);
  }

  /** ip_error, ip6_pkt_discard: the ICMP error for a packet that has no way. */
  #answerDrop(ending: Ending): void {
    const v4 = this.skb.family === 'ipv4';
    if (ending === 'no-route') this.#answer(v4 ? 3 : 1, 0);
    else if (ending === 'unreachable-route') this.#answer(v4 ? 3 : 1, v4 ? 1 : 0);
    else if (ending === 'prohibit-route') this.#answer(v4 ? 3 : 1, v4 ? 13 : 1);
  }

  /** Came in by a bridge port and goes on through the bridge: its frame is for another host. */
  #isBridged(): boolean {
    const { skb, run } = this;
    if (typeof skb.physIn !== 'string') return false;
    const own = run.host.interface(skb.in)?.mac;
    if (own !== undefined && own !== null && skb.spec.macTo !== undefined) return own !== skb.spec.macTo;
    return !run.ask.decide(
      doubt({
        kind: 'packet',
        key: 'bridged',
        settledBy: 'addresses',
        unknown: "the bridge's own link address is not known",
        yes: `the frame is for this host and not for another on ${skb.in}`,
        no: `the frame is for another host on ${skb.in}`,
      }),
      NOBODY,
    );
  }

  /** br_nf_forward_ip, br_nf_post_routing: hooks as of a router, without its TTL. */
  #bridge(): End {
    const { skb } = this;
    const bridge = skb.in;
    skb.out = bridge;
    skb.physOut = undefined;
    const ended = this.#hooks.pass('FORWARD', this.run);
    if (ended !== null) return ended;
    skb.in = '';
    return (
      this.#hooks.pass('POSTROUTING', this.run) ?? { disposition: 'forwarded', ending: null, decidedBy: null }
    );
  }
}

/**
 * What a packet inherits of the one that it answers; an error (`isError`) about an untracked one inherits that it is
 * RELATED to nothing (nf_conntrack_attach). Looked up afresh for one that let go of its own.
 */
export function inheritedBy(ct: CtState, letGo: boolean, isError: boolean): CtState {
  if (letGo) return CT_UNSET;
  if (isError && (ct.kind === 'untracked' || ct.kind === 'attached')) return CT_ATTACHED;
  if (ct.kind !== 'tracked') return CT_UNSET;
  return {
    kind: 'tracked',
    tracked: { ...ct.tracked },
    info: 'RELATED',
    direction: ct.direction === 'original' ? 'reply' : 'original',
  };
}
