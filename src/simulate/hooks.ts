/**
 * One hook: its tables in order, and what stands between them: conntrack, NAT, the new route of what OUTPUT
 * changed (trace-format 5.2). Where the packet goes from hook to hook is the passage's matter.
 */
import type { Hook, TableName } from '../model/hook.ts';
import type { Bits, LoggedStep } from '../model/oracle.ts';
import type { PacketSpec } from '../model/packet-spec.ts';
import { PathAbandoned } from './ask.ts';
import { bits } from './bits.ts';
import { confirm, track } from './conntrack.ts';
import { type End, vanished } from './end.ts';
import { bind, bindNull, manipOf, NO_RANGE, translate, translateError } from './nat.ts';
import type { Program } from './program.ts';
import type { OutputRoute } from './routing.ts';
import type { Run } from './run.ts';
import type { CtState, Skb } from './skb.ts';
import { type Listener, traverse } from './traverse.ts';

type TrackedState = Extract<CtState, { kind: 'tracked' }>;

export interface HookParts {
  readonly program: Program;
  /** Hears each line; false gives the path up. */
  readonly log: (step: LoggedStep, run: Run) => boolean;
  readonly watch: Listener['watch'];
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

function confirmed(run: Run): End | null {
  if (confirm(run) === 'clash') {
    run.connections.deeds.spoil();
    return vanished('nat-clash');
  }
  if (run.skb.ct.kind === 'tracked') run.connections.deeds.add({ kind: 'confirm' });
  return null;
}

/** The binding that an ungiven nat table must have made, since the packet changed so. */
function bindAsSeen(
  hook: Hook,
  changes: Pick<PacketSpec, 'src' | 'dst' | 'sport' | 'dport'>,
  run: Run,
): void {
  const { ct } = run.skb;
  if (ct.kind !== 'tracked' || ct.tracked.connection.confirmed) return;
  const manip = manipOf(hook);
  const address = manip === 'src' ? changes.src : changes.dst;
  const port = manip === 'src' ? changes.sport : changes.dport;
  const addresses = address === undefined ? null : { from: address, to: address };
  const ports = port === undefined ? null : { from: port, to: port };
  if (addresses !== null || ports !== null) bind(run, ct.tracked, { ...NO_RANGE, addresses, ports }, manip);
}

/** A masqueraded connection that now leaves by another interface is forgotten (nf_nat_oif_changed). */
function leftOtherwise(hook: Hook, ct: TrackedState, { skb }: Run): boolean {
  const { masqueradeOut } = ct.tracked.connection;
  return (
    hook === 'POSTROUTING' &&
    ct.direction === 'original' &&
    masqueradeOut !== null &&
    skb.out !== undefined &&
    masqueradeOut !== skb.out
  );
}

export class Hooks {
  readonly #parts: HookParts;
  /** The new way out, which lines show only from POSTROUTING on. */
  rerouted: OutputRoute | null = null;

  constructor(parts: HookParts) {
    this.#parts = parts;
  }

  #reroute(run: Run): void {
    this.rerouted = run.routing.routeOutput(run.skb, run.ask);
  }

  /** All tables of a hook, and what stands between them. Null: the packet goes on. */
  pass(hook: Hook, run: Run): End | null {
    run.hook = hook;
    return hook === 'PREROUTING' || hook === 'OUTPUT' ? this.#enter(hook, run) : this.#goOn(hook, run);
  }

  #enter(hook: 'PREROUTING' | 'OUTPUT', run: Run): End | null {
    const raw = this.#table(hook, 'raw', run);
    if (raw !== null) return raw;
    this.track(run);
    const mangle = hook === 'OUTPUT' ? this.#mangleOutput(run) : this.#table(hook, 'mangle', run);
    const ended = mangle ?? this.#nat(hook, run);
    return ended !== null || hook === 'PREROUTING' ? ended : this.#filter(hook, run);
  }

  #goOn(hook: 'INPUT' | 'FORWARD' | 'POSTROUTING', run: Run): End | null {
    const mangle = this.#table(hook, 'mangle', run);
    const filter = mangle !== null || hook === 'POSTROUTING' ? mangle : this.#filter(hook, run);
    if (filter !== null || hook === 'FORWARD') return filter;
    return this.#nat(hook, run) ?? confirmed(run);
  }

  #filter(hook: Hook, run: Run): End | null {
    return this.#table(hook, 'filter', run) ?? this.#table(hook, 'security', run);
  }

  /** nf_conntrack_in, if connections are tracked at all. It drops nothing. */
  track(run: Run): void {
    if (!this.#tracking(run)) return;
    const before = run.skb.ct;
    track(run);
    run.connections.deeds.begin(before, run.skb.ct);
  }

  /** Connections are tracked if a rule wants it, or the tables are not all given and so some may. */
  #tracking({ host, skb: { family } }: Run): boolean {
    const { program } = this.#parts;
    if (program.tracking(family) || program.table(family, 'nat').kind === 'ungiven') return true;
    return host.context.connections?.some((connection) => connection.family === family) === true;
  }

  #mangleOutput(run: Run): End | null {
    const before = routedBy(run.skb);
    const ended = this.#table('OUTPUT', 'mangle', run);
    if (ended === null && differs(before, routedBy(run.skb))) this.#reroute(run);
    return ended === null ? this.#unrouted() : ended;
  }

  /** A packet that cannot be routed anew is dropped on the spot. */
  #unrouted(): End | null {
    return this.rerouted?.kind === 'drop' ? vanished(this.rerouted.ending) : null;
  }

  #table(hook: Hook, name: TableName, run: Run): End | null {
    const { program, log, watch } = this.#parts;
    const state = program.table(run.skb.family, name);
    if (state.kind !== 'loaded') return this.#ungiven(hook, name, run);
    run.table = name;
    const result = traverse(state.table, hook, run, {
      log: (step) => {
        if (!log(step, run)) throw new PathAbandoned();
      },
      watch,
    });
    return result.kind === 'accept' ? null : result;
  }

  /** A table whose rules nobody gave, or that is not loaded unless the log shows it. */
  #ungiven(hook: Hook, name: TableName, run: Run): End | null {
    const { skb } = run;
    const outcome = run.ask.oracle.ungiven(hook, name, skb);
    if (outcome === null) throw new PathAbandoned();
    const { changes } = outcome;
    if (changes !== null) {
      run.connections.deeds.spoil();
      if (name === 'nat') bindAsSeen(hook, changes, run);
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

  /** nf_nat_inet_fn: a binding for a connection that has none yet, then its translation. */
  #nat(hook: Hook, run: Run): End | null {
    const { skb } = run;
    const { ct } = skb;
    const manip = manipOf(hook);
    const state = this.#parts.program.table(skb.family, 'nat');
    run.rule = null;
    if (state.kind !== 'loaded') {
      const ended = this.#ungiven(hook, 'nat', run);
      if (ended !== null) return ended;
    }
    if (ct.kind !== 'tracked') return null;
    const { tracked, direction, info } = ct;
    if (info === 'RELATED' && skb.isIcmp) {
      if (!translateError(run, tracked, direction, manip)) return vanished('nat-refused');
      if (hook === 'OUTPUT') this.#rerouteTranslated(ct, run);
      return this.#unrouted();
    }
    const done = manip === 'src' ? tracked.connection.srcDone : tracked.connection.dstDone;
    if (info !== 'ESTABLISHED' && !done) {
      if (state.kind === 'loaded') {
        const ended = this.#table(hook, 'nat', run);
        if (ended !== null) return ended;
      }
      run.rule = null;
      const bound = manip === 'src' ? tracked.connection.srcDone : tracked.connection.dstDone;
      if (!bound && state.kind !== 'absent') bindNull(run, tracked, manip);
    } else if (leftOtherwise(hook, ct, run)) {
      run.connections.kill(tracked);
      return vanished('nat-moved');
    }
    translate(run, tracked, direction, manip);
    if (hook === 'OUTPUT') this.#rerouteTranslated(ct, run);
    return this.#unrouted();
  }

  /** nf_nat_ipv4_local_fn: a packet of a connection whose destination is translated is routed anew. */
  #rerouteTranslated(ct: TrackedState, run: Run): void {
    const { original, reply, natUnknown } = ct.tracked.connection;
    const [own, other] = ct.direction === 'original' ? [original, reply] : [reply, original];
    if (natUnknown || own.dst?.text !== other.src?.text) this.#reroute(run);
  }
}
