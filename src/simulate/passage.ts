/**
 * A packet's whole way through the host: hooks in order, connection tracking, NAT and routing between them
 * (trace-format 5). One packet, one path: wherever more than one is possible the oracle is asked. Packets
 * that it calls forth go their own way where they are made, if `answers` says so.
 */
import type { Hook, TableName } from '../model/hook.ts';
import type { Bits, LoggedStep } from '../model/oracle.ts';
import type { PacketSpec } from '../model/packet-spec.ts';
import type { Ending } from '../model/prediction.ts';
import { isInterfaceLocal, isLinkLocal, isLoopbackAddress, isMulticast } from './address-class.ts';
import { icmpError } from './answers.ts';
import { type Asker, doubt, fieldDoubt, NOBODY, PathAbandoned } from './ask.ts';
import { bits } from './bits.ts';
import { confirm, track } from './conntrack.ts';
import { type End, vanished } from './end.ts';
import { explainRule } from './explain.ts';
import { bind, bindNull, manipOf, NO_RANGE, translate, translateError } from './nat.ts';
import type { Program } from './program.ts';
import type { InputRoute } from './routing.ts';
import type { CalledForth, Run } from './run.ts';
import { CT_UNSET, type CtState, Skb } from './skb.ts';
import { type Listener, traverse } from './traverse.ts';

/** Hooks a packet may loop through `lo` before it is given up. */
const MOST_LOOPS = 4;
/** How deep packets may call forth packets. */
const DEEPEST = 4;

export interface PassageParts
  extends Omit<
    Run,
    'skb' | 'callForth' | 'origins' | 'hook' | 'table' | 'form' | 'rule' | 'match' | 'visit'
  > {
  readonly program: Program;
  readonly ask: Asker;
  /** Hears each line; false gives the path up. */
  readonly log: (step: LoggedStep, passage: Passage) => boolean;
  readonly watch: Listener['watch'];
  /** What an answer does: null leaves it alone. */
  readonly answers: ((packet: CalledForth, depth: number) => void) | null;
}

interface Rerouted {
  readonly family: Skb['family'];
  readonly src: string | undefined;
  readonly dst: string | undefined;
  readonly mark: Bits;
  readonly tos: Bits;
  readonly ttl: number | undefined;
}

/** What OUTPUT's mangle may change so that the packet is routed anew (ipt_mangle_out, ip6t_mangle_out). */
function routedBy({ family, src, dst, mark, tos, ttl }: Skb): Rerouted {
  return { family, src: src?.text, dst: dst?.text, mark, tos, ttl };
}

function differs(a: Rerouted, b: Rerouted): boolean {
  const sameBits = (x: Bits, y: Bits): boolean => x.value === y.value && x.known === y.known;
  if (a.family === 'ipv6' && a.ttl !== b.ttl) return true;
  return a.src !== b.src || a.dst !== b.dst || !sameBits(a.mark, b.mark) || !sameBits(a.tos, b.tos);
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
  readonly #depth: number;
  readonly calledForth: CalledForth[] = [];
  /** The datagram that this fragment completes; null: none; undefined: not known. */
  #whole: Pick<PacketSpec, 'length' | 'sport' | 'dport'> | null | undefined;

  constructor(parts: PassageParts, spec: PacketSpec, ct: CtState, depth = 0) {
    this.#parts = parts;
    this.#depth = depth;
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
    const ended = this.#track();
    if (ended !== null) return ended;
    if (hook === 'INPUT') return this.#deliver();
    if (hook === 'copy') {
      // The original's OUTPUT bound it where it goes.
      if (skb.ct.kind === 'tracked') this.run.connections.change(skb.ct.tracked, { dstDone: true });
      return this.#hook('POSTROUTING') ?? this.#comeBack();
    }
    const disposition = skb.made ? 'sent' : 'forwarded';
    if (hook === 'POSTROUTING') return this.#leave(disposition, 0);
    return this.#hook('FORWARD') ?? this.#leave(disposition, 0);
  }

  #receive(loops: number): End {
    const { skb } = this;
    const refused = refusedOnArrival(skb, this.run.host.isLoopback(skb.in));
    if (refused !== null) return vanished(refused);
    const before = skb.dst?.text;
    const ended = this.#hook('PREROUTING');
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
    const ended = this.#hook('INPUT');
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
    return this.#hook('FORWARD') ?? this.#leave('forwarded', loops);
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
    const ended = this.#hook('POSTROUTING');
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
    if (copy.#hook('POSTROUTING') === null && answers !== null) copy.#comeBack();
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
    return this.#hook('PREROUTING') ?? this.#deliver();
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
    const ended = this.#hook('OUTPUT');
    if (ended !== null) return ended;
    if (this.#rerouted !== null) {
      if (this.#rerouted.kind === 'drop') return vanished(this.#rerouted.ending);
      skb.out = this.#rerouted.dev;
      skb.via = this.#rerouted.via;
      skb.loops = this.#rerouted.loops;
    } else {
      skb.out = dev;
    }
    return this.#leave('sent', 0);
  }

  /** The new way out, which lines show only from POSTROUTING on. */
  #rerouted: ReturnType<Run['routing']['routeOutput']> | null = null;

  #reroute(): void {
    const { skb, run } = this;
    this.#rerouted = run.routing.routeOutput(skb, run.ask);
  }

  /** All tables of a hook, and what stands between them. Null: the packet goes on. */
  #hook(hook: Hook): End | null {
    this.run.hook = hook;
    const entry = hook === 'PREROUTING' || hook === 'OUTPUT';
    const steps: readonly (() => End | null)[] = entry
      ? [
          () => this.#table(hook, 'raw'),
          () => this.#track(),
          () => (hook === 'OUTPUT' ? this.#mangleOutput() : this.#table(hook, 'mangle')),
          () => this.#nat(hook),
          ...(hook === 'OUTPUT' ? FILTERS.map((name) => () => this.#table(hook, name)) : []),
        ]
      : [
          () => this.#table(hook, 'mangle'),
          ...(hook === 'POSTROUTING' ? [] : FILTERS.map((name) => () => this.#table(hook, name))),
          ...(hook === 'FORWARD' ? [] : [() => this.#nat(hook), () => this.#confirm()]),
        ];
    for (const step of steps) {
      const ended = step();
      if (ended !== null) return ended;
    }
    return null;
  }

  #track(): End | null {
    const { family } = this.skb;
    if (this.#tracking(family)) track(this.run);
    return null;
  }

  /** Connections are tracked if a rule wants it, or the tables are not all given and so some may. */
  #tracking(family: 'ipv4' | 'ipv6'): boolean {
    const { program, host } = this.#parts;
    if (program.tracking(family) || program.table(family, 'nat').kind === 'ungiven') return true;
    return host.context.connections?.some((connection) => connection.family === family) === true;
  }

  #confirm(): End | null {
    return confirm(this.run) === 'clash' ? vanished('nat-clash') : null;
  }

  #mangleOutput(): End | null {
    const before = routedBy(this.skb);
    const ended = this.#table('OUTPUT', 'mangle');
    if (ended === null && differs(before, routedBy(this.skb))) this.#reroute();
    return ended === null ? this.#unrouted() : ended;
  }

  /** A packet that cannot be routed anew is dropped on the spot. */
  #unrouted(): End | null {
    return this.#rerouted?.kind === 'drop' ? vanished(this.#rerouted.ending) : null;
  }

  #table(hook: Hook, name: TableName): End | null {
    const { skb, run } = this;
    const state = this.#parts.program.table(skb.family, name);
    if (state.kind !== 'loaded') return this.#ungiven(hook, name);
    run.table = name;
    const { watch } = this.#parts;
    const result = traverse(state.table, hook, run, {
      log: (step) => {
        if (!this.#parts.log(step, this)) throw new PathAbandoned();
      },
      watch: this.#depth > 0 ? null : watch,
    });
    return result.kind === 'accept' ? null : result;
  }

  /** A table whose rules nobody gave, or that is not loaded unless the log shows it. */
  #ungiven(hook: Hook, name: TableName): End | null {
    const { skb, run } = this;
    const outcome = run.ask.oracle.ungiven(hook, name, skb);
    if (outcome === null) throw new PathAbandoned();
    const { changes } = outcome;
    if (changes !== null) {
      if (name === 'nat') this.#bindAsSeen(hook, changes);
      skb.src = changes.src ?? skb.src;
      skb.dst = changes.dst ?? skb.dst;
      skb.sport = changes.sport ?? skb.sport;
      skb.dport = changes.dport ?? skb.dport;
      skb.ttl = changes.ttl ?? skb.ttl;
      skb.length = changes.length ?? skb.length;
      if (changes.mark !== undefined && changes.mark !== null) skb.mark = bits(changes.mark);
      if (changes.tos !== undefined) skb.tos = bits(changes.tos, 0xfe);
    }
    if (outcome.verdict === 'ACCEPT') return null;
    return { disposition: 'dropped', ending: null, decidedBy: null };
  }

  /** The binding that an ungiven nat table must have made, since the packet changed so. */
  #bindAsSeen(hook: Hook, changes: Pick<PacketSpec, 'src' | 'dst' | 'sport' | 'dport'>): void {
    const { ct } = this.skb;
    if (ct.kind !== 'tracked' || ct.tracked.connection.confirmed) return;
    const manip = manipOf(hook);
    const address = manip === 'src' ? changes.src : changes.dst;
    const port = manip === 'src' ? changes.sport : changes.dport;
    const addresses = address === undefined ? null : { from: address, to: address };
    const ports = port === undefined ? null : { from: port, to: port };
    if (addresses !== null || ports !== null)
      bind(this.run, ct.tracked, { ...NO_RANGE, addresses, ports }, manip);
  }

  /** nf_nat_inet_fn: a binding for a connection that has none yet, then its translation. */
  #nat(hook: Hook): End | null {
    const { skb, run } = this;
    const { ct } = skb;
    const manip = manipOf(hook);
    const state = this.#parts.program.table(skb.family, 'nat');
    run.rule = null;
    if (state.kind !== 'loaded') {
      const ended = this.#ungiven(hook, 'nat');
      if (ended !== null) return ended;
    }
    if (ct.kind !== 'tracked') return null;
    const { tracked, direction, info } = ct;
    if (info === 'RELATED' && skb.isIcmp) {
      if (!translateError(run, tracked, direction, manip)) return vanished('nat-refused');
      if (hook === 'OUTPUT') this.#rerouteTranslated(ct);
      return this.#unrouted();
    }
    const done = manip === 'src' ? tracked.connection.srcDone : tracked.connection.dstDone;
    if (info !== 'ESTABLISHED' && !done) {
      if (state.kind === 'loaded') {
        const ended = this.#table(hook, 'nat');
        if (ended !== null) return ended;
      }
      run.rule = null;
      const bound = manip === 'src' ? tracked.connection.srcDone : tracked.connection.dstDone;
      if (!bound && state.kind !== 'absent') bindNull(run, tracked, manip);
    } else if (this.#leftOtherwise(hook, ct)) {
      run.connections.kill(tracked);
      return vanished('nat-clash');
    }
    translate(run, tracked, direction, manip);
    if (hook === 'OUTPUT') this.#rerouteTranslated(ct);
    return this.#unrouted();
  }

  /** A masqueraded connection that now leaves by another interface is forgotten (nf_nat_oif_changed). */
  #leftOtherwise(hook: Hook, ct: Extract<CtState, { kind: 'tracked' }>): boolean {
    const { masqueradeOut } = ct.tracked.connection;
    return (
      hook === 'POSTROUTING' &&
      ct.direction === 'original' &&
      masqueradeOut !== null &&
      this.skb.out !== undefined &&
      masqueradeOut !== this.skb.out
    );
  }

  /** nf_nat_ipv4_local_fn: a packet of a connection whose destination is translated is routed anew. */
  #rerouteTranslated(ct: Extract<CtState, { kind: 'tracked' }>): void {
    const { original, reply, natUnknown } = ct.tracked.connection;
    const [own, other] = ct.direction === 'original' ? [original, reply] : [reply, original];
    if (natUnknown || own.dst?.text !== other.src?.text) this.#reroute();
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
    const ended = this.#hook('FORWARD');
    if (ended !== null) return ended;
    skb.in = '';
    return this.#hook('POSTROUTING') ?? { disposition: 'forwarded', ending: null, decidedBy: null };
  }

  /** Holds a rule against the packet as it is now, asking nobody. */
  explain(rule: LoggedStep['rule']): ReturnType<typeof explainRule> {
    return rule === null ? [] : explainRule(rule, this.run);
  }
}

const FILTERS: readonly TableName[] = ['filter', 'security'];

/** The connection that an error about this packet inherits; looked up afresh for one that was delivered. */
export function inheritedBy(ct: CtState, delivered: boolean): CtState {
  if (ct.kind !== 'tracked' || delivered) return CT_UNSET;
  return {
    kind: 'tracked',
    tracked: { ...ct.tracked },
    info: 'RELATED',
    direction: ct.direction === 'original' ? 'reply' : 'original',
  };
}
